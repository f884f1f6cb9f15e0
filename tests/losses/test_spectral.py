"""The χ² loss of G6: against high precision, unbiased for every K, and its excess risk."""

import itertools
import math

import numpy as np
import pytest

from simsuff.losses import spectral
from simsuff.losses.spectral import _dense_spectral, _squared_contrast, dense_spectral, squared_contrast
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


def test_plain_and_compiled():
    u, v = np.random.default_rng(0).normal(size=(2, 2, 4, 3))
    for one, other in zip(dense_spectral(u, v), _dense_spectral(u, v), strict=True):
        assert one == pytest.approx(other, rel=64 * EPS, abs=64 * EPS)
    one, other = u[0] @ v[0].T, u[0] @ v[0].T
    value = _squared_contrast(other, 0.5)
    assert squared_contrast(one, 0.5) == pytest.approx(value, rel=64 * EPS)
    assert np.array_equal(one, other)
