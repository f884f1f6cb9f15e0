"""Are rows of two runs matched by what they are about, and judged by the errors of both?"""

import math
from dataclasses import replace

import numpy as np
import pytest

from simsuff.reporting import Row
from simsuff.reporting.moved import changes, provenance_changes
from simsuff.verdicts import Bounded, Comparison, Estimate, Verdict


def row(lhs, rhs=1.0, verdict=Verdict.HOLDS, **setting):
    return Row("s", "f", Comparison(lhs, "<=", rhs, statement="B4", setting=setting), verdict, 4, 4)


def change(before, after):
    (found,) = changes({"s": before}, {"s": after}, 0.01)
    return found


@pytest.mark.parametrize(
    ("before", "after", "beyond"),
    [
        (0.5, 0.5 + 1e-15, False),
        (0.5, 0.5 + 1e-9, True),
        (Bounded(0.5, 1e-3), Bounded(0.5019, 1e-3), False),
        (Bounded(0.5, 1e-3), Bounded(0.5021, 1e-3), True),
        (Estimate(0.5, 0.01, 100), Estimate(0.53, 0.01, 100), False),
        (Estimate(0.5, 0.01, 100), Estimate(0.6, 0.01, 100), True),
        (Estimate(0.5, math.inf, 1), Estimate(9.0, math.inf, 1), False),
        (math.inf, 1.0, True),
    ],
)
def test_a_row_moves_within_or_beyond_the_errors_of_both(before, after, beyond):
    found = change([row(before)], [row(after)])
    assert [moved.beyond for moved in found.moved] == [beyond]
    assert found.is_same is not beyond
    assert not found.identical
    # The right side is looked at, too.
    found = change([row(0.0, before)], [row(0.0, after)])
    assert [moved.beyond for moved in found.moved] == [beyond]


def test_draws_that_were_added_until_they_look_far_off_do_not_move():
    """Rounds end when a row is decided, so that Student's interval of their draws misses the mean too often."""
    draws = np.random.default_rng(1).normal(0.5, 0.1, (400, 256))
    known = row(Estimate(0.5, 1e-9, 10**6))

    def share(sample):
        """How far off the mean is, in units of its standard error."""
        found = Estimate.from_samples(sample)
        return abs(found.value - 0.5) / found.stderr

    looks = [max((sample[: 2**k] for k in range(3, 9)), key=share) for sample in draws]
    moved = [change([known], [row(Estimate.from_samples(look))]).moved for look in looks]
    assert not any(one.beyond for (one,) in moved)


def test_rows_that_are_judged_by_a_draw_share_the_level_too():
    """Their sides are means over replicates, which move between seeds."""
    draws = np.random.default_rng(0).normal(0.5, 0.1, (2, 400, 16))
    runs = [[row(Estimate.from_samples(sample), n=n) for n, sample in enumerate(run)] for run in draws]
    judged = [
        [replace(one, comparison=one.comparison.with_(difference=Bounded(-0.2, 0.0))) for one in run]
        for run in runs
    ]
    assert not any(moved.beyond for moved in change(*judged).moved)


def test_equal_rows_do_not_move_and_others_are_missing_or_added():
    same = change([row(0.5, k=1)], [row(0.5, k=1)])
    assert (same.identical, same.is_same, same.moved) == (True, True, [])
    found = change([row(0.5, k=1), row(0.1, k=2)], [row(0.2, k=3), row(0.5, k=1)])
    assert [r.comparison.setting for r in found.missing] == [{"k": 2}]
    assert [r.comparison.setting for r in found.added] == [{"k": 3}]
    assert not found.is_same
    # Several rows about the same are matched in their order.
    twins = change([row(0.1), row(0.2)], [row(0.1), row(0.3)])
    assert [float(moved.before.comparison.lhs) for moved in twins.moved] == [0.2]


def test_another_verdict_within_the_errors_is_told():
    (moved,) = change([row(0.5)], [row(0.5, verdict=Verdict.UNDECIDED)]).moved
    assert moved.verdicts == ("holds", "undecided")
    assert not moved.beyond


def test_provenance_is_compared_part_by_part():
    before = {"seed": 0, "machine": {"processor": "a", "llvm": "1"}, "started": "then"}
    after = {"seed": 0, "machine": {"processor": "b", "llvm": "1"}, "environment": {"SIMSUFF_THREADS": "2"}}
    found = provenance_changes(before, after)
    assert found["machine.processor"] == ("a", "b")
    assert found["environment.SIMSUFF_THREADS"] == (None, "2")
    assert "seed" not in found
    assert "started" not in found
