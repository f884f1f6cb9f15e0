"""Are arrays judged as numbers are, one by one?"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.numerics.numbers import ROUNDING, BoundedArray
from simsuff.verdicts import Bounded, Comparison, Comparisons, Estimate, Verdict, compare, rules
from simsuff.verdicts.comparisons import RELATIONS

numbers = st.one_of(
    st.sampled_from(
        [0.0, 1.0, 1.0 + 2**-52, 1.0 - ROUNDING, 1.0 + ROUNDING, -1.0, math.inf, -math.inf, 1e300]
    ),
    st.floats(-2.0, 2.0),
)
rows = st.lists(
    st.tuples(numbers, numbers, st.sampled_from([None, 0.0, 1e-15, 0.01])), min_size=1, max_size=20
)


@given(rows, st.sampled_from([str(relation) for relation in RELATIONS]))
def test_each_row_is_judged_as_alone(rows, relation):
    left_sides = [side if error is None else Bounded(side, error) for side, _, error in rows]
    lhs = BoundedArray([float(side) for side in left_sides], [rules.error(side) for side in left_sides])
    found = compare(lhs, relation, np.array([right for _, right, _ in rows]))
    assert found.defined.all()
    for i, (_, right, _) in enumerate(rows):
        single = Comparison(left_sides[i], relation, right)
        assert found[i] == single
        assert found[i].error == single.error
        assert found.gap[i] == single.gap
        assert found.slack[i] == single.slack
        assert found.verdicts[i] == single.verdict
        assert found.violated[i] == (single.verdict == "violated")


def test_rows_without_two_numbers_are_not_defined():
    found = compare(np.array([1.0, np.nan, np.nan, 5.0]), "<=", 2.0)
    assert found.defined.tolist() == [True, False, False, True]
    assert found.violated.tolist() == [False, False, False, True]
    assert found.verdicts.tolist() == ["holds", None, None, "violated"]
    assert np.isnan(found.slack[1:3]).all()
    with pytest.raises(ValueError, match=r"sides\[1\] must be defined"):
        found[1]


def test_two_sides_that_are_no_numbers_are_not_defined_either():
    sides = np.array([np.nan, 1.0])
    assert compare(sides, "==", sides).defined.tolist() == [False, True]


def test_numbers_make_one_comparison():
    assert compare(1.0, "<=", np.float64(2.0)) == Comparison(1.0, "<=", 2.0)
    assert compare(np.asarray(1.0), "<=", 2) == Comparison(1.0, "<=", 2.0)
    assert compare(Bounded(1.0, 0.5), "==", 1.2).verdict == "undecided"
    assert isinstance(compare(np.ones(1), "<=", 2.0), Comparisons)


def test_with_replaces():
    found = compare(np.ones(2), "<=", 2.0).with_(statement="A1", pathwise=True)
    assert found[0] == Comparison(1.0, "<=", 2.0, statement="A1", pathwise=True)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("lhs", "relation", "rhs", "message"),
    [
        (np.ones(2), "vs", 1.0, "relation must be one of .*: relation = 'vs'; compare these one by one"),
        (np.ones(2), "<=", np.ones(3), "sides must be exact, of one shape"),
        (np.ones((2, 2)), "<=", 1.0, "sides must be exact, of one shape"),
        (np.ones(2), "<=", Estimate(1.0, 0.1, 9), "sides must be exact, of one shape"),
    ],
)
def test_refuses_what_cannot_be_compared(lhs, relation, rhs, message):
    with pytest.raises(ValueError, match=message):
        compare(lhs, relation, rhs)


@pytest.mark.parametrize("error", [0.01, 0.099, 0.101, 0.5])
def test_equalities_are_resolved_as_alone(error):
    """Where a relative deviation of a tenth would have shown."""
    rows = compare(BoundedArray([10.0, 10.0], [10 * error, 1e-12]), "==", BoundedArray([10.0, 10.0], 0.0))
    alone = [compare(Bounded(10.0, e), "==", Bounded(10.0, 0.0)).verdict for e in (10 * error, 1e-12)]
    assert [*rows.verdicts] == [*map(str, alone)]
    assert alone == [Verdict.HOLDS if error < 0.1 else Verdict.UNDECIDED, Verdict.HOLDS]
