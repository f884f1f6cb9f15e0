"""Do verdicts say what their numbers allow, and no more?"""

import math

import numpy as np
import pytest

from simsuff.numerics.numbers import ROUNDING, rounded
from simsuff.verdicts import (
    Bounded,
    Comparison,
    Estimate,
    deciding,
    judge,
    level_against,
    limit,
    pooled,
    worst,
)
from simsuff.verdicts.rules import exactness, half_width, stderr_of

LEVEL = 0.01


@pytest.mark.parametrize(
    ("lhs", "relation", "rhs", "verdict"),
    [
        (1.0, "<=", 2.0, "holds"),
        (2.0, "<=", 1.0, "violated"),
        (1.0, ">=", 2.0, "violated"),
        (1.0, "==", 1.0 + 1e-15, "holds"),
        (1.0, "==", 1.0 + 1e-11, "violated"),
        (-math.inf, "<=", 0.0, "holds"),
        (math.inf, "<=", math.inf, "undecided"),
        (math.inf, "==", math.inf, "undecided"),
        (-math.inf, ">=", -math.inf, "undecided"),
        (Bounded(2.8e-17, 1e-16), "<=", 0.0, "holds"),
        (Bounded(2.8e-17, 1e-17), "<=", 0.0, "violated"),
        (Bounded(-0.0, 0.0), "==", Bounded(8e-323, 6e-323), "holds"),
        (Bounded(1e6, 1e-5), "<=", 1e6, "holds"),
        (Bounded(1e6, 1.0), "<=", 1e6, "undecided"),
        (Bounded(1e-14, 1e-12), "==", 0.0, "holds"),
        (Bounded(1e-14, 1e-10), "==", 0.0, "undecided"),
        (math.inf, "<=", 1.0, "violated"),
        (Bounded(1.0, 0.5), "<=", 1.2, "undecided"),
        (Bounded(1.0, 0.5), "==", 1.2, "undecided"),
        (Bounded(1.0, 0.01), "==", 1.005, "holds"),
        (Bounded(1.0, 0.1), "==", 1.2, "violated"),
        (Estimate(1.0, 0.01, 100), "<=", 1.1, "holds"),
        (Estimate(1.0, 0.1, 100), "<=", 1.1, "undecided"),
        (Estimate(1.0, 0.01, 100), ">=", 1.1, "violated"),
        (Estimate(1.0, 0.01, 100), "==", 1.01, "holds"),
        (Estimate(1.0, 1.0, 100), "==", 1.0, "undecided"),
        (Estimate(1.0, 0.0, 1), "==", 2.0, "undecided"),
        (-1e-18, ">=", 0.0, "violated"),
        (2.0, "vs", 1.0, "higher"),
        (1.0, "vs", 2.0, "lower"),
        (1.0, "vs", 1.0 + 1e-15, "undecided"),
        (math.inf, "vs", math.inf, "undecided"),
        (math.inf, "vs", 1.0, "higher"),
        (Bounded(1.0, 0.5), "vs", 1.2, "undecided"),
        (Estimate(1.0, 0.01, 100), "vs", Estimate(1.1, 0.01, 100), "lower"),
        (Estimate(1.0, 0.01, 100), "vs", Estimate(1.01, 0.01, 100), "undecided"),
        (Estimate(1.0, 0.0, 1), "vs", 2.0, "undecided"),
    ],
)
def test_verdicts(lhs, relation, rhs, verdict):
    assert Comparison(lhs, relation, rhs).verdict == verdict


def test_the_error_of_a_side_admits_the_rounding_of_cancelled_terms():
    assert Comparison(rounded(-1e-16, 1.0), ">=", 0.0).verdict == "holds"
    assert Comparison(rounded(-2 * ROUNDING, 1.0), ">=", 0.0).verdict == "violated"


def test_a_comparison_is_no_truth_value_and_tells_its_verdict():
    row = Comparison(1.0, "<=", 2.0, statement="A1")
    assert repr(row) == "Comparison(A1: 1.0 <= 2.0: holds)"
    assert row.holds
    assert not Comparison(2.0, "<=", 1.0).holds
    with pytest.raises(TypeError, match=r"neither true nor false; ask \.holds"):
        assert row


@pytest.mark.parametrize("side", ["1", None, [1.0], True])
def test_sides_are_numbers(side):
    with pytest.raises(ValueError, match="lhs must be a number"):
        Comparison(side, "<=", 2.0)


def test_undecided_says_why():
    assert Comparison(math.inf, "<=", math.inf).reason.startswith("both sides are infinite")
    assert Comparison(Bounded(1.0, 0.5), "<=", 1.2).reason == "the errors leave it open"
    assert Comparison(Estimate(1.0, 0.1, 9), "<=", 1.0).reason == "the interval of the draws leaves it open"
    assert Comparison(Estimate(1.0, 0.0, 1), "==", 2.0).reason == "the spread of the draws is not known"
    assert Comparison(1.0, "<=", 2.0).reason == ""


def test_a_predicted_violation_that_does_not_occur_is_not_called_held():
    predicted = Comparison(1.0, "<=", 2.0, expected_violation="no bound on r (B5)")
    assert predicted.verdict == "unconfirmed"
    assert not predicted.holds
    assert "no bound on r (B5)" in predicted.reason
    assert predicted.with_(lhs=3.0).verdict == "violated"


def test_limits_admit_their_stated_remainder_only():
    assert Comparison(1.04, "->", 1.0, remainder=0.05).verdict == "holds"
    assert Comparison(1.06, "->", 1.0, remainder=0.05).verdict == "violated"


@pytest.mark.parametrize(("relation", "sign"), [("<=", 1), (">=", -1), ("vs", 1)])
def test_slack_is_signed(relation, sign):
    assert Comparison(1.0, relation, 3.0).slack == 2.0 * sign


def test_nan_and_unknown_relations_are_refused():
    with pytest.raises(ValueError, match="rhs must be a number"):
        Comparison(0.0, "<=", math.nan)
    with pytest.raises(ValueError, match="relation must be one of"):
        Comparison(0.0, "<", 1.0)


def test_numbers_say_what_they_are():
    assert exactness(1.0) == "exact"
    assert exactness(Bounded(1.0, 1e-9)) == "within 1e-09"
    assert exactness(Estimate(1.0, 0.25, 16)) == "± 0.25 (n = 16)"


def test_pooling_keeps_the_pairing():
    rng = np.random.default_rng(0)
    common = rng.normal(size=64)
    rows = [
        Comparison(float(c + 1e-3 * e), "==", float(c))
        for c, e in zip(common, rng.normal(size=64), strict=True)
    ]
    row = pooled(rows)
    assert row.lhs.stderr > 0.05
    assert row.difference.stderr < 1e-3
    assert pooled([Comparison(float(c), "<=", 3.0) for c in common]).rhs == 3.0


def test_infinite_draws_are_pooled_and_decide_nothing():
    row = pooled(
        [Comparison(math.inf, "<=", 1.0, pathwise=False), Comparison(0.5, "<=", 1.0, pathwise=False)]
    )
    assert (row.lhs.value, row.verdict) == (math.inf, "undecided")
    assert pooled([Comparison(x, "<=", math.inf, pathwise=True) for x in (1.0, 2.0)]).verdict == "holds"


def test_without_rows_there_is_neither_a_mean_nor_a_worst():
    with pytest.raises(
        ValueError, match="replicates must be non-empty: replicates = 'empty'; run at least one"
    ):
        pooled([])
    with pytest.raises(
        ValueError, match="comparisons must be non-empty: comparisons = 'empty'; draw at least one"
    ):
        worst([])


def test_an_error_that_all_replicates_share_is_kept():
    theory = Estimate(1.0, 0.5, 30)
    row = pooled([Comparison(x, "==", theory) for x in (1.0, 1.01, 0.99, 1.0)])
    assert row.rhs == theory
    assert row.difference.stderr > 0.5


def test_pathwise_statements_are_judged_by_their_worst_draw():
    draws = [Comparison(x, "<=", 1.0, pathwise=True) for x in (0.2, 0.9, 0.5)]
    row = pooled(draws)
    assert (row.verdict, row.slack) == ("holds", pytest.approx(0.1))
    assert row.lhs.n == 3
    assert not row.is_estimated
    assert pooled([*draws, Comparison(1.1, "<=", 1.0, pathwise=True)]).verdict == "violated"


def test_pooling_keeps_the_error_of_the_draw_that_decides():
    loose = Comparison(rounded(0.0, 1e6), "<=", 1e6, pathwise=True)
    tight = Comparison(1 + 1e-9, "<=", 1.0, pathwise=True)
    assert tight.verdict == "violated"
    assert pooled([loose, tight]).verdict == "violated"
    assert pooled([loose, tight.with_(lhs=1.0)]).verdict == "holds"


def test_the_worst_draw_is_no_trivial_one():
    trivial = Comparison(rounded(1e-17, 1.0), "<=", 1e-17)
    near = Comparison(0.99, "<=", 1.0)
    broken = Comparison(1.1, "<=", 1.0)
    assert worst([trivial, near, Comparison(0.5, "<=", 1.0)]) is near
    assert worst([trivial, near, broken]) is broken


def test_draws_that_agree_by_chance_decide_nothing():
    row = pooled([Comparison(0.0, "<=", 0.1)] * 5)
    assert (row.verdict, row.lhs.stderr, row.lhs.n) == ("undecided", math.inf, 5)
    assert row.reason == "the spread of the draws is not known"
    assert row.rhs == 0.1
    assert pooled([Comparison(0.0, "vs", 0.1)] * 5).verdict == "undecided"
    # A number that knows its error is computed, not drawn.
    assert pooled([Comparison(Bounded(0.0, 1e-16), "<=", 0.1)] * 5).verdict == "holds"
    assert pooled([Comparison(0.0, "<=", 0.1, pathwise=True)] * 5).verdict == "holds"


def test_a_rate_without_errors_is_an_interval_and_no_fact():
    rate = Estimate.of_rate(0, 5)
    assert (rate.value, rate.n, rate.support) == (0.0, 5, (0.0, 1.0))
    assert rate.stderr > 0
    assert Comparison(rate, "<=", 0.3).verdict == "undecided"
    assert Comparison(Estimate.of_rate(0, 500), "<=", 0.3).verdict == "holds"
    assert pooled([Comparison(rate, "<=", 0.3)] * 5).verdict == "undecided"
    assert pooled([Comparison(Estimate.of_rate(0, 500), "<=", 0.3)] * 5).verdict == "holds"
    with pytest.raises(ValueError, match="successes must be an integer in"):
        Estimate.of_rate(6, 5)


def test_one_exact_draw_that_breaks_an_inequality_is_not_averaged_away():
    rows = [Comparison(x, "<=", 1.0) for x in (0.1, 0.2, 0.15, 0.12, 1.01)]
    assert pooled(rows).verdict == "violated"
    assert pooled([row.with_(pathwise=False) for row in rows]).verdict == "undecided"
    assert pooled(rows[:-1] * 5).verdict == "holds"


def test_holm_gives_the_rows_that_are_left_a_larger_share():
    clear, near = (
        Comparison(Estimate(1.0, 0.001, 200), "<=", 2.0),
        Comparison(Estimate(1.0, 0.1, 200), "<=", 1.5),
    )
    assert near.verdict_at(LEVEL / 20) == "undecided"
    assert near.verdict_at(LEVEL) == "holds"
    assert judge([near, *[clear] * 19], LEVEL)[0] == "holds"
    assert judge([near] * 20, LEVEL) == ["undecided"] * 20


def test_a_share_that_holding_rows_free_refutes_nothing():
    """Rows that hold say nothing about how many true statements there are."""
    clear, wrong = (
        Comparison(Estimate(1.0, 0.001, 200), "<=", 2.0),
        Comparison(Estimate(1.5, 0.1, 200), "<=", 1.0),
    )
    assert wrong.verdict_at(LEVEL) == "violated"
    assert judge([wrong, *[clear] * 19], LEVEL)[0] == "undecided"
    assert level_against([wrong, *[clear] * 19], LEVEL) == LEVEL / 20
    assert judge([wrong], LEVEL) == ["violated"]


def test_an_equality_that_is_decided_early_stays_decided():
    """At the larger share of a later step its interval would exclude the right side."""
    row = Comparison(Estimate(1.044, 0.009, 1000), "==", 1.0)
    clear = Comparison(Estimate(1.0, 0.001, 1000), "<=", 2.0)
    open_ = Comparison(Estimate(1.0, 0.5, 1000), "<=", 1.0)
    assert (row.verdict_at(LEVEL / 60), row.verdict_at(0.05)) == ("holds", "violated")
    assert judge([row, *[clear] * 60, open_], LEVEL)[0] == "holds"


@pytest.mark.parametrize("remainder", [-0.1, math.inf, math.nan])
def test_remainders_are_relative_deviations(remainder):
    with pytest.raises(ValueError, match="remainder must be at least 0"):
        Comparison(1.0, "->", 1.0, remainder=remainder)


def test_far_from_its_limit_a_row_is_a_measurement_that_can_be_told_apart():
    far = [limit(x, 1.0, 0.5) for x in np.random.default_rng(0).normal(2.0, 0.01, 50)]
    assert pooled(far).verdict == "higher"
    relations = [str(limit(1.0, 1.0, remainder).relation) for remainder in (0.01, 0.049, 0.051, 0.09, 2.0)]
    assert relations == ["->", "->", "vs", "vs", "vs"]


def test_a_limit_that_is_off_by_more_than_its_remainder_needs_less_chance_to_hold():
    row = Comparison(Estimate(1.06, 0.014, 10_000), "->", 1.0, remainder=0.01)
    assert row.verdict == "undecided"
    assert row.with_(lhs=Estimate(1.0, 0.014, 10_000)).verdict == "holds"


def test_exact_rows_take_no_share_of_the_level():
    estimated = Comparison(Estimate(1.0, 0.1, 50), "<=", 1.6)
    alone = judge([estimated], LEVEL)
    assert judge([estimated, *[Comparison(1.0, "<=", 2.0)] * 50], LEVEL)[0] == alone[0] == "holds"
    assert judge([estimated] * 50, LEVEL)[0] == "undecided"


@pytest.mark.parametrize(("stderr", "remainder", "verdict"), [(0.1, 0.0, "holds"), (0.1, 0.09, "undecided")])
def test_a_remainder_counts_where_a_limit_is_decided(stderr, remainder, verdict):
    row = Comparison(Estimate(10.0, stderr, 10_000), "->", 10.0, remainder=remainder)
    assert row.verdict == verdict


@pytest.mark.parametrize(
    ("value", "verdict"), [(1.0, "holds"), (1.05, "holds"), (1.095, "undecided"), (1.2, "violated")]
)
def test_an_equality_holds_where_the_truth_is_shown_to_lie_within_a_tenth(value, verdict):
    assert Comparison(Estimate(value, 0.0095, 1000), "==", 1.0).verdict in (verdict, "violated")
    assert Comparison(Bounded(value, 0.02), "==", 1.015).verdict != "holds" or abs(value - 1.015) < 0.08


@pytest.mark.parametrize(
    ("row", "power"),
    [
        (Comparison(0.9, "<=", 1.0), 0.1),
        (Comparison(1.0, "<=", 1.0), 0.0),
        (Comparison(1.1, ">=", 1.0), 0.1),
        (Comparison(Bounded(1.0, 0.05), "==", 1.01), 0.06 / 1.01),
        (Comparison(Bounded(-2.0, 0.5), "<=", -1.0), 1.5),
        (Comparison(1.02, "->", 1.0, remainder=0.05), 0.07),
        (Comparison(0.0, "<=", math.inf), math.inf),
        (Comparison(Estimate(1.0, 0.1, 2), "<=", 2.0), math.inf),
        (Comparison(1.0, "<=", 0.0), None),
        (Comparison(-1.0, "<=", 0.0), None),
        (Comparison(2.0, "<=", 1.0), None),
        (Comparison(1.0, "vs", 2.0), None),
    ],
)
def test_power_is_the_smallest_error_of_the_constant_that_would_have_shown(row, power):
    found = row.power_at(LEVEL)
    assert found == (None if power is None else pytest.approx(power, abs=1e-9))
    if power and math.isfinite(power):
        upwards = row.relation == ">=" or (row.gap > 0 and row.relation in ("==", "->"))
        step = power * abs(row.rhs) * (1 if upwards else -1)
        assert row.with_(rhs=row.rhs + 1.1 * step).verdict_at(LEVEL) == "violated"
        assert row.with_(rhs=row.rhs + 0.9 * step).verdict_at(LEVEL) != "violated"


def test_an_estimated_row_notices_what_it_says():
    row = Comparison(Estimate(0.8, 0.02, 100), "<=", 1.0)
    power = row.power_at(1e-4)
    assert 0.2 < power < 0.4
    assert row.with_(rhs=1 - 1.001 * power).verdict_at(1e-4) == "violated"
    assert row.with_(rhs=1 - 0.999 * power).verdict_at(1e-4) == "undecided"


def test_a_row_about_every_draw_is_decided_by_the_nearest():
    draws = [Comparison(x, "<=", 1.0, pathwise=True) for x in (0.2, 0.9, 0.5)]
    assert deciding(draws) == 1
    assert deciding([row.with_(pathwise=False) for row in draws]) is None
    assert deciding([*draws, Comparison(Estimate(0.1, 0.1, 9), "<=", 1.0, pathwise=True)]) is None
    assert deciding([Comparison(x, "<=", 1.0) for x in (0.1, 1.2)]) == 1


@pytest.mark.parametrize(("remainder", "verdict"), [(0.04, "violated"), (0.06, "holds"), (0.11, "undecided")])
def test_a_remainder_is_a_share_of_the_limit(remainder, verdict):
    assert Comparison(42.0, "->", 40.0, remainder=remainder).verdict == verdict
    assert Comparison(0.42, "->", 0.4, remainder=remainder).verdict == verdict


def test_of_violated_draws_the_worst_is_that_beyond_most_of_its_error():
    wide, narrow = Comparison(Bounded(2.0, 0.5), "<=", 1.0), Comparison(Bounded(1.5, 0.01), "<=", 1.0)
    held = Comparison(0.0, "<=", 1e-9)
    for rows in ([wide, narrow, held], [held, narrow, wide]):
        assert worst(rows) is narrow
    assert worst([wide, held]) is wide


def test_of_draws_that_hold_the_worst_has_the_least_slack_for_its_size():
    near, small = Comparison(99.0, "<=", 100.0), Comparison(0.1, "<=", 0.2)
    assert worst([small, near]) is near
    assert worst([Comparison(-math.inf, "<=", 1.0), near]) is near
    assert worst([near]) is near
    larger, nearer = Comparison(90.0, "<=", 100.0), Comparison(0.99, "<=", 1.0)
    assert worst([larger, nearer]) is nearer


def test_a_draw_that_fails_without_any_error_is_the_worst():
    broken = Comparison(2.0, "<=", 1.0)
    certain = broken.with_(difference=Bounded(1e-3, 0.0))
    assert worst([broken, certain, broken]) is certain


def test_what_a_pooled_row_is_called_comes_from_its_first_draw():
    rows = [Comparison(float(i), "<=", 3.0, statement=f"S{i}", setting={"draw": i}) for i in range(3)]
    assert pooled(rows).statement == "S0"
    assert pooled(rows).setting == {"draw": 0}


def test_sides_without_draws_have_no_interval():
    assert half_width(1.0, 0.01) == stderr_of(1.0) == stderr_of(Bounded(1.0, 0.5)) == 0.0
    assert half_width(Bounded(1.0, 0.5), 0.01) == 0.5
    assert half_width(Estimate(1.0, 0.5, 1), 0.01) == math.inf
    assert half_width(Estimate(1.0, 0.5, 10), 0.05) == pytest.approx(0.5 * 2.262, rel=1e-3)


@pytest.mark.parametrize(("error", "text"), [(1e-10, "exact"), (9e-7, "exact"), (1.1e-6, "within 1e-06")])
def test_nine_digits_are_called_exact(error, text):
    assert exactness(Bounded(1000.0, error)) == text


def test_comparisons_cannot_be_changed():
    with pytest.raises(AttributeError):
        Comparison(1.0, "<=", 2.0).lhs = 3.0
