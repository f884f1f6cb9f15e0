"""Do exact points confirm what the normal form says? This needs no algebra of SymPy's."""

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from simsuff.proofs import Identity, discover
from simsuff.proofs.difference import Difference
from simsuff.proofs.methods import normal_form_vanishes

FILES = discover([Path(__file__).parents[2] / "proofs_check"])
# Points at which an identity is checked a second time; a few seconds together.
SECOND_OPINION = 200
x, y = sp.symbols("x y", real=True)


class NotRational(ValueError):
    """The expression is no rational function of its letters with rational coefficients."""


def zero_on_grid(expression: sp.Expr) -> bool | None:
    """Whether it is 0: a polynomial of degree ≤ dᵢ in letter i is where it vanishes on a grid of ∏(dᵢ + 1) points.

    The degrees bound the numerator over the product of all denominators, read off without expanding. None where it is no
    rational function of its letters with rational coefficients.
    """
    bounds = degree_bounds(expression)
    return None if bounds is None else vanishes_on(expression, bounds)


def degree_bounds(expression: sp.Expr) -> dict[sp.Symbol, int] | None:
    """For each letter, a bound of the numerator's degree; None where the expression is not rational."""
    letters = sorted(expression.free_symbols, key=str)
    try:
        degrees(expression, sp.Dummy())  # also a number may be irrational
        return {letter: degrees(expression, letter)[0] for letter in letters}
    except NotRational:
        return None


def degrees(expression: sp.Expr, x: sp.Symbol) -> tuple[int, int]:
    """Bounds of the degrees in x of a numerator and of the denominator that goes with it."""
    if isinstance(expression, sp.Rational | sp.Symbol):
        return int(expression == x), 0
    if isinstance(expression, sp.Pow) and isinstance(expression.exp, sp.Integer):
        n, top, bottom = int(expression.exp), *degrees(expression.base, x)
        return (n * top, n * bottom) if n >= 0 else (-n * bottom, -n * top)
    parts = [degrees(part, x) for part in expression.args]
    total = sum(bottom for _, bottom in parts)
    if isinstance(expression, sp.Mul):
        return sum(top for top, _ in parts), total
    if isinstance(expression, sp.Add):
        return max(top + total - bottom for top, bottom in parts), total
    raise NotRational(str(expression))


def vanishes_on(expression: sp.Expr, bounds: Mapping[sp.Symbol, int]) -> bool:
    """Whether the value is exactly 0 on a grid that meets no zero of a denominator."""
    for shift in (Fraction(2), Fraction(1, 101), Fraction(17, 103)):
        axes = [[shift * (i + 1) + k for k in range(bound + 1)] for i, bound in enumerate(bounds.values())]
        points = (dict(zip(bounds, values, strict=True)) for values in itertools.product(*axes))
        try:
            return all(value(expression, point) == 0 for point in points)
        except ZeroDivisionError:
            continue
    return False


def value(expression: sp.Expr, point: Mapping[sp.Symbol, Fraction]) -> Fraction:
    if isinstance(expression, sp.Symbol):
        return point[expression]
    if isinstance(expression, sp.Rational):
        return Fraction(int(expression.p), int(expression.q))
    if isinstance(expression, sp.Pow):
        return value(expression.base, point) ** int(expression.exp)
    values = [value(part, point) for part in expression.args]
    return (
        math.prod(values, start=Fraction(1)) if isinstance(expression, sp.Mul) else sum(values, Fraction(0))
    )


def small_rational(identity):
    """The entries of an equality that few exact points decide."""
    entries = [Difference(*entry, identity.ranges) for entry in identity.entries]
    for entry in entries if identity.relation == "==" else []:
        bounds = None if entry.original.has(sp.Max) else degree_bounds(entry.original)
        if bounds and sp.prod([bound + 1 for bound in bounds.values()]) <= SECOND_OPINION:
            yield entry


def test_exact_points_confirm_the_normal_forms():
    found = [identity for file in FILES for identity in file.identities if isinstance(identity, Identity)]
    entries = [entry for identity in found for entry in small_rational(identity)]
    assert len(entries) >= 20
    assert all(zero_on_grid(entry.original) for entry in entries)


def test_the_grid_knows_the_degrees_and_avoids_poles():
    poles = 1 / (x - 2) - 1 / (x - 3) + 1 / ((x - 2) * (x - 3))
    assert degree_bounds(poles) == {x: 3}
    assert zero_on_grid(poles)
    assert zero_on_grid(x**5 - x) is False
    assert zero_on_grid(sp.exp(x) - sp.exp(2 * x)) is None


@given(st.lists(st.integers(-2, 2), min_size=6, max_size=6))
def test_normal_form_and_grid_agree(c):
    left = (c[0] * x + c[1] * y) * (c[2] + x) / (1 + y**2)
    right = (c[3] * x + c[4] * y + c[5]) / (1 + y**2)
    assert normal_form_vanishes(left - right) == zero_on_grid(left - right)
