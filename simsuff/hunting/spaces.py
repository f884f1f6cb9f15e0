"""A statement with the discrete part of its arguments fixed: a box of coordinates, and the merit of each point in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from simsuff.statements.registry import as_sides
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
# Laws of a batch that are evaluated with care once more; the others are as quick stacks see them.
CAREFUL = 16
# Violators that are kept of a space, to shrink.
KEPT = 64
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
        return sum(part.size for _, part in self.places)

    @property
    def complexity(self) -> int:
        """How many numbers it takes to write its arguments down."""
        fixed = sum(np.size(form.fixed) for form in self.forms.values() if isinstance(form.fixed, np.ndarray))
        return int(fixed + sum(np.prod(part.shape, dtype=int) for _, part in self.places))

    @property
    def bounds(self) -> list[tuple[float, float]]:
        return [part.bounds for _, part in self.places for _ in range(part.size)]

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells spaces of one statement apart."""

        def frozen(fixed: Any) -> Any:
            if isinstance(fixed, np.ndarray):
                return (fixed.shape, tuple(fixed.ravel().tolist()))
            plain = fixed if isinstance(fixed, int | str) else type(fixed).__name__
            return getattr(fixed, "name", None) or plain

        fixed = [(name, frozen(form.fixed)) for name, form in self.forms.items()]
        return (*((place, part.shape, part.kind) for place, part in self.places), *fixed)

    def start(self) -> Float:
        """The coordinates of the arguments that the forms were made from."""
        pieces = [part.encode(self.forms[name].start[key][None])[0] for (name, key), part in self.places]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def starts(self, count: int, rng: np.random.Generator) -> Float:
        """Structured starts, (count, dimension).

        A quarter of them has the score log r, from which excess risks are measured, another has targets that are related.
        """
        pieces = [part.starts(count, rng) for _, part in self.places]
        points = np.concatenate(pieces, axis=1) if pieces else np.empty((count, 0))
        parts, slices, score = dict(self.places), self._slices(), ("score", "")
        law = next((place for place in parts if place[1] == "joint"), None)
        if law is not None and score in parts and parts[score].shape == parts[law].shape:
            joint = self.decode(points[::4])[law]
            product = joint.sum(axis=2)[:, :, None] * joint.sum(axis=1)[:, None, :]
            with np.errstate(divide="ignore", invalid="ignore"):
                log_ratio = np.nan_to_num(np.log(joint / product), nan=0.0, neginf=-8.0)
            clipped = np.clip(log_ratio, *parts[score].bounds)
            points[::4, slices[score]] = clipped.reshape(len(clipped), -1)
        values = self.decode(points[1::4])
        for name, form in self.forms.items():
            if form.related is not None and count > 1:
                for key, array in form.related(**self._own(name, values)).items():
                    points[1::4, slices[name, key]] = parts[name, key].encode(array)
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
        forms = self.forms.items()
        return {name: form.exact(**self._own(name, values)) for name, form in forms if form.exact is not None}

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
        leader = int(found.argmax())
        if found[leader] > self.best:
            self.best, self.champion = float(found[leader]), points[leader].copy()
        violated = np.flatnonzero(found > 0)
        for i in violated[: max(0, KEPT - len(self.violators))]:
            self.violators.append(points[i].copy())
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
        if found is None:
            return REFUSED
        lhs, rhs = value_of(found.lhs), value_of(found.rhs)
        return float(merit(lhs, str(found.relation), rhs, found.chance(0.0) + found.error))

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
        if self.statement.takes_stacks:
            found: Any = self.statement.evaluate_each(**arguments)
        else:
            with np.errstate(all="ignore"):
                found = as_sides(self.statement.id, self.statement.function(**arguments))
        if not isinstance(found, Comparisons) or len(found) != count:
            raise refuse("statement", self.statement.id, "take stacks", "evaluate each alone")
        return merit(found.lhs.value, str(found.relation), found.rhs.value, found.lhs.error + found.rhs.error)


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
        if any(form.same_alphabet for form in forms.values()):
            forms = {name: form.with_one_alphabet() for name, form in forms.items()}
        space = Space(statement, forms)
        known = found.setdefault(space.key, space)
        known.seen.append(space.start())
    return sorted(found.values(), key=lambda space: space.complexity)
