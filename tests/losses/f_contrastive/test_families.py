"""Do the compiled scalars of the losses agree with the divergences they speak for?"""

import math

import family_formulas as families
import numpy as np
import pytest
from family_formulas import conjugate, ratio, softness

from simsuff.divergences import DIVERGENCES, Divergence, divergence

NAMES = [name for name in DIVERGENCES if name != "total_variation"]
NAMES += ["alpha(2)", "alpha(1.5)", "alpha(3)", "alpha(0.3)", "alpha(-1)"]
RATIOS = np.array([1e-6, 0.01, 0.3, 0.999, 1.0, 1.001, 2.5, 40.0, 1e4])
EPS = float(np.finfo(np.float64).eps)


def scalars(name):
    """f*, its slope and f'' of the divergence itself, from those of the family."""
    kind, alpha, scale = divergence(name).family
    return (
        lambda s: scale * conjugate(s / scale, kind, alpha),
        lambda s: ratio(s / scale, kind, alpha),
        lambda t: scale / softness(t, kind, alpha),
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_ratio_inverts_the_derivative(name):
    div, (_, inverse, second) = divergence(name), scalars(name)
    for t in RATIOS:
        s = float(div.derivative(t))
        # A rounding of s moves t by ε|s|/f''(t); t itself comes out of a few operations.
        bound = 16 * EPS * (t + (1 + abs(s)) / second(t))
        assert abs(inverse(s) - t) <= bound


@pytest.mark.statement("P2", kind="exact")
@pytest.mark.parametrize("name", NAMES)
def test_conjugate_and_curvature_are_those_of_the_divergence(name):
    div, (value, _, second) = divergence(name), scalars(name)
    for t in RATIOS:
        s = float(div.derivative(t))
        # P2: f*(f'(t)) = t f'(t) − f(t); both differ from the truth by the rounding of s times the slope t.
        size = abs(t * s) + abs(float(div.f(t))) + t + 1
        assert abs(value(s) - (t * s - float(div.f(t)))) <= 16 * EPS * size
        assert second(t) == pytest.approx(float(div.second_derivative(t)), rel=32 * EPS)


@pytest.mark.parametrize("name", NAMES)
def test_limits_outside_of_the_slopes(name):
    div, (value, inverse, _) = divergence(name), scalars(name)
    low = div.derivative_at_zero
    if np.isfinite(low):
        assert inverse(low - 1) == 0
        assert value(low - 1) == pytest.approx(-div.at_zero, rel=4 * EPS)
    if np.isfinite(div.at_zero):
        assert value(-math.inf) == pytest.approx(-div.at_zero, rel=4 * EPS)
        assert inverse(-math.inf) == 0
    top = div.slope_at_infinity
    if np.isfinite(top):
        assert inverse(top + 0.1) == math.inf
        assert value(top + 0.1) == math.inf


def test_unknown_divergences_have_no_family():
    assert Divergence("kl", divergence("js").expression).family is None
    assert Divergence("alpha(2)", divergence("chi2").expression).family is None


@pytest.mark.parametrize("name", NAMES)
def test_compiled_kernels_are_their_plain_selves(name):
    kind, alpha, _ = divergence(name).family
    for s in (-3.0, -0.4, 0.0, 0.2):
        for compiled, plain in ((ratio, families.ratio.py_func), (conjugate, families.conjugate.py_func)):
            assert compiled(s, kind, alpha) == pytest.approx(plain(s, kind, alpha), rel=8 * EPS, abs=8 * EPS)
