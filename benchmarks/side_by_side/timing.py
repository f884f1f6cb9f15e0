"""How long does each contender take beside the others? Medians over turns that alternate within one run."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Run = Callable[[], Any]


class Plan(NamedTuple):
    """`seconds` to spend on a row, and the number of turns: None lets the seconds decide, between the bounds."""

    seconds: float = 2.5
    repetitions: int | None = None
    fewest: int = 3
    most: int = 12


# A turn lasts this long, and comes after a pause: the workers of OpenBLAS spin for 2^26 cycles after their last
# call, those of OpenMP for about a millisecond, and would take a processor away from the next contender.
TURN, PAUSE = 0.03, 0.1
MOST_CALLS = 100

# In the pause a processor may go to sleep, and be slow for a while: calls in the first part of a turn don't count.
# Simulations call a loss millions of times in a row.
WAKE = 0.03

# Calls before the clock counts, until they took this long together; the best one says how many calls fill a turn.
WARM, WARM_SECONDS = 3, 0.1


class Timing(NamedTuple):
    """Median and quartiles in seconds, over all calls of all turns."""

    median: float
    low: float
    high: float
    calls: int

    @classmethod
    def of(cls, seconds: list[float]) -> "Timing":
        """The summary of single calls."""
        ordered = sorted(seconds)
        quarter = len(ordered) // 4
        return cls(statistics.median(ordered), ordered[quarter], ordered[-1 - quarter], len(ordered))


def once(run: Run) -> float:
    """Seconds of one call."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def interleaved(runs: Mapping[str, Run], plan: Plan) -> dict[str, Timing]:
    """The timing of each run; each turn starts with another one, and a turn of several calls drops the first of them.

    Calls are warm: each run is called before the clock counts.
    """
    rough = {name: warmed(run) for name, run in runs.items()}
    calls = {name: max(1, min(MOST_CALLS, round(TURN / seconds))) for name, seconds in rough.items()}
    turns = number_of_turns(sum(calls[name] * rough[name] + PAUSE + WAKE for name in runs), plan)
    seen: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for turn in range(turns):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            seen[name] += take_turn(runs[name], calls[name])
    return {name: Timing.of(seconds) for name, seconds in seen.items()}


def warmed(run: Run) -> float:
    """Seconds of the best of the first calls."""
    seen = [once(run)]
    while len(seen) < WARM and sum(seen) < WARM_SECONDS:
        seen.append(once(run))
    return min(seen)


def number_of_turns(seconds: float, plan: Plan) -> int:
    """As many turns of `seconds` as the plan pays for."""
    if plan.repetitions is not None:
        return plan.repetitions
    return max(plan.fewest, min(plan.most, int(plan.seconds / seconds)))


def take_turn(run: Run, calls: int) -> list[float]:
    """Seconds of single calls, in a row."""
    time.sleep(PAUSE)
    if calls > 1:
        begin = time.perf_counter()
        run()
        while time.perf_counter() - begin < WAKE:
            run()
    return [once(run) for _ in range(calls)]
