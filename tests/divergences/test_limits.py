"""Are limits at 0 and ∞ those of the textbook, and are those that values alone can tell told by values alone?"""

import math

import pytest
import sympy as sp

from simsuff.divergences.limits import _measured, at_infinity, at_zero
from simsuff.divergences.symbols import t

INF = math.inf
LEADING = [
    (sp.Integer(3) + 0 * t, 3.0, 3.0),
    (t * sp.log(t), 0.0, INF),
    (sp.log(t), -INF, INF),
    (sp.log(t) ** 2, INF, INF),
    (-2 * sp.log(t) ** 3, INF, -INF),
    (t**2 - 5 * t**3, 0.0, -INF),
    (1 / t + 5, INF, 5.0),
    (7 - sp.log(t) / t, INF, 7.0),
    (t ** sp.Rational(-1, 2) - 1 / t, -INF, 0.0),
    ((t + 1) ** 2 - t**2 - 2 * t, 1.0, 1.0),
]
MEASURED = [
    (sp.exp(-t), 1.0, 0.0),
    (sp.exp(1 - t) - 2, math.e - 2, -2.0),
    (sp.sqrt(1 + t**2) - t, 1.0, 0.0),
    (sp.log(1 + t) / t, 1.0, 0.0),
    ((t - 1) ** 2 / (t + 1) - t, 1.0, -3.0),
    (sp.log(1 + t), 0.0, INF),
    (-t / (1 + t) - sp.log(1 + t), 0.0, -INF),
    (t - sp.sqrt(t + t**2), 0.0, -0.5),
]


@pytest.mark.parametrize(("expression", "first", "last"), LEADING + MEASURED)
def test_limits(expression: sp.Expr, first: float, last: float) -> None:
    assert at_zero(expression) == pytest.approx(first, rel=1e-15)
    assert at_infinity(expression) == pytest.approx(last, rel=1e-15)


@pytest.mark.parametrize(("expression", "first", "last"), MEASURED)
def test_values_alone_tell_powers_and_logarithms(expression: sp.Expr, first: float, last: float) -> None:
    assert _measured(expression, -1) == pytest.approx(first, rel=1e-15)
    assert _measured(expression, 1) == pytest.approx(last, rel=1e-15)


def test_what_goes_to_its_limit_like_a_logarithm_is_left_to_the_symbols() -> None:
    slow = 2 + 1 / sp.log(2 + t)
    assert _measured(slow, 1) is None
    assert at_infinity(slow) == 2.0
