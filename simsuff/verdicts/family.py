"""What do many comparisons say together: one pooled row for replicates, one error level for a table?"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from simsuff.numerics.numbers import Bounded, Estimate
from simsuff.numerics.validation import require
from simsuff.verdicts.comparison import LEVEL, Comparison, Verdict
from simsuff.verdicts.number import Number, stderr_of, value_of


def judge(comparisons: Sequence[Comparison], level: float = LEVEL) -> list[Verdict]:
    """The verdicts of a family at family-wise level `level` (Bonferroni over the estimated comparisons).

    Exact comparisons cannot err by chance and take no share of the level.
    """
    estimated = sum(comparison.is_estimated for comparison in comparisons)
    share = level / max(1, estimated)
    return [comparison.verdict_at(share) for comparison in comparisons]


def pooled(replicates: Sequence[Comparison]) -> Comparison:
    """One comparison from independent replicates: both sides averaged, and their difference.

    The difference is the mean of the paired differences; where the statement speaks about every draw and the
    draws are exact, it is the difference in the draw that comes nearest to failing.
    """
    require(len(replicates) > 0, "replicates", "empty", "be non-empty", "run at least one")
    first = replicates[0]
    if len(replicates) == 1:
        return first
    lhs = _mean([c.lhs for c in replicates])
    rhs = _mean([c.rhs for c in replicates])
    scale = max(c.scale for c in replicates)
    return first.with_(lhs=lhs, rhs=rhs, difference=_difference(replicates), scale=scale)


def _difference(replicates: Sequence[Comparison]) -> Estimate | Bounded:
    if all(c.pathwise and not c.is_estimated for c in replicates):
        nearest = worst(replicates)
        return Bounded(nearest.gap, nearest.uncertainty(LEVEL))
    paired = Estimate.from_samples([c.gap for c in replicates])
    shared = _shared_error(replicates)
    return replace(paired, stderr=math.hypot(paired.stderr, shared)) if shared else paired


def _shared_error(replicates: Sequence[Comparison]) -> float:
    """The standard error of a side that is one and the same estimate in every replicate, which pairing hides."""
    sides = ([c.lhs for c in replicates], [c.rhs for c in replicates])
    shared = [stderr_of(side[0]) for side in sides if all(number == side[0] for number in side)]
    return math.hypot(*shared) if shared else 0.0


def _mean(numbers: Sequence[Number]) -> Number:
    """The mean as an estimate; a side that is the same exact number in each replicate stays exact."""
    values = [value_of(number) for number in numbers]
    if all(number == numbers[0] for number in numbers):
        return numbers[0]
    return Estimate.from_samples(values)


def worst(comparisons: Iterable[Comparison]) -> Comparison:
    """The one comparison of many exact ones that comes nearest to failing, against the magnitude of its terms.

    For statements that hold exactly for each model, averaging over models would hide a single failure.
    """
    rows = list(comparisons)
    require(len(rows) > 0, "comparisons", "empty", "be non-empty", "draw at least one")
    return min(rows, key=_relative_slack)


def _relative_slack(comparison: Comparison) -> float:
    magnitude = max(abs(value_of(comparison.lhs)), abs(value_of(comparison.rhs)), comparison.scale)
    return comparison.slack / magnitude if 0 < magnitude < float("inf") else comparison.slack
