"""What do many comparisons say together: one pooled row for replicates, one error level for a table?"""

from collections.abc import Sequence

from simsuff.numerics.estimate import Estimate
from simsuff.numerics.validation import require
from simsuff.verdicts.comparison import LEVEL, Comparison, Verdict
from simsuff.verdicts.number import Number, value_of


def judge(comparisons: Sequence[Comparison], level: float = LEVEL) -> list[Verdict]:
    """The verdicts of a family at family-wise level `level` (Bonferroni over the estimated comparisons).

    Exact comparisons cannot err by chance and take no share of the level.
    """
    estimated = sum(comparison.is_estimated for comparison in comparisons)
    share = level / max(1, estimated)
    return [comparison.verdict_at(share) for comparison in comparisons]


def pooled(replicates: Sequence[Comparison]) -> Comparison:
    """One comparison from independent replicates: both sides averaged, their difference kept paired."""
    require(len(replicates) > 0, "replicates", "empty", "be non-empty", "run at least one")
    first = replicates[0]
    if len(replicates) == 1:
        return first
    lhs = _mean([c.lhs for c in replicates])
    rhs = _mean([c.rhs for c in replicates])
    difference = Estimate.from_samples([c.gap for c in replicates])
    scale = max(c.scale for c in replicates)
    return first.with_(lhs=lhs, rhs=rhs, difference=difference, scale=scale)


def _mean(numbers: Sequence[Number]) -> Number:
    """The mean as an estimate; a side that is the same exact number in each replicate stays exact."""
    values = [value_of(number) for number in numbers]
    if all(number == numbers[0] for number in numbers):
        return numbers[0]
    return Estimate.from_samples(values)
