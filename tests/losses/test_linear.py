"""InfoNCE under the log link at temperature 1: against its definition in extended precision, at edges, in any layout."""

import math

import numpy as np
import pytest

from simsuff.losses import infonce, linear

EPS = float(np.finfo(np.float64).eps)


def embeddings(K, d, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 1, size=(2, K, d)).astype(dtype)


def by_definition(u, v, symmetric):
    """Value and gradients of −log x_ii + log Σ_j x_ij − log K in extended precision."""
    u, v = u.astype(np.longdouble), v.astype(np.longdouble)
    size, inner = len(u), u @ v.T
    own = np.diag(inner)

    def side(axis):
        totals = inner.sum(axis=axis, keepdims=True)
        return (np.log(totals.ravel()) - np.log(own)).mean() - np.log(np.longdouble(size)), 1 / totals

    sides = [side(1), side(0)] if symmetric else [side(1)]
    slope = sum(s[1] * np.ones_like(inner) for s in sides) / len(sides) - np.diag(1 / own)
    return sum(s[0] for s in sides) / len(sides), slope @ v / size, slope.T @ u / size


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("K", "d"), [(2, 1), (7, 3), (130, 16), (300, 33)])
def test_against_the_definition(K, d, dtype, symmetric):
    u, v = embeddings(K, d, dtype)
    exact = by_definition(u, v, symmetric)
    answer = infonce(u, v, link="log", symmetric=symmetric)
    # Everything is in double precision, and rounded once to the type of the gradients, whose terms are up to v/x_ii/K.
    assert abs(answer[0] - exact[0]) <= EPS * (d + K + math.log(K))
    slope = max(u.max(), v.max()) / (u.astype(float) * v).sum(axis=1).min() / K
    for one, other in zip(answer[1:], exact[1:], strict=True):
        error = np.abs(one - other)
        assert (error <= np.finfo(dtype).eps * np.abs(other) + EPS * (d + K) * slope).all()


def test_single_precision_keeps_its_digits_in_a_large_batch():
    u, v = embeddings(16_384, 3, np.float32)
    single = infonce(u, v, link="log")
    double = infonce(u.astype(float), v.astype(float), link="log")
    assert single[0] == pytest.approx(double[0], rel=1e-9)
    for one, other in zip(single[1:], double[1:], strict=True):
        assert np.abs(one - other).max() <= np.finfo(np.float32).eps * np.abs(other).max()


@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_inner_products_at_the_ends_of_the_range(size):
    u, v = embeddings(5, 3)
    value, du, dv = infonce(u, v, link="log")
    far_value, far_du, far_dv = infonce(u * size, v * size, link="log")
    # A logarithm of some 700 is off by a unit of itself.
    assert abs(far_value - value) <= 4 * 700 * EPS
    assert far_du * size == pytest.approx(du, rel=64 * EPS)
    assert far_dv * size == pytest.approx(dv, rel=64 * EPS)


def test_a_partition_far_above_the_positive():
    # The quotient of the two, 1e320, is beyond the range; its logarithm is not.
    u, v = np.array([[1.0], [1e160]]), np.array([[1e-160], [1e160]])
    with np.errstate(over="ignore"):
        value = infonce(u[:, :1], v[:, :1] * [[1.0], [1e-20]], link="log", symmetric=False)[0]
    expected = np.log(1e140 / 1e-160) + 0.0 - 2 * math.log(2)
    assert value == pytest.approx(expected / 2, rel=1e-12)


@pytest.mark.parametrize("symmetric", [True, False])
def test_plain_and_compiled(symmetric):
    u, v = np.stack(embeddings(4, 3))[:, None]
    compiled, plain = linear.linear_infonce(u, v, symmetric), linear.linear_infonce.py_func(u, v, symmetric)
    for one, other in zip(compiled, plain, strict=True):
        assert one == pytest.approx(other, rel=256 * EPS, abs=64 * EPS)
