"""A statement with the discrete part of its arguments fixed: a box of coordinates, and the merit of each point in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.hunting.forms import Form, Span, form_of
from simsuff.hunting.parts import Part
from simsuff.hunting.screening import Screen
from simsuff.models import FiniteStack
from simsuff.numerics.numbers import value_of
from simsuff.numerics.validation import refuse
from simsuff.statements import Statement
from simsuff.verdicts import Comparison, Comparisons, Relation, rules

Float = NDArray[np.float64]
Place = tuple[str, str]
Values = Mapping[Place, NDArray[Any]]

# The merit of what a statement refuses: lower than that of any pair of sides.
REFUSED = -2.0
# Single evaluations whose bits a stack must repeat before it is trusted with a statement.
PROBES = 3
# Merits of quick and careful stacks may differ by so much: typical tables have no cancellation.
AGREEMENT = 1e-6
# The law of a stack: as many tables as keep their intermediate results in cache.
BATCH = 2048


def merit(lhs: Any, relation: str, rhs: Any, allowance: Any) -> Float:
    """How near a relation is to failing, from −1 on: positive exactly where it fails by more than rounding.

    (a − b − e)/(|a| + |b| + e) for a claim a ≤ b with rounding e, which grows with a/b, and with |a − b| for an equality.
    Where it does not fail, thrice the rounding: two sides that are nothing but rounding are far from failing.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        slack = rules.slack(Relation(relation), rules.gap(lhs, rhs))
        sizes = np.abs(lhs) + np.abs(rhs)
        allowed = np.where(-slack > allowance, allowance, 3 * allowance)
        found = (-slack - allowed) / (sizes + allowed)
    found = np.where(np.isinf(sizes), np.where(slack < 0, 1.0, -1.0), found)
    return np.where(rules.both_infinite(lhs, rhs) | np.isnan(found), REFUSED, found)


def merit_of(found: Comparison) -> float:
    """The merit of one comparison."""
    return float(
        merit(
            value_of(found.lhs),
            str(found.relation),
            value_of(found.rhs),
            found.chance(0.0) + found.error,
        )
    )


@dataclass
class Space:
    """The arguments of a statement that differ in their numbers only.

    Attributes
    ----------
    statement, forms : the statement, and each of its arguments taken apart.
    seen : starts that were drawn, coordinates.
    best : the highest merit so far, `champion` its coordinates.
    violators : coordinates at which the statement fails, the first few and the best.
    """

    statement: Statement
    forms: Mapping[str, Form]
    seen: list[Float] = field(default_factory=list)
    best: float = -np.inf
    champion: Float | None = None
    violators: list[Float] = field(default_factory=list)
    evaluations: int = 0

    @property
    def places(self) -> list[tuple[Place, Part]]:
        """The parts of all arguments, in order."""
        return [((name, key), part) for name, form in self.forms.items() for key, part in form.parts.items()]

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return sum(part.size for _, part in self.places)

    @property
    def complexity(self) -> int:
        """How many numbers it takes to write its arguments down."""
        fixed = sum(np.size(form.fixed) for form in self.forms.values() if isinstance(form.fixed, np.ndarray))
        return int(fixed + sum(np.prod(part.shape, dtype=int) for _, part in self.places))

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """The range of each coordinate."""
        return [part.bounds for _, part in self.places for _ in range(part.size)]

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells spaces of one statement apart."""
        fixed = [(name, _frozen(form.fixed)) for name, form in self.forms.items()]
        return (*((place, part.shape, part.kind) for place, part in self.places), *fixed)

    def start(self) -> Float:
        """The coordinates of the arguments that the forms were made from."""
        pieces = [part.encode(self.forms[name].start[key][None])[0] for (name, key), part in self.places]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def starts(self, count: int, rng: np.random.Generator) -> Float:
        """Structured starts, (count, dimension), and scores that know the law in every fourth."""
        pieces = [part.starts(count, rng) for _, part in self.places]
        found = np.concatenate(pieces, axis=1) if pieces else np.empty((count, 0))
        return self._with_relations(self._with_log_ratios(found))

    def _with_relations(self, points: Float) -> Float:
        """Targets that are related, in another fourth of the starts."""
        values, slices, parts = self.decode(points[1::4]), self._slices(), dict(self.places)
        for name, form in self.forms.items():
            if form.related is not None and len(points) > 1:
                for key, array in form.related(**self._own(name, values)).items():
                    points[1::4, slices[name, key]] = parts[name, key].encode(array)
        return points

    def _with_log_ratios(self, points: Float) -> Float:
        """The score log r in every fourth start: what excess risks are measured from."""
        names = dict(self.places)
        law = next((place for place in names if place[1] == "joint"), None)
        if law is None or ("score", "") not in names or names["score", ""].shape != names[law].shape:
            return points
        joint = self.decode(points[::4])[law]
        product = joint.sum(axis=2)[:, :, None] * joint.sum(axis=1)[:, None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.nan_to_num(np.log(joint / product), nan=0.0, neginf=-8.0)
        low, high = names["score", ""].bounds
        begin = self._slices()["score", ""]
        points[::4, begin] = np.clip(score, low, high).reshape(len(score), -1)
        return points

    def _slices(self) -> dict[Place, slice]:
        ends = np.cumsum([part.size for _, part in self.places])
        return {
            place: slice(int(end) - part.size, int(end))
            for (place, part), end in zip(self.places, ends, strict=True)
        }

    def decode(self, points: Float) -> dict[Place, Float]:
        """The arrays of all parts, with a leading axis, of coordinates (m, dimension)."""
        slices = self._slices()
        return {place: part.decode(points[:, slices[place]]) for place, part in self.places}

    def arguments(self, values: Values) -> dict[str, Any]:
        """Keyword arguments from the arrays of the parts."""
        return {name: form.make(**self._own(name, values)) for name, form in self.forms.items()}

    def exact_arguments(self, values: Values) -> dict[str, Any] | None:
        """Their exact twins from arrays of fractions; None where an argument has none."""
        if any(form.exact is None for form in self.forms.values()):
            return None
        return {
            name: form.exact(**self._own(name, values))
            for name, form in self.forms.items()
            if form.exact is not None
        }

    def _own(self, name: str, values: Values) -> dict[str, Any]:
        return {key: values[name, key] for key in self.forms[name].parts}

    def comparison(self, values: Values) -> Comparison | None:
        """Both sides, or None where the statement refuses the arguments."""
        self.evaluations += 1
        try:
            with np.errstate(all="ignore"):  # infinite terms, which the sides report by themselves
                return self.statement.evaluate(**self.arguments(values))
        except (ValueError, ZeroDivisionError, OverflowError, np.linalg.LinAlgError):
            return None

    def merits(self, points: Float) -> Float:
        """The merit of each point (m, dimension); the best and those that refute are kept."""
        found = self.judged(self.decode(points), len(points))
        self._keep(points, found)
        return found

    def judged(self, values: Values, count: int) -> Float:
        """The merits of `count` sets of arrays; in stacks, what seems to fail most is evaluated with care once more."""
        if not self.stacked:
            return np.array([self._single(values, i) for i in range(count)])
        if count <= CAREFUL or not self.screened:
            return self._by_stack(values, count, FiniteStack)
        found = self._by_stack(values, count, Screen.of)
        again = np.argsort(-found, kind="stable")[:CAREFUL]
        again = again[found[again] > 0]
        if again.size:
            chosen = {place: array[again] for place, array in values.items()}
            careful = self._by_stack(chosen, again.size, FiniteStack)
            if (careful <= 0).any():  # then quick stacks are no witnesses for the others
                found = np.minimum(found, 0.0)
            found[again] = careful
        return found

    def _single(self, values: Values, i: int) -> float:
        found = self.comparison({place: array[i] for place, array in values.items()})
        return REFUSED if found is None else merit_of(found)

    def _keep(self, points: Float, found: Float) -> None:
        leader = int(found.argmax())
        if found[leader] > self.best:
            self.best, self.champion = float(found[leader]), points[leader].copy()
        violated = np.flatnonzero(found > 0)
        for i in violated[: max(0, KEPT - len(self.violators))]:
            self.violators.append(points[i].copy())

    @cached_property
    def stacked(self) -> bool:
        """Whether a stack repeats what single evaluations give: tried, so that it works without annotations too."""
        if not any(form.tables for form in self.forms.values()):
            return False
        values, count = self._probes()
        try:
            found = self._by_stack(values, count, FiniteStack)
        except Exception:  # the code of a user, run on stacks that it was not written for
            return False
        return np.array_equal(found, [self._single(values, i) for i in range(count)])

    @cached_property
    def screened(self) -> bool:
        """Whether quick stacks agree with careful ones."""
        values, count = self._probes()
        careful, quick = (self._by_stack(values, count, law) for law in (FiniteStack, Screen.of))
        return np.allclose(careful, quick, rtol=0.0, atol=AGREEMENT)

    def _probes(self) -> tuple[Values, int]:
        points = np.vstack([self.seen[0], self.starts(PROBES, np.random.default_rng(0))])
        return self.decode(points), len(points)

    def _by_stack(self, values: Values, count: int, law: Callable[[Float], FiniteStack]) -> Float:
        """The merits by one call for all.

        Raises
        ------
        ValueError : where an argument has no stack, or the statement does not take it.
        """
        arguments = {}
        for name, form in self.forms.items():
            own = self._own(name, values)
            if form.tables is not None:
                arguments[name] = law(form.tables(**own))
            elif form.stack is not None:
                arguments[name] = form.stack(**own)
            else:
                raise refuse("argument", name, "come in stacks", "evaluate each alone")
        self.evaluations += count
        found = _evaluated(self.statement, arguments)
        if not isinstance(found, Comparisons) or len(found) != count:
            raise refuse("statement", self.statement.id, "take stacks", "evaluate each alone")
        return merit(found.lhs.value, str(found.relation), found.rhs.value, found.lhs.error + found.rhs.error)


# Laws of a batch that are evaluated with care once more; the others are as quick stacks see them.
CAREFUL = 16
# Violators that are kept of a space, to shrink.
KEPT = 64


def _evaluated(statement: Statement, arguments: Mapping[str, Any]) -> Any:
    if statement.takes_stacks:
        return statement.evaluate_each(**arguments)
    from simsuff.statements.registry import as_sides

    with np.errstate(all="ignore"):
        return as_sides(statement.id, statement.function(**arguments))


def _frozen(fixed: Any) -> Any:
    if isinstance(fixed, np.ndarray):
        return (fixed.shape, tuple(fixed.ravel().tolist()))
    return getattr(fixed, "name", None) or (fixed if isinstance(fixed, int | str) else type(fixed).__name__)


def spans(drawn: Sequence[Mapping[str, Any]]) -> dict[str, Span]:
    """The smallest and the largest number that was drawn under each name: the range in which it is searched."""
    found: dict[str, Span] = {}
    for arguments in drawn:
        for name, value in arguments.items():
            if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
                low, high = found.get(name, (np.inf, -np.inf))
                found[name] = min(low, float(np.min(value))), max(high, float(np.max(value)))
    return found


def spaces_of(
    statement: Statement, drawn: Sequence[Mapping[str, Any]], ranges: Mapping[str, Span]
) -> list[Space]:
    """The spaces that drawn arguments belong to, the simplest first, each with its draws as starts."""
    found: dict[tuple[Any, ...], Space] = {}
    for arguments in drawn:
        forms = {
            name: form_of(value, name, ranges.get(name, (0.0, 0.0))) for name, value in arguments.items()
        }
        space = Space(statement, _aligned(forms))
        known = found.setdefault(space.key, space)
        known.seen.append(space.start())
    return sorted(found.values(), key=lambda space: space.complexity)


def _aligned(forms: dict[str, Form]) -> dict[str, Form]:
    """One name for the alphabets of both views where they are the same."""
    if not any(form.same_alphabet for form in forms.values()):
        return forms
    return {name: _renamed(form) for name, form in forms.items()}


def _renamed(form: Form) -> Form:
    parts = {
        key: replace(part, axes=tuple("z1" if axis == "z2" else axis for axis in part.axes))
        for key, part in form.parts.items()
    }
    return replace(form, parts=parts)
