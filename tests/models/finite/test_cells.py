import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simsuff.models import FiniteModel

tables = hnp.arrays(
    np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.sampled_from([0, 1, 2, 9, 1000])
).filter(lambda table: table.sum() > 0)


def _check(model, div, truth):
    found = model.information_bounded(div)
    value, error = found.value, found.error
    if mp.isinf(truth):
        assert value == np.inf
    else:
        # The table itself is rounded once when it is normalised: one more unit of every ratio.
        assert abs(mp.mpf(value) - truth) <= 2 * error
    assert not np.isnan(value)


def test_bound_holds_against_50_digits(divergences, finite_oracle):
    @given(tables)
    def property_(table):
        model = FiniteModel(table / table.sum())
        for name, div in divergences.items():
            _check(model, div, finite_oracle(name, model.joint))

    property_()


@pytest.mark.parametrize("exponent", [-3, -8, -12])
def test_bound_holds_near_independence(divergences, finite_oracle, exponent):
    shift = 10.0**exponent * np.array([[1, -1, 0], [-1, 1, 0]])
    model = FiniteModel(np.outer([0.3, 0.7], [0.2, 0.5, 0.3]) + shift)
    for name, div in divergences.items():
        _check(model, div, finite_oracle(name, model.joint))


@pytest.mark.parametrize("tiny", [1e-100, 1e-200, 1e-300])
def test_ratios_beyond_the_range_of_doubles_are_not_lost(divergences, finite_oracle, tiny):
    """A cell of mass ε that is alone in its row and column adds 1 to chi2, although (1/ε)² overflows."""
    model = FiniteModel(np.diag([1 - 1e-3, 1e-3, tiny]))
    for name, div in divergences.items():
        _check(model, div, finite_oracle(name, model.joint))
    relative = 1e-15  # a few roundings of the three terms of about one
    assert model.information(divergences["chi2"]) == pytest.approx(2.0, rel=relative)


def test_empty_rows_and_columns_carry_nothing(divergences):
    table = np.array([[0.1, 0.2], [0.3, 0.4]])
    padded = np.zeros((4, 3))
    padded[np.ix_([0, 2], [1, 2])] = table
    for div in divergences.values():
        small, large = (
            FiniteModel(table).information_bounded(div),
            FiniteModel(padded).information_bounded(div),
        )
        assert abs(small.value - large.value) <= small.error + large.error
