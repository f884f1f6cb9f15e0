"""Do the formulas inside of the vectorised loops agree with the divergences they speak for?"""

import numpy as np
import pytest

from simsuff.divergences import divergence
from simsuff.losses.families import conjugate, family, ratio, softness
from simsuff.losses.forms import link_of, link_slope, options_of, ratio_and_conjugate, ratio_and_slope
from simsuff.numerics.jit import jit

EPS = float(np.finfo(np.float64).eps)
NAMES = [
    "kl",
    "reverse_kl",
    "chi2",
    "squared_hellinger",
    "js",
    "le_cam",
    "alpha(1.5)",
    "alpha(-1)",
    "alpha(3)",
]
RATIOS = np.array([1e-6, 0.01, 0.3, 1 - 1e-9, 1.0, 1 + 1e-9, 2.5, 40.0, 1e4])


def _at_score(options, s):
    return ratio_and_slope(options, s), ratio_and_conjugate(options, s)


def _at_ratio(options, x):
    return link_of(options, x), link_slope(options, x)


at_score, at_ratio = jit(_at_score, cache=False), jit(_at_ratio, cache=False)


@pytest.mark.parametrize("function", [at_score, _at_score], ids=["compiled", "plain"])
@pytest.mark.parametrize("name", NAMES)
def test_ratio_and_conjugate(name, function):
    kind, alpha, scale = family(divergence(name))
    options = options_of(family(divergence(name)))
    inside = [float(divergence(name).derivative(t)) / scale for t in RATIOS]
    below = [-40.0] if alpha != 0.5 else []
    for s in [*inside, *below]:
        (t1, slope), (t2, cost) = function(options, s)
        expected = ratio(s, kind, alpha), conjugate(s, kind, alpha)
        # A unit of s moves t by 1/f''(t) and f* by t; t and f* come out of some operations.
        room = 16 * EPS * (1 + abs(s))
        assert abs(t1 - expected[0]) <= room * (t1 + slope)
        assert abs(t2 - expected[0]) <= room * (t1 + slope)
        assert abs(cost - expected[1]) <= room * (abs(expected[1]) + t1)
        if expected[0] > 0:
            assert slope == pytest.approx(softness(t1, kind, alpha), rel=64 * EPS)


@pytest.mark.parametrize("function", [at_ratio, _at_ratio], ids=["compiled", "plain"])
@pytest.mark.parametrize("name", NAMES)
def test_link(name, function):
    div, options = divergence(name), options_of(family(divergence(name)))
    for x in RATIOS:
        image, slope = function(options, x)
        assert options.scale * image == pytest.approx(float(div.derivative(x)), rel=64 * EPS, abs=0)
        assert options.scale * slope == pytest.approx(float(div.second_derivative(x)), rel=64 * EPS)


@pytest.mark.parametrize("name", NAMES)
def test_ends(name):
    div = divergence(name)
    options = options_of(family(div))
    assert options.scale * options.limit == pytest.approx(div.slope_at_infinity, rel=4 * EPS)
    assert options.unbounded == np.isinf(div.at_zero)
    with np.errstate(all="ignore"):
        assert options.scale * link_of(options, 0.0) == pytest.approx(float(div.derivative(0.0)), rel=4 * EPS)
        if not options.unbounded:
            t, cost = ratio_and_conjugate(options, -np.inf)
            assert t == 0
            assert options.scale * cost == pytest.approx(-div.at_zero, rel=4 * EPS)
