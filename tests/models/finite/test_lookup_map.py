import numpy as np
import pytest

from simsuff.models import LookupMap


def test_looks_rows_up():
    lookup = LookupMap([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert lookup.shape == (2, 3)
    np.testing.assert_array_equal(lookup(np.array([2, 0])), [[5.0, 6.0], [1.0, 2.0]])


@pytest.mark.parametrize("table", [[], [1.0], [[np.nan]], np.empty((2, 0))])
def test_refuses_a_bad_table(table):
    with pytest.raises(ValueError, match="table must"):
        LookupMap(table)


@pytest.mark.parametrize("z", [[2], [-1], [0.5], []])
def test_refuses_symbols_outside_its_alphabet(z):
    with pytest.raises(ValueError, match="z must"):
        LookupMap(np.eye(2))(z)
