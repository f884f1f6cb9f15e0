import numpy as np
import pytest

from simsuff.models.finite.tables import as_symbols, groups


def test_groups_labels_in_the_order_of_their_values():
    np.testing.assert_array_equal(groups("statistic", [7, -2, 7, 3], 4), [2, 0, 2, 1])


@pytest.mark.parametrize(
    ("statistic", "classes"),
    [
        (lambda z: z % 2, [0, 1, 0, 1]),
        (lambda z: np.where(z < 2, -0.0, 0.0), [0, 0, 0, 0]),
        (lambda z: np.stack([np.where(z < 2, -0.0, 0.0), z % 2], axis=1), [0, 1, 0, 1]),
        (lambda z: np.stack([z // 2, np.ones(4)], axis=1), [0, 0, 1, 1]),
        (lambda z: np.zeros((4, 2, 3)) + (z == 3)[:, None, None], [0, 0, 0, 1]),
        (lambda _: [True, False, True, True], [1, 0, 1, 1]),
        (lambda _: np.array(["b", "a", "a", "b"]), [1, 0, 0, 1]),
        (lambda _: [np.inf, -np.inf, np.inf, 1.0], [2, 0, 2, 1]),
    ],
)
def test_groups_values_by_equality(statistic, classes):
    np.testing.assert_array_equal(groups("statistic", statistic, 4), classes)


@pytest.mark.parametrize(
    "statistic",
    [
        [0, 1],
        [[0], [1], [2], [3]],
        [0.0, 1.0, 2.0, 3.0],
        lambda _: 1.0,
        lambda z: z[:2],
        lambda _: [np.nan, 1.0, 2.0, 3.0],
        lambda _: [None, None, None, None],
    ],
)
def test_refuses_what_is_no_statistic(statistic):
    with pytest.raises(ValueError, match="statistic must"):
        groups("statistic", statistic, 4)


def test_symbols_keep_their_shape():
    assert as_symbols("z", np.array([[0, 1]], dtype=np.uint8), 2).dtype == np.int64
    assert as_symbols("z", 1, 2).shape == ()


def test_the_first_symbol_outside_is_named():
    with pytest.raises(ValueError, match=r"lie in \[0, 2\]: z\[1\] = 3"):
        as_symbols("z", [0, 3, 9], 3)
