"""The χ² loss of G6: against high precision, unbiased for every K, and its excess risk."""

import itertools
import math

import numpy as np
import pytest

from simsuff.losses import spectral
from simsuff.losses.spectral import moment_spectral
from simsuff.models.finite import FiniteModel

EPS = float(np.finfo(np.float64).eps)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e2])
def test_against_high_precision(oracle, scale):
    u, v = np.random.default_rng(0).normal(size=(2, 4, 3)) * scale
    exact = oracle.value_and_gradients(oracle.spectral, u, v)
    value, du, dv = spectral(u, v)
    K, d = u.shape
    size = (np.abs(u) @ np.abs(v).T).max()
    # Inner products are off by d units of `size`; the value squares them, the gradient multiplies them by v.
    bound = EPS * (2 * d + K**2 + 8)
    assert abs(value - exact[0]) <= bound * (size + size**2)
    slope = max(np.abs(u).max(), np.abs(v).max())
    assert np.abs(du - exact[1]).max() <= bound * (1 + size) * slope
    assert np.abs(dv - exact[2]).max() <= bound * (1 + size) * slope


@pytest.mark.statement("A4-chi2", "G6", kind="exact")
@pytest.mark.parametrize("K", [2, 3])
def test_g6_is_unbiased_and_its_excess_is_a_squared_distance(K):
    model = FiniteModel([[0.35, 0.15], [0.1, 0.4]])
    score = np.array([[0.7, -1.2], [0.3, 2.0]])
    independent = np.outer(model.marginal1, model.marginal2)
    risk = np.sum(independent * (score**2 / 2 + score)) - np.sum(model.joint * score)
    excess = np.sum(independent * (score - (model.ratio - 1)) ** 2) / 2
    best = np.sum(independent * (model.ratio - 1) ** 2) / 2
    cells = list(itertools.product(range(2), range(2)))
    expected = 0.0
    for batch in itertools.product(cells, repeat=K):
        z1, z2 = np.array(batch).T
        expected += math.prod(model.joint[z1, z2]) * spectral(score[z1], np.eye(2)[z2])[0]
    bound = 8 * EPS * len(cells) ** K  # a sum over all batches of terms below 8
    assert abs(expected - risk) <= bound
    assert abs(risk + best - excess) <= bound


def test_huge_inner_products_are_refused():
    with pytest.raises(ValueError, match="overflow"):
        spectral(np.full((2, 1), 1e160), np.ones((2, 1)))


def by_table(u, v):
    """The loss by its definition, on the table of scores in extended precision."""
    u, v = u.astype(np.longdouble), v.astype(np.longdouble)
    size = len(u)
    scores = u @ v.T
    negatives = 1 - np.eye(size)
    weights = negatives * (scores + 1) / (size * (size - 1)) - np.eye(size) / size
    cost = (negatives * (scores**2 / 2 + scores)).sum() / (size * (size - 1)) - np.trace(scores) / size
    return cost, weights @ v, weights.T @ u


# One block of rows and two, full and partly filled; widths of one tile and two, full and partly filled.
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("K", "d"), [(2, 1), (127, 8), (128, 16), (129, 17), (300, 33)])
def test_against_the_table(K, d, dtype):
    u, v = np.random.default_rng(0).normal(size=(2, K, d)).astype(dtype)
    exact, answer = by_table(u, v), spectral(u, v)
    # Scores are sums of d terms of order 1, blocks sums of up to 128 of them.
    bound = 16 * float(np.finfo(dtype).eps) * (d + math.sqrt(128))
    assert abs(answer[0] - exact[0]) <= bound * d
    for one, other in zip(answer[1:], exact[1:], strict=True):
        assert np.abs(one - other).max() <= bound * np.abs(other).max()


def test_single_precision_keeps_six_digits_in_a_large_batch():
    u, v = np.random.default_rng(0).normal(size=(2, 16_384, 4)).astype(np.float32) + np.float32(0.5)
    single, double = spectral(u, v), spectral(u.astype(float), v.astype(float))
    assert abs(single[0] - double[0]) <= 1e-6 * abs(double[0])
    for one, other in zip(single[1:], double[1:], strict=True):
        assert np.abs(one - other).max() <= 1e-6 * np.abs(other).max()


def test_plain_and_compiled():
    u, v = np.random.default_rng(0).normal(size=(2, 2, 4, 3))
    for one, other in zip(moment_spectral(u, v), moment_spectral.py_func(u, v), strict=True):
        assert one == pytest.approx(other, rel=64 * EPS, abs=64 * EPS)
