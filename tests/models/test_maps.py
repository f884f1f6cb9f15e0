"""Statistics that are a matrix: linear maps of vectors, and tables on symbols."""

import numpy as np
import pytest

from simsuff.models import LinearMap, LookupMap


def test_maps_rows_by_its_weight():
    linear = LinearMap([[1.0, 2.0, 0.0]])
    assert linear.shape == (1, 3)
    np.testing.assert_array_equal(linear(np.eye(3)), [[1.0], [2.0], [0.0]])
    np.testing.assert_array_equal(np.asarray(linear), linear.weight)


def test_weight_is_a_read_only_copy():
    source = np.eye(2)
    linear = LinearMap(source)
    source[0, 0] = 5.0
    assert linear.weight[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        linear.weight[0, 0] = 2.0


@pytest.mark.parametrize("weight", [[], [1.0, 2.0], [[np.nan]], [["a"]], np.empty((0, 2))])
def test_refuses_a_bad_weight(weight):
    with pytest.raises(ValueError, match="weight must"):
        LinearMap(weight)


@pytest.mark.parametrize("z", [np.ones(2), np.ones((4, 3)), [[np.inf, 1.0]], np.empty((0, 2))])
def test_refuses_bad_samples(z):
    with pytest.raises(ValueError, match="z must"):
        LinearMap(np.eye(2))(z)


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
