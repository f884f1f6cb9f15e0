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
    """The verdicts of a family at family-wise level `level`, by Holm's procedure.

    With probability at least 1 − `level`, no true statement among the estimated ones is called violated (and no equal
    pair of measurements ``lower`` or ``higher``); with at least the same probability, no false one is said to hold.
    Exact comparisons cannot err by chance and take no share of the level.
    """
    refuted, against = _holm(comparisons, level, _REFUTED)
    held, _ = _holm(comparisons, level, _HELD)
    # A row may hold at an early step, whose interval is wide, and be refuted at a later one: it is refuted.
    found = held | refuted
    exact = [
        None if comparison.is_estimated else comparison.verdict_at(against) for comparison in comparisons
    ]
    return [verdict or found.get(place, Verdict.UNDECIDED) for place, verdict in enumerate(exact)]


def level_against(comparisons: Sequence[Comparison], level: float = LEVEL) -> float:
    """The level of a single violation in a family at `level`: where `judge` would have called one."""
    return _holm(comparisons, level, _REFUTED)[1]


_HELD = frozenset((Verdict.HOLDS, Verdict.UNCONFIRMED))
_REFUTED = frozenset((Verdict.VIOLATED, Verdict.LOWER, Verdict.HIGHER))


def _holm(
    comparisons: Sequence[Comparison], level: float, decided: frozenset[Verdict]
) -> tuple[dict[int, Verdict], float]:
    """The estimated rows that Holm's procedure decides so, and the level of its last step.

    Each step gives the rows that are left equal shares of the level.
    """
    left = [place for place, comparison in enumerate(comparisons) if comparison.is_estimated]
    found: dict[int, Verdict] = {}
    while True:
        share = level / max(1, len(left))
        verdicts = {place: comparisons[place].verdict_at(share) for place in left}
        new = {place: verdict for place, verdict in verdicts.items() if verdict in decided}
        found |= new
        left = [place for place in left if place not in new]
        if not new or not left:
            return found, share


def pooled(replicates: Sequence[Comparison]) -> Comparison:
    """One comparison from independent replicates: both sides averaged, and their difference.

    The difference is the mean of the paired differences. Where the draws are exact and the statement speaks about
    every one of them, it is the difference in the draw that comes nearest to failing, with the error of that draw;
    so it is too where that is not said and a draw by itself breaks an inequality (`deciding`). A measured side whose
    plain floats agree to the last bit (an error rate of 0 in five draws) does not tell its spread: it becomes an
    estimate with infinite standard error, which decides nothing; `Estimate.of_rate` tells it.
    """
    require(len(replicates) > 0, "replicates", "empty", "be non-empty", "run at least one")
    first = replicates[0]
    if len(replicates) == 1:
        return first
    lhs, rhs = ([getattr(c, side) for c in replicates] for side in ("lhs", "rhs"))
    decider = deciding(replicates)
    if decider is not None:
        nearest = replicates[decider]
        return first.with_(lhs=_mean(lhs), rhs=_mean(rhs), difference=Bounded(nearest.gap, nearest.error))
    sides = [_mean(lhs, measured=True), _mean(rhs, measured=first.relation is Relation.VERSUS)]
    if _same(lhs) and _same(rhs):
        return first.with_(lhs=sides[0], rhs=sides[1], difference=None)
    paired = _mean_of_draws([c.gap for c in replicates])
    # A side that is one and the same estimate in every replicate has an error that pairing hides.
    hidden = [
        side.stderr
        for side, all_ in zip(sides, (lhs, rhs), strict=True)
        if isinstance(side, Estimate) and _same(all_)
    ]
    difference = replace(paired, stderr=math.hypot(paired.stderr, *hidden))
    return first.with_(lhs=sides[0], rhs=sides[1], difference=difference)


def deciding(replicates: Sequence[Comparison]) -> int | None:
    """Which replicate decides, where one does: the draws are exact, and each must hold or one breaks an inequality.

    A plain inequality that nobody averages is broken by one exact draw (`pathwise` None).
    """
    if any(c.is_estimated for c in replicates):
        return None
    inequality = replicates[0].relation in (Relation.AT_MOST, Relation.AT_LEAST)
    unsaid = inequality and all(c.pathwise is None for c in replicates)
    broken = unsaid and any(c.verdict is Verdict.VIOLATED for c in replicates)
    if not (broken or all(c.pathwise for c in replicates)):
        return None
    return min(range(len(replicates)), key=lambda i: _rank(replicates[i]))


def _mean(numbers: Sequence[Number], measured: bool = False) -> Number:
    """The mean as an estimate; the same number in each replicate stays what it is, a measured float excepted."""
    if not _same(numbers):
        return _mean_of_draws([value_of(number) for number in numbers])
    first = numbers[0]
    is_plain = not isinstance(first, Bounded | Estimate)
    return Estimate(value_of(first), math.inf, len(numbers)) if measured and is_plain else first


def _mean_of_draws(values: Sequence[float]) -> Estimate:
    """The mean as an estimate; of draws that are not all finite, the first infinite one with an unknown spread."""
    infinite = [value for value in values if not math.isfinite(value)]
    return Estimate(infinite[0], math.inf, len(values)) if infinite else Estimate.from_samples(values)


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
