"""What a hunt found: the outcome, the examples, how each was verified; as text, and as plain data for JSON."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simsuff.numerics.display import card, code, frame
from simsuff.numerics.numbers import error_of, value_of
from simsuff.verdicts import Comparison, rules

# Two ends that enclose a number.
Interval = tuple[float, float]


@dataclass(frozen=True)
class Example:
    """One set of arguments of a statement, with both of its sides there.

    Attributes
    ----------
    arguments : keyword arguments for `Statement.evaluate`.
    fractions : the same as text: exact fractions in nested lists, names of divergences, Python of other objects.
    code : Python that evaluates the statement there.
    comparison : the two sides in floats with their rounding bounds.
    lhs, rhs : what encloses the sides, as text: an exact fraction, or an interval that certainly holds the side.
    ratio : lhs/rhs, for ``>=`` its inverse.
    verified : how the example was verified and by what margin.
    """

    arguments: Mapping[str, Any]
    fractions: Mapping[str, Any]
    code: str
    comparison: Comparison
    lhs: str
    rhs: str
    ratio: float
    verified: str


@dataclass(frozen=True)
class Hunt:
    """The outcome of a search for a counterexample.

    Attributes
    ----------
    statement, title : id and title.
    outcome : "refuted", or "stands" where nothing in the search contradicts the statement, which is no proof.
    ratio : the largest lhs/rhs that was met, for ``>=`` the largest rhs/lhs.
    smallest : the refuting example with the fewest symbols and the simplest fractions; where the statement stands, the
        example that comes nearest to failing.
    dramatic : the example with the largest ratio.
    evaluations, seconds : the effort.
    finished : whether the planned search was done; False where the time ended it first.
    sharp : where theory says that the two sides meet.

    Examples
    --------
    >>> import simsuff as ss
    >>> found = ss.hunt("A6-kl", budget=0.2)
    >>> found.outcome, found.ratio <= 1.0
    ('stands', True)
    """

    statement: str
    title: str
    outcome: str
    ratio: float
    smallest: Example | None
    dramatic: Example | None
    evaluations: int
    seconds: float
    finished: bool
    sharp: str = ""
    seed: int = 0

    @property
    def counterexample(self) -> Mapping[str, Any] | None:
        """The arguments of the smallest counterexample; None where the statement stands."""
        return self.smallest.arguments if self.smallest and self.outcome == "refuted" else None

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The numbers of `smallest` as exact fractions."""
        return self.smallest.fractions if self.smallest else {}

    @property
    def lhs(self) -> float:
        """The left side at `smallest`; NaN where the statement refused everything."""
        return float(value_of(self.smallest.comparison.lhs)) if self.smallest else math.nan

    @property
    def rhs(self) -> float:
        """The right side at `smallest`."""
        return float(value_of(self.smallest.comparison.rhs)) if self.smallest else math.nan

    @property
    def verified(self) -> str:
        """How `smallest` was verified."""
        return self.smallest.verified if self.smallest else ""

    def __repr__(self) -> str:
        return (
            f"Hunt({self.statement}: {self.outcome}, ratio {self.ratio:.6g}, {self.evaluations} evaluations)"
        )

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_frame(self) -> Any:
        """The examples as a pandas DataFrame, one row for `smallest` and one for `dramatic` where it is another."""
        hunt = {"statement": self.statement, "outcome": self.outcome, "evaluations": self.evaluations}
        return frame(
            [
                {
                    **hunt,
                    "example": name,
                    "lhs": float(value_of(example.comparison.lhs)),
                    "relation": str(example.comparison.relation),
                    "rhs": float(value_of(example.comparison.rhs)),
                    "ratio": float(example.ratio),
                    "verified": example.verified,
                    "code": example.code,
                }
                for name, example in self._examples.items()
            ]
        )

    @property
    def _examples(self) -> dict[str, Example]:
        """The smallest, and the most dramatic one where it is another."""
        dramatic = None if self.dramatic is self.smallest else self.dramatic
        found = {"smallest": self.smallest, "dramatic": dramatic}
        return {name: example for name, example in found.items() if example}

    def _repr_html_(self) -> str:
        facts = {
            "outcome": self.outcome if self.finished else f"{self.outcome} (time ended the search)",
            "largest ratio": self.ratio,
            "evaluations": self.evaluations,
            "seconds": self.seconds,
            "sharp in theory": self.sharp or None,
        }
        if self.smallest:
            facts[self._title] = code("\n".join(_shown(self.smallest)))
        return card(f"Hunt of {self.statement}: {self.title}", facts)

    def record(self) -> dict[str, Any]:
        """Plain data; numbers that are not finite are None."""
        found: dict[str, Any] = {
            "statement": self.statement,
            "title": self.title,
            "outcome": self.outcome,
            "ratio": _finite(self.ratio),
            "evaluations": self.evaluations,
            "seconds": round(self.seconds, 3),
            "finished": self.finished,
            "seed": self.seed,
            "sharp": self.sharp,
        }
        for name, example in self._examples.items():
            found |= _example(example) if name == "smallest" else {name: _example(example)}
        return found

    def lines(self) -> list[str]:
        """For a terminal."""
        effort = f"{self.evaluations:,} evaluations, {self.seconds:.1f} s, seed {self.seed}"
        ended = "" if self.finished else "; the time ended the search before its plan did"
        lines = [
            f"{self.statement}  {self.title}",
            f"{self.outcome}: largest ratio {self.ratio:.6g}  ({effort}{ended})",
        ]
        if self.outcome == "stands":
            lines.append("nothing in the search contradicts it; that is no proof (docs/hunting.md)")
        if self.sharp:
            lines.append(f"sharp in theory: {self.sharp}")
        for name, example in self._examples.items():
            title = self._title if name == "smallest" else "most dramatic counterexample"
            lines += ["", title, *_shown(example)]
        return lines

    @property
    def _title(self) -> str:
        return "smallest counterexample" if self.outcome == "refuted" else "nearest to failing"


def ratio_of(comparison: Comparison, sides: tuple[Interval, Interval] | None = None) -> float:
    """lhs/rhs, for ``>=`` its inverse, for an equality the larger of both; of negative sides that of their sizes.

    The least that the rounding of the sides, or their enclosures `sides`, leave of it: of sides that are nothing but
    rounding, 0.
    """
    first, second = sides or (_around(comparison.lhs), _around(comparison.rhs))
    if comparison.relation == ">=":
        first, second = second, first
    if comparison.relation in ("==", "->"):
        first, second = sorted((_size(first), _size(second)), key=lambda ends: -ends[1])
    if first[1] < 0 and second[1] < 0:
        first, second = (-second[1], -second[0]), (-first[1], -first[0])
    if first[0] <= 0 or math.isinf(second[1]):
        return 0.0
    return math.inf if second[1] <= 0 or math.isinf(first[0]) else first[0] / second[1]


def _around(side: Any) -> Interval:
    value, error = float(value_of(side)), float(rules.error(side))
    return value - error, value + error


def _size(ends: Interval) -> Interval:
    low, high = ends
    return (
        (0.0, max(-low, high)) if low <= 0 <= high else (min(abs(low), abs(high)), max(abs(low), abs(high)))
    )


def _example(example: Example) -> dict[str, Any]:
    sides = example.comparison
    return {
        "arguments": example.fractions,
        "lhs": _finite(value_of(sides.lhs)),
        "relation": str(sides.relation),
        "rhs": _finite(value_of(sides.rhs)),
        "enclosures": [example.lhs, example.rhs],
        "ratio_there": _finite(example.ratio),
        "verified": example.verified,
        "code": example.code,
    }


def _finite(number: Any) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def _shown(example: Example) -> list[str]:
    sides = example.comparison
    lines = []
    for name, value in example.fractions.items():
        lines += _argument(name, value)
    lines += [
        f"    lhs {float(value_of(sides.lhs)):.12g}  {example.lhs}",
        f"    rhs {float(value_of(sides.rhs)):.12g}  {example.rhs}",
        f"    ratio {example.ratio:.6g}; {example.verified}",
        "",
    ]
    return [*lines, *(f"    {line}".rstrip() for line in example.code.splitlines())]


def _argument(name: str, value: Any) -> list[str]:
    """One argument in fractions; matrices as aligned rows."""
    if isinstance(value, Mapping):
        return [
            line
            for key, inner in value.items()
            for line in _argument(f"{name}.{key}" if key else name, inner)
        ]
    if isinstance(value, list) and value and isinstance(value[0], list):
        if isinstance(value[0][0], list):
            return [line for i, inner in enumerate(value) for line in _argument(f"{name}[{i}]", inner)]
        width = max(len(entry) for row in value for entry in row)
        rows = ["  ".join(f"{entry:>{width}}" for entry in row) for row in value]
        return [f"    {name}", *(f"        {row}" for row in rows)]
    if isinstance(value, list):
        return [f"    {name} = ({', '.join(value)})"]
    return [f"    {name} = {value}"]


def enclosure_of(number: Any) -> str:
    """The interval of a float side with its rounding bound."""
    value, error = float(value_of(number)), float(error_of(number))
    return f"± {error:.2g}" if np.isfinite(value) else "infinite"
