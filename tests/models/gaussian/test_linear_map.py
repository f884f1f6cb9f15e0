import numpy as np
import pytest

from simsuff.models import LinearMap


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
