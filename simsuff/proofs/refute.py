"""Counterexamples to an identity: a few exact points in the ranges of its letters, evaluated with many digits."""

from collections.abc import Iterator
from itertools import count, islice

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef

from simsuff.proofs.difference import Difference

POINTS = 4
PRECISE_BITS = 100
DIGITS = 50
# Both sides carry 50 digits, so half of them are beyond doubt; quadrature by tanh–sinh promises far fewer.
BEYOND_ROUNDING = sp.Rational(1, 10**25)
BEYOND_QUADRATURE = sp.Rational(1, 10**6)


def counterexample(difference: Difference, relation: str) -> str | None:
    """A point of the ranges where `left relation right` fails (== or <=), with both values; '' where all tried hold.

    None where no point could be evaluated: then nothing was claimed, or nothing that can be tested.
    """
    letters = sorted(set().union(*(side.free_symbols for side in difference.sides)), key=str)
    quadrature = any(side.has(sp.Integral) for side in difference.sides)
    evaluated = False
    for point in islice(_points(letters), POINTS):
        left, right = (_value(side, point) for side in difference.sides)
        if left is None or right is None:
            continue
        evaluated = True
        slack = (BEYOND_QUADRATURE if quadrature else BEYOND_ROUNDING) * (1 + abs(left) + abs(right))
        if (abs(left - right) if relation == "==" else left - right) > slack:
            at = {x: difference.coordinates.get(x, x).subs(point) for x in difference.ranges}
            place = ", ".join(f"{x} = {value}" for x, value in at.items() if not value.free_symbols)
            return f"{place}: {sp.N(left, 10)} against {sp.N(right, 10)}".lstrip(": ")
    return "" if evaluated else None


def _value(expression: sp.Expr, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr | None:
    """The number at a point with 50 digits, or None where it is undefined or not real."""
    if isinstance(expression, sp.Max):
        values = [_value(part, point) for part in expression.args]
        return None if None in values else sp.Max(*values)
    # Undefined functions are replaced by particular ones: what fails for these fails.
    functions = sorted({application.func for application in expression.atoms(AppliedUndef)}, key=str)
    for shift, function in enumerate(functions, start=2):
        expression = expression.replace(function, lambda *x, n=shift: sum(x) ** n + sp.exp(sum(x) / n))
    concrete = expression.doit(integrals=False)
    # The fast way would also replace bound variables.
    at_point = concrete.subs(point) if concrete.has(ExprWithLimits) else concrete.xreplace(point)
    value = sp.N(at_point.doit(integrals=False), DIGITS)
    if not (value.is_Number and value.is_finite):
        return None
    # Cancellation must leave enough digits: SymPy's floats carry no more bits than they vouch for.
    precise = value.is_Rational or value._prec >= PRECISE_BITS or abs(value) < BEYOND_ROUNDING
    return value if precise else None


def _points(letters: list[sp.Symbol]) -> Iterator[dict[sp.Symbol, sp.Expr]]:
    """Halton's sequence, stretched to the half-line or line of each letter."""

    def coordinate(letter: sp.Symbol, index: int, base: int) -> sp.Expr:
        unit, weight = sp.S.Zero, sp.Rational(1, base)
        while index:
            index, digit = divmod(index, base)
            unit, weight = unit + digit * weight, weight / base
        if letter.is_integer:
            return sp.floor(unit * 5) + (1 if letter.is_positive else 0)
        return unit / (1 - unit) if letter.is_nonnegative else (2 * unit - 1) / (unit * (1 - unit))

    for index in count(3):
        yield {x: coordinate(x, index, sp.prime(i + 1)) for i, x in enumerate(letters)}
