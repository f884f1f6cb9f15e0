"""Does the relation between two sides hold, is it violated, or can these numbers not tell?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from simsuff.numerics.numbers import Bounded, Estimate
from simsuff.numerics.validation import refuse, require
from simsuff.verdicts import rules
from simsuff.verdicts.number import Number, half_width, value_of
from simsuff.verdicts.rules import Relation

# The two-sided error probability of a single verdict; a table divides its own level by its rows (`judge`).
LEVEL = 0.01

# An equality of uncertain numbers counts as held only where a relative deviation of this size would have shown.
RESOLUTION = 0.1


class Verdict(StrEnum):
    """What a comparison says about its statement; LOWER and HIGHER are the answers of a measurement without one."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNDECIDED = "undecided"
    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True)
class Comparison:
    """A measured left side, a relation, and the right side that theory gives (for ``vs``, another measurement).

    Parameters
    ----------
    lhs, rhs : a float (exact up to rounding), a `Bounded` or an `Estimate`; NaN is refused.
    relation : one of ``<=  >=  ==  ->  vs``.
    statement : the id of theory.md.
    setting : what was varied, for the table.
    scale : the largest magnitude that entered either side, when it exceeds both (differences of information).
    difference : lhs − rhs as one number, where it is known better than from the two sides: an `Estimate` from
        paired draws, or for `pathwise` replicates the worst of them.
    pathwise : the statement speaks about every single draw, not about the mean over draws.
    remainder : for ``->``, the relative deviation from the limit that the finite setting explains.
    expected_violation : why a violation is what theory predicts here (B5, A5); empty otherwise.
    """

    lhs: Number
    relation: Relation | str
    rhs: Number
    statement: str = ""
    setting: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 0.0
    difference: Estimate | Bounded | None = None
    pathwise: bool = False
    remainder: float = 0.0
    expected_violation: str = ""

    def __post_init__(self) -> None:
        known = [str(relation) for relation in Relation]
        require(self.relation in known, "relation", self.relation, f"be one of {known}", "pick one")
        object.__setattr__(self, "relation", Relation(self.relation))
        for side, number in (("lhs", self.lhs), ("rhs", self.rhs)):
            if math.isnan(value_of(number)):
                raise refuse(side, number, "be a number", "NaN has no verdict; fix the computation")

    @property
    def gap(self) -> float:
        """lhs − rhs, of the worst replicate if pathwise; 0 where both are the same infinity."""
        if self.difference is not None:
            return self.difference.value
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

    def verdict_at(self, level: float) -> Verdict:
        """The verdict at two-sided error probability `level`."""
        width = self.uncertainty(level)
        allowed = self._allowed()
        if self.relation is Relation.VERSUS:
            return self._side(width + allowed)
        if self.slack < -(width + allowed):
            return Verdict.VIOLATED
        if self.relation in (Relation.AT_MOST, Relation.AT_LEAST):
            decided = self.slack + allowed >= width
        else:
            decided = width <= RESOLUTION * (abs(value_of(self.rhs)) or self.scale)
        return Verdict.HOLDS if decided else Verdict.UNDECIDED

    def _side(self, doubt: float) -> Verdict:
        """On which side of the right side the left one lies, where `doubt` leaves no question."""
        if abs(self.gap) > doubt:
            return Verdict.HIGHER if self.gap > 0 else Verdict.LOWER
        return Verdict.UNDECIDED

    def uncertainty(self, level: float) -> float:
        """Half the width of the interval for lhs − rhs, without rounding."""
        if self.difference is not None:
            return half_width(self.difference, level)
        if isinstance(self.lhs, Estimate) and isinstance(self.rhs, Estimate):
            return math.hypot(half_width(self.lhs, level), half_width(self.rhs, level))
        return half_width(self.lhs, level) + half_width(self.rhs, level)

    def _allowed(self) -> float:
        """The deviation that rounding, and for limits the stated remainder, explain."""
        lhs, rhs = value_of(self.lhs), value_of(self.rhs)
        return float(rules.allowed(lhs, rhs, self.scale, self.remainder))

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **changes)
