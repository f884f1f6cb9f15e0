import numpy as np
import pytest
import sympy as sp

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t
from simsuff.models.gaussian.quadrature import growth, log_values

# A logarithmic factor leaves less than 1e-12 in the measured power.
POWER_SLACK = 1e-11


@pytest.mark.parametrize(
    ("f", "zero", "infinity"),
    [
        (t**3 - 1, 0, 3),
        (t ** sp.Rational(5, 2) - 1, 0, 2.5),
        (t**3 * sp.log(t) + 2 * (t - 1) ** 2, 0, 3),
        (t * sp.log(t), 0, 1),
        (-sp.log(t), 0, 1),
        (1 / t - 1, -1, 1),
        (t ** sp.Rational(-7, 3) - 1, -7 / 3, 1),
        (sp.exp(t - 1) - 1, 0, np.inf),
        (sp.exp(1 / t) - sp.E, -np.inf, 1),
        (sp.Max(t - 2, 0), 0, 1),
        (sp.Abs(t - 1), 0, 1),
    ],
)
def test_growth(f, zero, infinity):
    powers = growth(Divergence("mine", f=f))
    for found, expected in zip(powers, (zero, infinity), strict=True):
        assert found == expected or abs(found - expected) <= POWER_SLACK


def test_values_far_out_and_close_to_one():
    square = Divergence("mine", f=(t - 1) ** 2)
    at = np.array([-1e12, -1e-20, 0.0, 1e-20, 2000.0])
    expected = [0.0, 2 * np.log(1e-20), -np.inf, 2 * np.log(1e-20), 2000.0]
    np.testing.assert_allclose(log_values(square, at), expected, rtol=1e-15)


@pytest.mark.statement("P3", kind="exact")
def test_the_tangent_at_one_is_taken_off():
    """P3: f and f + c(t − 1) are the same divergence."""
    at = np.linspace(-3, 3, 7)
    bare, shifted = (log_values(Divergence("mine", f=f), at) for f in (t**2 - 1, (t - 1) ** 2))
    np.testing.assert_allclose(bare, shifted, rtol=1e-15)
