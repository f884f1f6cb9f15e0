"""The parts of the population risk: e^x − 1 − x, the posterior gap in all its branches, plain and compiled."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.population import finite_kernel as module

EPS = float(np.finfo(np.float64).eps)


@given(st.floats(-30, 30).filter(lambda x: x != 0 and abs(x) > 1e-150))
def test_expm1_minus_has_full_relative_accuracy(x):
    with mpmath.workdps(400):
        exact = mpmath.expm1(x) - x
    # At ½ the difference of expm1(x) and x is 4.4 times smaller than its parts.
    assert abs(module.expm1_minus(x) - exact) <= 8 * EPS * exact


def test_expm1_minus_at_zero():
    assert module.expm1_minus(0.0) == 0


def mp_gap(weights, ratio, score):
    """mass × KL(q ‖ q_S) in 50 digits."""
    with mpmath.workdps(50):
        c, r = [mpmath.mpf(x) for x in weights], [mpmath.mpf(x) for x in ratio]
        e = [mpmath.exp(x) for x in score]
        mass = mpmath.fsum(a * b for a, b in zip(c, r, strict=True))
        total = mpmath.fsum(a * b for a, b in zip(c, e, strict=True))
        terms = [
            a * b * mpmath.log((b / mass) / (x / total)) for a, b, x in zip(c, r, e, strict=True) if a * b > 0
        ]
        return mpmath.fsum(terms)


CASES = {
    "plain": ([2, 1, 3], [0.5, 1.5, 1], [0.3, -0.2, 0.1]),
    "empty ratio": ([2, 1, 3], [0.5, 0, 1], [0.3, 0.9, 0.1]),
    "empty ratio, excluded": ([2, 1, 3], [0.5, 0, 1], [0.3, -math.inf, 0.1]),
    "zero count": ([0, 1, 3], [0.5, 2, 1], [700, 0.9, 0.1]),
    "huge scores": ([1, 1, 1], [0.5, 2, 0], [-5000, 5000, 2000]),
    "huge score on an empty ratio": ([1, 1, 1], [0.5, 2, 0], [1, 2, 6000]),
    "tiny mass": ([1, 1, 1], [1e-200, 1e-201, 0], [1, 2, 900]),
}


@pytest.mark.parametrize("name", CASES)
def test_gap_against_fifty_digits(name):
    weights, ratio, score = (np.array(x, dtype=np.float64) for x in CASES[name])
    tilt = np.where(ratio > 0, score - np.log(np.where(ratio > 0, ratio, 1)), score)
    exact = mp_gap(weights, ratio, score)
    size = np.abs(tilt[(weights > 0) & np.isfinite(tilt)]).max() + abs(math.log(weights @ ratio))
    bound = 16 * EPS * (weights @ ratio) * (1 + size)
    assert abs(module.posterior_gap(weights, ratio, tilt) - exact) <= bound
    with mpmath.workdps(50):
        total = mpmath.fsum(w * mpmath.exp(x) for w, x in zip(weights, score, strict=True))
        parts = [
            w * r * (mpmath.log(total) - x) for w, r, x in zip(weights, ratio, score, strict=True) if w * r
        ]
    spread = np.abs(score[(weights > 0) & np.isfinite(score)]).max()
    bound = 16 * EPS * (weights @ ratio) * (1 + 2 * spread)
    assert abs(module.contrast(weights, ratio, score, 1.0) - mpmath.fsum(parts)) <= bound


def test_gap_is_infinite_where_the_score_excludes_mass():
    weights, ratio, score = np.ones(2), np.ones(2), np.array([-np.inf, 0])
    assert module.posterior_gap(weights, ratio, score) == math.inf
    assert module.contrast(weights, ratio, score, 2.0) == math.inf


def test_no_mass_no_gap():
    weights, ratio = np.array([0.0, 2.0]), np.array([3.0, 0.0])
    for score in (np.array([0.0, 1.0]), np.array([0.0, -np.inf])):
        assert module.posterior_gap(weights, ratio, score) == 0
        assert module.contrast(weights, ratio, score, 2.0) == 0


def test_small_gaps_keep_their_digits_beside_a_ratio_below_every_exponential():
    """B5: clipping log r at κ where r = 1e-230 costs κ times its weight, 1.2e-7, to its last digits."""
    weights, ratio = np.array([1.0, 1.2e-4]), np.array([1.0, 1e-230])
    score = np.array([0.0, math.log(1e-3)])
    exact = mp_gap(weights, ratio, score)
    found = module.posterior_gap(weights, ratio, score - np.log(ratio))
    # The logarithms of r and of the score are rounded at a size of 530.
    assert abs(found - exact) <= 4 * EPS * 530 * exact
