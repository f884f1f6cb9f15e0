"""Are the elementary functions right to two units against 50 digits, in range, at its edges and beyond?"""

import math

import mpmath
import numpy as np
import pytest

from simsuff.kernels import elementary
from simsuff.kernels.jit import jit

RNG = np.random.default_rng(0)
INF, NAN = math.inf, math.nan


def near(*centres):
    """Numbers on both sides of each centre, a few units and a few digits away."""
    steps = np.r_[0.0, 2.0 ** -np.arange(10.0, 52.0, 3.0)]
    return np.concatenate([c * (1 + sign * steps) for c in centres for sign in (-1, 1)])


def powers(low, high, count=400):
    return 10 ** RNG.uniform(low, high, count)


SMALL = np.r_[powers(-300, 0), -powers(-300, 0), 0.0]
FUNCTIONS = {
    "exp2": (
        lambda x: mpmath.mpf(2) ** x,
        np.r_[RNG.uniform(-1022, 1024, 1000), np.arange(-8, 8, 0.5), -1022],
    ),
    "exp": (mpmath.exp, np.r_[RNG.uniform(elementary.LOWEST, elementary.HIGHEST, 1000), SMALL]),
    "expm1": (
        mpmath.expm1,
        np.r_[
            RNG.uniform(-60, elementary.HIGHEST, 1000), RNG.uniform(-2, 2, 1000), SMALL, elementary.HIGHEST
        ],
    ),
    "log": (
        mpmath.log,
        np.r_[powers(-323, 308), near(1.0, 2.0, math.sqrt(0.5)), 5e-324, 2.0**-1022, 1.79e308],
    ),
    "log1p": (
        mpmath.log1p,
        np.r_[powers(-2, 308), near(-0.5, 1.0), SMALL, -1 + 2.0 ** -np.arange(1.0, 54.0)],
    ),
    "inverse_root": (lambda x: 1 / mpmath.sqrt(x), np.r_[powers(-307, 308), near(1.0, 2.0, 4.0), 2.0**-1022]),
}
EDGES = {
    "exp2": [(-1023.0, 0.0), (-1e308, 0.0), (1024.0, INF), (1e308, INF), (-INF, 0.0), (INF, INF)],
    "exp": [(-709.0, 0.0), (-1e308, 0.0), (709.79, INF), (1e308, INF), (-INF, 0.0), (INF, INF)],
    "expm1": [(-1e308, -1.0), (-INF, -1.0), (709.79, INF), (1e308, INF), (INF, INF)],
    "log": [(0.0, -INF), (-0.0, -INF), (INF, INF), (-1.0, NAN), (-INF, NAN), (-5e-324, NAN)],
    "inverse_root": [(0.0, INF), (INF, 0.0), (-1.0, NAN), (-INF, NAN)],
    "log1p": [(-1.0, -INF), (INF, INF), (-1.5, NAN), (-INF, NAN)],
}
# The payloads reach into the bits that the exponent is taken from.
NANS = np.array([0x7FF8000000000000, -0x8000000000000, 0x7FF80000000007A2, 0x7FF8000000000FFF]).view(float)


def units(name, function, points):
    """The largest error of `function` in units of the last place, where the truth is a normal number or 0."""
    truth = FUNCTIONS[name][0]
    worst = 0.0
    with mpmath.workdps(50):
        for x in points:
            exact = truth(mpmath.mpf(float(x)))
            error = abs(mpmath.mpf(float(function(x))) - exact)
            worst = max(worst, float(error / max(float(np.spacing(abs(float(exact)))), 2.0**-1074)))
    return worst


@pytest.mark.parametrize("name", FUNCTIONS)
def test_two_units_against_high_precision(name):
    assert units(name, getattr(elementary, name), FUNCTIONS[name][1]) <= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_plain_twin_against_high_precision(name):
    assert units(name, getattr(elementary, name).py_func, FUNCTIONS[name][1][::7]) <= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_beyond_the_range(name):
    for function in (getattr(elementary, name), getattr(elementary, name).py_func):
        for x, expected in EDGES[name]:
            assert np.array_equal(function(np.float64(x)), expected, equal_nan=True)
        assert all(math.isnan(function(x)) for x in NANS)


def test_the_last_normal_results():
    for function in (elementary.exp, elementary.exp.py_func):
        assert function(elementary.LOWEST) == pytest.approx(2.0**-1022, rel=1e-12)
        assert function(np.nextafter(elementary.LOWEST, -INF)) == 0
        assert 1.79e308 < function(elementary.HIGHEST) < INF
    for function in (elementary.exp2, elementary.exp2.py_func):
        assert function(np.nextafter(1024.0, 0.0)) == pytest.approx(1.797e308, rel=1e-3)
        assert function(np.nextafter(-1022.0, -INF)) == 0


def _exp_of_all(x, y):
    for i in range(x.size):
        y[i] = elementary.exp(x[i])


exp_of_all = jit(_exp_of_all, cache=False)


def test_a_loop_gives_the_bits_of_a_single_call():
    x = RNG.uniform(-800, 800, 1003)
    y = np.empty_like(x)
    exp_of_all(x, y)
    assert np.array_equal(y, [elementary.exp(value) for value in x])
