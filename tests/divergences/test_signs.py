"""Is a sign decided rightly, by each of the three methods?"""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from simsuff.divergences.intervals import bounds, enclose
from simsuff.divergences.signs import nonnegative, sign_at, zeros
from simsuff.divergences.symbols import t


@pytest.mark.parametrize(
    ("expression", "holds", "method"),
    [
        (1 / t, True, "symbolic"),
        (8 / (t + 1) ** 3, True, "symbolic"),
        (sp.S.Zero, True, "symbolic"),
        (12 * t**2 - 24 * t + 14, True, "Sturm"),
        (12 * t**2 - 24 * t + 11, False, "Sturm"),
        (t - 2 * sp.sqrt(t) + 1, True, "Sturm"),
        (-1 / t, False, "Sturm"),
        ((t - 1) * (t - 2) ** 2, False, "Sturm"),
        (sp.exp(t) - 2 * t, True, "interval"),
        (6 * t * sp.log(t) + 5 * t, False, "interval"),
        (6 * t * sp.log(t) + 5 * t + 4, True, "interval"),
        (sp.exp(t - 1) - t, None, "interval"),
    ],
)
def test_methods(expression: sp.Expr, holds: bool | None, method: str) -> None:
    verdict = nonnegative(expression)
    assert verdict.holds is holds
    assert method in verdict.method
    assert (verdict.witness is None) == (holds is True)
    if holds is False:
        assert expression.subs(t, sp.Rational(verdict.witness)) < 0


def test_only_the_range_counts() -> None:
    assert nonnegative(t - 1, 1.0, 3.0).holds
    assert nonnegative(t - 1, 0.5, 3.0).holds is False
    assert nonnegative(sp.log(t), 1.0, 9.0).holds
    assert nonnegative(1 - t, 0.0, 1.0).holds
    # Polynomials in a root of t, which ends at the root of an end.
    assert nonnegative(2 - sp.sqrt(t), 0.0, 4.0).holds
    assert nonnegative(2 - sp.sqrt(t), 0.0, 4.1).holds is False
    assert nonnegative(sp.sqrt(t) - 2, 4.0, 9.0).holds
    assert nonnegative((sp.sqrt(t) - 2) * (5 - sp.sqrt(t)), 4.0, 25.0).holds


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=5))
def test_polynomials_agree_with_a_grid(coefficients: list[int]) -> None:
    """Sturm may see a sign change that a grid misses, never the reverse."""
    polynomial = sum(c * t**k for k, c in enumerate(coefficients)) + sp.S.Zero
    verdict = nonnegative(polynomial)
    grid = [sp.Rational(k, 8) for k in range(1, 80)]
    if verdict.holds:
        assert all(polynomial.subs(t, x) >= 0 for x in grid)
    else:
        assert polynomial.subs(t, sp.Rational(verdict.witness)) < 0


@given(st.floats(0.01, 50), st.floats(0, 3), st.floats(0, 1))
def test_enclosures_contain_the_values(low: float, width: float, share: float) -> None:
    expression = (
        sp.sqrt(t) * sp.log(1 + t) - sp.exp(-t) / t + sp.Abs(t - 1) + sp.Max(t, 2) ** sp.Rational(3, 5)
    )
    bottom, top = bounds(enclose(expression, t, low, low + width))
    inside = sp.N(expression.subs(t, sp.Rational(low + share * width)), 30)
    slack = np.spacing(low + width) * 1e3  # low + share · width is itself rounded
    assert float(bottom) - slack <= float(inside) <= float(top) + slack


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (t**2 - 2, [sp.sqrt(2)]),
        (t**3 - 3 * t + 1, [2 * sp.sin(sp.pi / 18), 2 * sp.cos(2 * sp.pi / 9)]),
        (sp.sqrt(t) - 3, [sp.Integer(9)]),
        ((2 * t - 3) ** 2 * (t - 5), [sp.Rational(3, 2), sp.Integer(5)]),
        (t ** sp.Rational(2, 3) - 5, [sp.sqrt(125)]),
        (sp.log(t) - 1, [sp.E]),
        (sp.exp(t) - 3, [sp.log(3)]),
        (sp.log(t) ** 2, [sp.S.One]),
        (sp.log(113 * t / 355), [sp.Rational(355, 113)]),
        ((t - 3) * sp.log(t), [sp.S.One, sp.Integer(3)]),
        (t * sp.log(t) - t / 2, [sp.exp(sp.Rational(1, 2))]),
        (sp.exp(t), []),
    ],
)
def test_zeros(expression: sp.Expr, expected: list[sp.Expr]) -> None:
    """Exact where rational, to sixty digits elsewhere; log² and the square only touch 0."""
    found = zeros(expression)
    assert len(found) == len(expected)
    for place, truth in zip(found, expected, strict=True):
        assert place == truth if truth.is_Rational else abs(sp.N(place - truth, 90)) < 1e-60
        assert sign_at(expression, place) == 0


def test_zeros_lie_strictly_within_the_range() -> None:
    expression = (t - 1) * (t - 2) * (t - 3)
    assert zeros(expression, sp.S.One, sp.Integer(3)) == [2]
    assert zeros(expression, sp.Rational(1, 2)) == [1, 2, 3]
    assert zeros(sp.S.Zero) == []


def test_the_sign_at_a_point_is_that_of_more_digits_than_a_double_has() -> None:
    near = sp.N(sp.sqrt(2), 70)
    assert [sign_at(t**2 - 2, near + sp.Rational(k, 10**40)) for k in (-1, 0, 1)] == [-1, 0, 1]
    assert sign_at(sp.log(t), sp.S.One) == 0
