"""A comparison of two sides and its verdict: holds, violated, or these numbers cannot tell."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from numbers import Real
from typing import Any, NoReturn, Self

from simsuff.numerics import display
from simsuff.numerics.numbers import Bounded, Estimate, rounded, value_of
from simsuff.numerics.validation import refuse, require
from simsuff.verdicts import rules, sequences
from simsuff.verdicts.rules import RESOLUTION, Number, Relation

# The two-sided error probability of a single verdict; the rows of a run share theirs (`judge`).
LEVEL = 0.01


class Verdict(StrEnum):
    """What a comparison says about its statement.

    LOWER and HIGHER are the answers of a measurement without a statement. UNCONFIRMED: theory predicts a violation,
    and the relation holds.

    Examples
    --------
    >>> import simsuff as ss
    >>> ss.Comparison(2.0, "<=", 1.0).verdict is ss.Verdict.VIOLATED
    True
    """

    HOLDS = "holds"
    VIOLATED = "violated"
    UNDECIDED = "undecided"
    UNCONFIRMED = "unconfirmed"
    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, repr=False)
class Comparison:
    """A measured left side, a relation, and the right side that theory gives (for ``vs``, another measurement).

    Parameters
    ----------
    lhs, rhs : a float (exact up to rounding), a `Bounded` or an `Estimate`; anything else and NaN are refused.
    relation : one of ``<=  >=  ==  ->  vs``.
    statement : the id of docs/theory.md.
    setting : what was varied, for the table.
    difference : lhs − rhs as one number, where it is known better than from the two sides: an `Estimate` from
        paired draws, or for `pathwise` replicates the worst of them.
    pathwise : True where the statement speaks about every single draw, False where about the mean over draws. None,
        not said: about the mean, unless an exact draw by itself breaks an inequality.
    remainder : for ``->``, the relative deviation from the limit that the finite setting explains.
    expected_violation : why a violation is what theory predicts here (B5, A5); empty otherwise.

    Examples
    --------
    >>> import simsuff as ss
    >>> ss.Comparison(1.0, "<=", 2.0)
    Comparison(1.0 <= 2.0: holds)
    >>> ss.Comparison(ss.Bounded(2.8e-17, 1e-16), "<=", 0.0).holds
    True
    """

    lhs: Number
    relation: Relation | str
    rhs: Number
    statement: str = ""
    setting: Mapping[str, Any] = field(default_factory=dict)
    difference: Estimate | Bounded | None = None
    pathwise: bool | None = None
    remainder: float = 0.0
    expected_violation: str = ""

    def __post_init__(self) -> None:
        known = [str(relation) for relation in Relation]
        require(self.relation in known, "relation", self.relation, f"be one of {known}", "pick one")
        object.__setattr__(self, "relation", Relation(self.relation))
        fits = 0 <= self.remainder < math.inf
        require(fits, "remainder", self.remainder, "be at least 0 and finite", "pass a relative deviation")
        for side, number in (("lhs", self.lhs), ("rhs", self.rhs)):
            is_number = isinstance(number, Real | Estimate) and not isinstance(number, bool)
            require(is_number, side, number, "be a number", "pass a float, a Bounded or an Estimate")
            if math.isnan(value_of(number)):
                raise refuse(side, number, "be a number", "NaN has no verdict; fix the computation")

    def __repr__(self) -> str:
        name = f"{self.statement}: " if self.statement else ""
        return f"Comparison({name}{self.lhs!s} {self.relation} {self.rhs!s}: {self.verdict})"

    def _repr_html_(self) -> str:
        return display.comparison_html(self)

    def _repr_latex_(self) -> str:
        return display.comparison_latex(self)

    def __bool__(self) -> NoReturn:
        """Refused: a verdict has more than two values."""
        raise TypeError(f"{self!r} is neither true nor false; ask .holds, or compare .verdict")

    @property
    def gap(self) -> float:
        """lhs − rhs, of the worst replicate if pathwise; 0 where both are the same infinity."""
        if self.difference is not None:
            return float(self.difference)
        return float(rules.gap(value_of(self.lhs), value_of(self.rhs)))

    @property
    def slack(self) -> float:
        """How far the relation is from failing, in the unit of its sides; negative where the numbers break it.

        For ``vs``, which cannot fail, how much lower the left side is.
        """
        return float(rules.slack(Relation(self.relation), self.gap))

    @property
    def is_estimated(self) -> bool:
        """Whether a Monte Carlo error enters the verdict."""
        if self.difference is not None:
            return isinstance(self.difference, Estimate)
        return isinstance(self.lhs, Estimate) or isinstance(self.rhs, Estimate)

    @property
    def verdict(self) -> Verdict:
        """The verdict at the level of a single comparison."""
        return self.verdict_at(LEVEL)

    @property
    def holds(self) -> bool:
        """Whether the verdict is ``holds``; False for an undecided comparison too."""
        return self.verdict is Verdict.HOLDS

    def verdict_at(self, level: float) -> Verdict:
        """The verdict at two-sided error probability `level`."""
        if rules.both_infinite(value_of(self.lhs), value_of(self.rhs)):
            return Verdict.UNDECIDED
        chance, error = self.chance(level), self.error
        if self.relation is Relation.VERSUS:
            return self._side(chance + error)
        if self.slack < -(chance + error):
            return Verdict.VIOLATED
        exact = bool(rules.is_rounding(error, value_of(self.lhs), value_of(self.rhs)))
        if self.relation in (Relation.AT_MOST, Relation.AT_LEAST):
            decided = self.slack + error >= chance if exact else self.slack >= chance + error
        else:
            # `error` holds already by what a limit may be off.
            off = max(0.0, abs(self.gap) - self._explained)
            near = off + chance + error <= RESOLUTION * abs(value_of(self.rhs))
            decided = near or (exact and chance == 0)
        if not decided:
            return Verdict.UNDECIDED
        return Verdict.UNCONFIRMED if self.expected_violation else Verdict.HOLDS

    @property
    def reason(self) -> str:
        """Why the verdict is undecided or unconfirmed; empty otherwise."""
        verdict = self.verdict
        if verdict is Verdict.UNCONFIRMED:
            return f"theory predicts a violation here: {self.expected_violation}"
        if verdict is not Verdict.UNDECIDED:
            return ""
        if rules.both_infinite(value_of(self.lhs), value_of(self.rhs)):
            return "both sides are infinite, so that the relation says nothing"
        if math.isinf(self.chance(LEVEL)):
            return "the spread of the draws is not known"
        return "the interval of the draws leaves it open" if self.is_estimated else "the errors leave it open"

    def _side(self, doubt: float) -> Verdict:
        """On which side of the right side the left one lies, where `doubt` leaves no question."""
        if abs(self.gap) > doubt:
            return Verdict.HIGHER if self.gap > 0 else Verdict.LOWER
        return Verdict.UNDECIDED

    def chance(self, level: float) -> float:
        """Half the width of the confidence sequence for lhs − rhs; 0 for exact numbers."""
        if not self.is_estimated:
            return 0.0
        if isinstance(self.difference, Estimate):
            return sequences.half_width(self.difference, level)
        # The errors of exact sides count apart from chance, so that only estimates are subtracted as such.
        sides = (side if isinstance(side, Estimate) else value_of(side) for side in (self.lhs, self.rhs))
        # An infinite exact side moves the difference, not its spread.
        left, right = (side if isinstance(side, Estimate) or math.isfinite(side) else 0.0 for side in sides)
        difference: Any = left - right
        return sequences.half_width(difference, level)

    def power_at(self, level: float) -> float | None:
        """The smallest relative error of the right side's constant that the comparison would have noticed.

        With a right side that is smaller by this share (for ``>=`` larger, for ``==`` and ``->`` moved to either side)
        the verdict at `level` would have been ``violated``. Inf where no error would have been noticed; None where the
        question means nothing: for ``vs``, for a right side of 0, and where the relation fails already.
        """
        size = abs(value_of(self.rhs))
        doubt = self.chance(level) + self.error
        if self.relation is Relation.VERSUS or size == 0 or self.slack < -doubt:
            return None
        far = self.slack if self.relation in (Relation.AT_MOST, Relation.AT_LEAST) else -self.slack
        noticed = far + doubt
        return math.inf if math.isinf(size) or math.isinf(noticed) else noticed / size

    @property
    def error(self) -> float:
        """The deviation that the errors of the sides, and for limits the stated remainder, explain."""
        if isinstance(self.difference, Bounded):
            return self.difference.error
        return float(rules.error(self.lhs) + rules.error(self.rhs)) + self._explained

    @property
    def _explained(self) -> float:
        """By what a limit may be off; no product, so that an infinite side without a remainder stays 0."""
        return self.remainder * abs(value_of(self.rhs)) if self.remainder else 0.0

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)


def limit(lhs: Number, rhs: Number, remainder: float, **fields: Any) -> Comparison:
    """A comparison with a limit; where `remainder` takes half of the resolution, a mere measurement.

    So far from the limit no outcome would speak against it: the row claims nothing (``vs``).

    Examples
    --------
    >>> from simsuff.verdicts import limit
    >>> limit(1.01, 1.0, 0.04), limit(1.01, 1.0, 0.5)
    (Comparison(1.01 -> 1.0: holds), Comparison(1.01 vs 1.0: higher))
    """
    if remainder < RESOLUTION / 2:
        return Comparison(lhs, Relation.TENDS_TO, rhs, remainder=remainder, **fields)
    return Comparison(
        lhs, Relation.VERSUS, rhs if isinstance(rhs, Bounded | Estimate) else rounded(rhs), **fields
    )
