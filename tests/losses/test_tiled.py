"""Is the tiled loss the naive one, for any number of pairs, any scores and any number of threads?"""

import numpy as np
import pytest
from numba import config

from simsuff.kernels.tables import LINE
from simsuff.kernels.threads import threads
from simsuff.losses.tile_memory import (
    REACH_DOUBLE,
    REACH_SINGLE,
    Work,
    chunk,
    count_chunks,
    is_within,
    lay_out,
    memory,
    score_bound,
)
from simsuff.losses.tiled import WORTH_THREADS, tiled_infonce, tiled_infonce_batches

DTYPES = [np.float64, np.float32]
LONG = np.longdouble


def embeddings(size, width, dtype=np.float64, reach=1.0, seed=0):
    """Normal vectors u, v (K, d) whose scores reach ± `reach`."""
    u, v = np.random.default_rng(seed).normal(size=(2, size, width))
    u *= reach / np.abs(u @ v.T).max()
    return u.astype(dtype), v.astype(dtype)


def naive(u, v, symmetric):
    """Value and gradients by the definition, in extended precision."""
    u, v, size = u.astype(LONG), v.astype(LONG), len(u)
    scores = u @ v.T
    value, slope = LONG(0), -np.eye(size, dtype=LONG)
    for side in (0, 1) if symmetric else (1,):
        top = scores.max(axis=side, keepdims=True)
        powers = np.exp(scores - top)
        total = powers.sum(axis=side, keepdims=True)
        share = LONG(1) / (2 if symmetric else 1)
        value += share * (np.log(total / size) + top).mean()
        slope += share * powers / total
    return value - np.diag(scores).mean(), slope @ v / size, slope.T @ u / size


def rounding(u, v):
    """A bound of the relative error of a share of the softmax: scores are off by d units of Σ|u||v|, powers by that
    and two units, sums of K of them by K/64 and a few units (sums go in lanes and tiles)."""
    eps = float(np.finfo(u.dtype).eps)
    size = float((np.abs(u).astype(float) @ np.abs(v).astype(float).T).max())
    return eps * ((u.shape[1] + 2) * size + len(u) / 64 + 16)


# Plain Python needs a minute for a million unbounded scores.
COMPILED = not config.DISABLE_JIT
SIZES = [(2, 1), (7, 3), (31, 16), (64, 8), (130, 17), *([(300, 4), (400, 2), (1100, 3)] if COMPILED else [])]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reach", [0.5, 20.0, 1e3, 1e4])
@pytest.mark.parametrize(("size", "width"), SIZES)
@pytest.mark.parametrize("symmetric", [True, False])
def test_against_the_definition(size, width, reach, dtype, symmetric):
    u, v = embeddings(size, width, dtype, reach)
    value, du, dv = tiled_infonce_batches(u[None], v[None], symmetric, 1.0)
    exact, exact_du, exact_dv = naive(u, v, symmetric)
    relative = rounding(u, v)
    assert du.dtype == dv.dtype == dtype
    assert abs(value - exact) <= 2 * relative
    # A gradient is a mean over K anchors of shares that sum to at most 2, times the other embedding.
    assert np.abs(du[0] - exact_du).max() <= 4 * relative * np.abs(v).max() / size
    assert np.abs(dv[0] - exact_dv).max() <= 4 * relative * np.abs(u).max() * min(size, 4) / size


@pytest.mark.parametrize(("dtype", "reach"), [(np.float64, REACH_DOUBLE), (np.float32, REACH_SINGLE)])
def test_the_fast_path_ends_where_the_scores_may_leave_its_range(dtype, reach):
    u, v = np.zeros((2, 4, 3), dtype)
    u[0, 1] = v[2, 1] = 1
    inside = 1.0001 / (reach * np.log(2))
    assert is_within(score_bound(u, v, inside), u.itemsize)
    assert not is_within(score_bound(u, v, inside / 1.001), u.itemsize)
    u[1, 0] = np.nan
    assert not is_within(score_bound(u, v, 1.0), u.itemsize)


@pytest.mark.parametrize("size", [1e-200, 1e-30, 1e200])
def test_lengths_whose_squares_leave_the_range(size):
    u, v = embeddings(5, 2)
    value, du, dv = tiled_infonce_batches(size * u[None], v[None] / size, True, 1.0)
    exact, exact_du, exact_dv = naive(u, v, True)
    assert value == pytest.approx(float(exact), rel=1e-13)
    np.testing.assert_allclose(du[0] * size, exact_du.astype(float), rtol=1e-12)
    np.testing.assert_allclose(dv[0] / size, exact_dv.astype(float), rtol=1e-12)


@pytest.mark.parametrize("temperature", [1.0, 1e-3])
@pytest.mark.parametrize("where", [0, 1])
def test_nan_gives_nan(where, temperature):
    pair = [x[None].copy() for x in embeddings(70, 3)]
    pair[where][0, 33, 1] = np.nan
    assert np.isnan(tiled_infonce_batches(*pair, True, temperature)[0])


@np.errstate(all="ignore")
def test_scores_beyond_the_range_give_nan():
    u, v = embeddings(4, 2)
    assert np.isnan(tiled_infonce_batches(1e200 * u[None], 1e200 * v[None], True, 1.0)[0])
    assert np.isnan(
        tiled_infonce_batches(
            np.float32(1e30) * u[None].astype(np.float32), v[None].astype(np.float32), True, 1e-9
        )[0]
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("size", "reach"), [(520, 3.0), *([(1600, 3.0), (1600, 1e3)] if COMPILED else [])])
def test_no_number_of_threads_changes_a_bit(dtype, size, reach):
    assert size**2 >= WORTH_THREADS
    assert count_chunks.py_func(size) > 1
    u, v = embeddings(size, 5, dtype, reach)
    du, dv = np.empty_like(u), np.empty_like(v)
    value = tiled_infonce(u, v, True, 1.0, 1.0, du, dv)
    for number in (1, 2, 3):
        with threads(number):
            answer = tiled_infonce_batches(u[None], v[None], True, 1.0)
        assert answer[0] == value
        assert (answer[1][0] == du).all()
        assert (answer[2][0] == dv).all()


def test_batches_are_averaged_the_same_on_any_number_of_threads():
    u, v = (np.stack(x) for x in zip(*(embeddings(260, 4, seed=s) for s in range(6)), strict=True))
    assert u.shape[0] * u.shape[1] ** 2 >= WORTH_THREADS
    with threads(1):
        value, du, dv = tiled_infonce_batches(u, v, False, 0.7)
    with threads(3):
        again = tiled_infonce_batches(u, v, False, 0.7)
    assert again[0] == value
    assert (again[1] == du).all()
    assert (again[2] == dv).all()
    singles = [tiled_infonce_batches(u[b : b + 1], v[b : b + 1], False, 0.7) for b in range(6)]
    assert value == pytest.approx(np.mean([one[0] for one in singles]), rel=1e-14)
    np.testing.assert_allclose(du, np.concatenate([one[1] for one in singles]) / 6, rtol=1e-13)


def test_single_precision_keeps_six_digits_of_many_pairs():
    size = 16_384
    u, v = np.random.default_rng(0).normal(size=(2, size, 3))
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (u, v))
    u, v = u.astype(np.float32), v.astype(np.float32)
    single = tiled_infonce_batches(u[None], v[None], True, 0.5)
    double = tiled_infonce_batches(u[None].astype(float), v[None].astype(float), True, 0.5)
    assert single[0] == pytest.approx(double[0], rel=1e-6)
    for one, other in zip(single[1:], double[1:], strict=True):
        assert np.abs(one - other).max() <= 1e-6 * np.abs(other).max()


@pytest.mark.parametrize("reach", [1.0, 1e3])
@pytest.mark.parametrize("dtype", DTYPES)
def test_plain_twin(dtype, reach):
    u, v = embeddings(9, 2, dtype, reach)
    answers = []
    for function in (tiled_infonce, tiled_infonce.py_func):
        du, dv = np.empty_like(u), np.empty_like(v)
        answers.append((function(u, v, True, 1.0, 0.5, du, dv), du, dv))
    relative = rounding(u, v)
    for one, other in zip(*answers, strict=True):
        assert np.abs(one - other).max() <= 4 * relative * max(1, np.abs(v).max(), np.abs(u).max())


@pytest.mark.parametrize("rows", [16, 64, 496, 1104, 4096])
@pytest.mark.parametrize("chunks", [1, 2, 4])
def test_chunks_cover_all_rows_once(rows, chunks):
    bounds = [chunk(c, chunks, rows) for c in range(chunks)]
    assert [b for c in range(chunks) for b in range(*bounds[c])] == list(range(rows))


def test_memory_is_linear_in_the_number_of_pairs():
    used = sum(block.nbytes for block in memory(np.empty((4096, 16))))
    assert used <= 0.05 * 8 * 4096**2


@pytest.mark.parametrize("dtype", DTYPES)
def test_vectors_lie_within_lines_of_the_cache(dtype):
    for block in memory(np.empty((300, 5), dtype)):
        assert block.ctypes.data % LINE == 0


@pytest.mark.parametrize("where", [0, 1])
def test_the_bound_of_the_scores_knows_of_every_pair(where):
    pair = [x.copy() for x in embeddings(300, 3)]
    pair[where][299] *= 1e3
    work = Work(*memory(pair[0]))
    lay_out(*pair, 1.0, work)
    lengths = [np.linalg.norm(x, axis=1).max() for x in pair]
    assert work.bound[0] == pytest.approx(lengths[0] * lengths[1] / np.log(2), rel=1e-12)
    pair[where][0, 0] = np.nan
    lay_out(*pair, 1.0, work)
    assert np.isnan(work.bound[0])
