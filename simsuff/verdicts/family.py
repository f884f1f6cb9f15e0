"""What many comparisons say together: one pooled row for replicates, one error level for a table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from simsuff.numerics.numbers import Bounded, Estimate, value_of
from simsuff.numerics.validation import require
from simsuff.verdicts.comparison import LEVEL, Comparison, Verdict
from simsuff.verdicts.rules import Number, Relation

# A comparison whose sides are below so many of their errors is near equality for being trivial.
TRIVIAL = 1e3


def judge(comparisons: Sequence[Comparison], level: float = LEVEL) -> list[Verdict]:
    """The verdicts of a family at family-wise level `level` (Bonferroni over the estimated comparisons).

    Exact comparisons cannot err by chance and take no share of the level.
    """
    estimated = sum(comparison.is_estimated for comparison in comparisons)
    share = level / max(1, estimated)
    return [comparison.verdict_at(share) for comparison in comparisons]


def pooled(replicates: Sequence[Comparison]) -> Comparison:
    """One comparison from independent replicates: both sides averaged, and their difference.

    The difference is the mean of the paired differences. Where the draws are exact and the statement speaks about
    every one of them, it is the difference in the draw that comes nearest to failing, with the error of that draw;
    so it is too where that is not said and a draw by itself breaks an inequality. A measured side whose plain
    floats agree to the last bit (an error rate of 0 in five draws) does not tell its spread: it becomes an estimate
    with infinite standard error, which decides nothing.
    """
    require(len(replicates) > 0, "replicates", "empty", "be non-empty", "run at least one")
    first = replicates[0]
    if len(replicates) == 1:
        return first
    lhs, rhs = ([getattr(c, side) for c in replicates] for side in ("lhs", "rhs"))
    if _is_judged_by_worst(replicates):
        nearest = worst(replicates)
        return first.with_(lhs=_mean(lhs), rhs=_mean(rhs), difference=Bounded(nearest.gap, nearest.error))
    sides = [_mean(lhs, measured=True), _mean(rhs, measured=first.relation is Relation.VERSUS)]
    paired = Estimate.from_samples([c.gap for c in replicates])
    # A side that is one and the same estimate in every replicate has an error that pairing hides.
    hidden = [
        side.stderr
        for side, all_ in zip(sides, (lhs, rhs), strict=True)
        if isinstance(side, Estimate) and _same(all_)
    ]
    difference = replace(paired, stderr=math.hypot(paired.stderr, *hidden))
    return first.with_(lhs=sides[0], rhs=sides[1], difference=difference)


def _is_judged_by_worst(replicates: Sequence[Comparison]) -> bool:
    """Whether the draws are exact and each must hold, or is an inequality that one breaks and nobody averages."""
    if any(c.is_estimated for c in replicates):
        return False
    if all(c.pathwise for c in replicates):
        return True
    inequality = replicates[0].relation in (Relation.AT_MOST, Relation.AT_LEAST)
    unsaid = all(c.pathwise is None for c in replicates)
    return inequality and unsaid and any(c.verdict is Verdict.VIOLATED for c in replicates)


def _mean(numbers: Sequence[Number], measured: bool = False) -> Number:
    """The mean as an estimate; the same number in each replicate stays what it is, a measured float excepted."""
    if not _same(numbers):
        return Estimate.from_samples([value_of(number) for number in numbers])
    first = numbers[0]
    is_plain = not isinstance(first, Bounded | Estimate)
    return Estimate(value_of(first), math.inf, len(numbers)) if measured and is_plain else first


def _same(numbers: Sequence[Number]) -> bool:
    return all(number == numbers[0] for number in numbers)


def worst(comparisons: Iterable[Comparison]) -> Comparison:
    """The one comparison of many exact ones that says most against the statement.

    The most violated one against its error; where none is violated, the one with the least slack relative to its
    sides, models apart whose sides are no larger than their errors: those are near equality for being trivial.
    """
    rows = list(comparisons)
    require(len(rows) > 0, "comparisons", "empty", "be non-empty", "draw at least one")
    return min(rows, key=_rank)


def _rank(comparison: Comparison) -> tuple[int, float]:
    slack, error = comparison.slack, comparison.error
    if slack < -error:
        return 0, slack / error if error > 0 else -math.inf
    sides = [abs(value_of(side)) for side in (comparison.lhs, comparison.rhs)]
    size = max((side for side in sides if math.isfinite(side)), default=0.0)
    return (2, slack) if size <= TRIVIAL * error else (1, slack / size)
