"""Is InfoNCE on many small batches what the tiled loss and the definition say, and does it refuse what they refuse?"""

import numpy as np
import pytest

from simsuff.losses import infonce
from simsuff.losses.infonce import LARGEST, small_infonce
from simsuff.losses.tiled import tiled_infonce_batches

EPS = float(np.finfo(np.float64).eps)


def by_definition(u, v, symmetric, temperature):
    """The mean over batches of (1/K) Σ_i [−S_ii + log (1/K) Σ_j exp S_ij], of both sides where `symmetric`."""
    scores = np.einsum("bik,bjk->bij", u, v) / temperature
    own = np.einsum("bii->bi", scores)
    rows, columns = (np.log(np.exp(scores).mean(axis=axis)) - own for axis in (2, 1))
    return (rows.mean() + columns.mean()) / 2 if symmetric else rows.mean()


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(("count", "size", "width"), [(1, 2, 1), (5, 2, 4), (3, 7, 5), (4, LARGEST, 3)])
def test_agrees_with_the_definition_and_the_tiled_loss(count, size, width, symmetric):
    u, v = np.random.default_rng(0).standard_normal((2, count, size, width))
    # Scores of d products of size below 20 round by 20 d ε; exponentials hand that on, sums add K such terms.
    bound = 20 * (width + size) * EPS / 0.7
    for function in (small_infonce, small_infonce.py_func):
        value, du, dv = function(u, v, symmetric, 0.7)
        other, du2, dv2 = tiled_infonce_batches(u, v, symmetric, 0.7)
        assert abs(value - by_definition(u, v, symmetric, 0.7)) <= bound
        assert abs(value - other) <= bound
        assert max(np.abs(du - du2).max(), np.abs(dv - dv2).max()) <= bound


def test_it_is_taken_for_small_batches_of_doubles_and_handles_far_scores():
    u, v = np.random.default_rng(1).standard_normal((2, 3, 4, 2))
    assert infonce(u, v)[0] == small_infonce(u, v, True, 1.0)[0]
    value, du, _ = infonce(1e4 * np.eye(3), -np.eye(3))
    assert value == pytest.approx(1e4 + np.log(2 / 3), rel=2 * EPS)
    assert np.isfinite(du).all()


@pytest.mark.parametrize(("u", "v", "temperature"), [(1e200, 1e200, 1.0), (1e10, 1e-300, 1e-300)])
def test_scores_and_gradients_that_overflow_are_refused(u, v, temperature):
    with pytest.raises(ValueError, match="an overflow occurred"):
        infonce(u * np.ones((2, 2, 1)), v * np.array([[[1.0], [2.0]]] * 2), temperature=temperature)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_entries_that_are_no_numbers_are_refused(bad):
    u, v = np.ones((2, 3, 4, 2))
    v[1, 2, 0] = bad
    with pytest.raises(ValueError, match=r"v must be finite: v\[1, 2, 0\]"):
        infonce(u, v)
