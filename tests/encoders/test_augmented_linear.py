"""Is the augmented linear encoder (Wz, w·z), for dense and sparse rows alike, and does it refuse what has no meaning?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import AugmentedLinearEncoder


def test_the_score_adds_the_square_of_the_scale_to_equal_words():
    encoder = AugmentedLinearEncoder([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]], -2.0)
    np.testing.assert_array_equal(encoder(np.array([1, 0, 1])), [1, 3, -2, 0, -2])
    u, v = encoder.embed(np.eye(3), np.eye(3))
    np.testing.assert_array_equal(u @ v.T, encoder.weight.T @ encoder.weight + 4 * np.eye(3))


def test_sparse_rows_are_dense_rows():
    rng = np.random.default_rng(0)
    encoder = AugmentedLinearEncoder(rng.integers(-3, 4, (2, 5)), 1.5)
    dense = rng.integers(0, 3, (7, 5))
    np.testing.assert_array_equal(encoder(sparse.csr_array(dense)), encoder(dense))
    du = rng.integers(-2, 3, (7, 7)).astype(float)
    one, other = (encoder.pullback(z, z, du, 2 * du) for z in (dense, sparse.csr_array(dense)))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one[:-1].reshape(2, 5), 3 * du[:, :2].T @ dense)
    assert one[-1] == 3 * (du[:, 2:] * dense).sum()


@pytest.mark.parametrize(
    ("weight", "scale", "message"),
    [
        (np.zeros((0, 3)), 1.0, "weight must be non-empty"),
        ([[1.0, np.nan]], 1.0, r"weight\[0, 1\] = nan"),
        ([[1.0]], np.inf, "scale.* must be finite"),
        ([1.0], 1.0, "have 2 dimensions"),
    ],
)
def test_bad_parameters_are_refused(weight, scale, message):
    with pytest.raises(ValueError, match=message):
        AugmentedLinearEncoder(weight, scale)
