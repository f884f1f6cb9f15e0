"""Is a rational function zero because it vanishes at enough exact points for its degree?"""

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction

import sympy as sp

from simsuff.proofs.difference import Difference
from simsuff.proofs.zero import Step

# About ten seconds of exact arithmetic on expressions of a page.
MOST_POINTS = 4_000
Degrees = tuple[int, int]


class NotRational(ValueError):
    """The expression is no rational function of its letters with rational coefficients."""


def zero_on_grid(difference: Difference) -> Step | None:
    """A polynomial of degree ≤ dᵢ in letter i that vanishes on a grid of ∏(dᵢ + 1) points is zero.

    This needs no algebra of SymPy's, so it also is a second opinion on what the normal form says.
    The degrees bound the numerator over the product of all denominators, read off without expanding.
    """
    bounds = degree_bounds(difference.original)
    if bounds is None or _points(bounds) > MOST_POINTS or not _vanishes_on(difference.original, bounds):
        return None
    named = ", ".join(f"{letter}: {bound}" for letter, bound in bounds.items())
    return Step("grid", f"degree at most {named}; 0 at {_points(bounds)} exact points")


def degree_bounds(expression: sp.Expr) -> dict[sp.Symbol, int] | None:
    """For each letter, a bound of the numerator's degree; None where the expression is not rational."""
    letters = sorted(expression.free_symbols, key=str)
    try:
        _degrees(expression, sp.Dummy())  # also a number may be irrational
        return {letter: _degrees(expression, letter)[0] for letter in letters}
    except NotRational:
        return None


def _points(bounds: Mapping[sp.Symbol, int]) -> int:
    return math.prod(bound + 1 for bound in bounds.values())


def _degrees(expression: sp.Expr, x: sp.Symbol) -> Degrees:
    """Bounds of the degrees in x of a numerator and of the denominator that goes with it."""
    if isinstance(expression, sp.Rational | sp.Symbol):
        return int(expression == x), 0
    if isinstance(expression, sp.Pow) and isinstance(expression.exp, sp.Integer):
        n, top, bottom = int(expression.exp), *_degrees(expression.base, x)
        return (n * top, n * bottom) if n >= 0 else (-n * bottom, -n * top)
    parts = [_degrees(part, x) for part in expression.args]
    total = sum(bottom for _, bottom in parts)
    if isinstance(expression, sp.Mul):
        return sum(top for top, _ in parts), total
    if isinstance(expression, sp.Add):
        return max(top + total - bottom for top, bottom in parts), total
    raise NotRational(str(expression))


def _vanishes_on(expression: sp.Expr, bounds: Mapping[sp.Symbol, int]) -> bool:
    """Whether the value is exactly 0 on a grid that meets no zero of a denominator."""
    for shift in (Fraction(2), Fraction(1, 101), Fraction(17, 103)):
        axes = [[shift * (i + 1) + k for k in range(bound + 1)] for i, bound in enumerate(bounds.values())]
        points = (dict(zip(bounds, values, strict=True)) for values in itertools.product(*axes))
        try:
            return all(_value(expression, point) == 0 for point in points)
        except ZeroDivisionError:
            continue
    return False


def _value(expression: sp.Expr, point: Mapping[sp.Symbol, Fraction]) -> Fraction:
    if isinstance(expression, sp.Symbol):
        return point[expression]
    if isinstance(expression, sp.Rational):
        return Fraction(int(expression.p), int(expression.q))
    if isinstance(expression, sp.Pow):
        return _value(expression.base, point) ** int(expression.exp)
    values = [_value(part, point) for part in expression.args]
    return (
        math.prod(values, start=Fraction(1)) if isinstance(expression, sp.Mul) else sum(values, Fraction(0))
    )
