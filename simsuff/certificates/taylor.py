"""Second-order Taylor expansions (value, gradient, Hessian) in two variables, over intervals or exact numbers.

The numbers are intervals (enclosures over a box) or SymPy expressions (exact values at a point). A derivative that is
zero because the variable does not occur is stored as None, so one variable costs little. xᵃ log x, whose factors run
to 0 and −∞ together on [0, h], is a function of its own.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.intervals import INFINITY, Interval, ball, enclose

Number = Any
# Value, first and second derivative of a function of one variable at a number.
Taylor = tuple[Number, Number, Number]
# The number, and whether the second derivative is wanted (None stands in for it where not).
TaylorFunction = Callable[["Field", Number, bool], Taylor]


def _plus(a: Number, b: Number) -> Number:
    if a is None:
        return b
    return a if b is None else a + b


def _times(a: Number, b: Number) -> Number:
    return None if a is None or b is None else a * b


class Expansion(NamedTuple):
    """(f, f₁, f₂, f₁₁, f₁₂, f₂₂)."""

    value: Number
    d1: Number = None
    d2: Number = None
    d11: Number = None
    d12: Number = None
    d22: Number = None


class IntervalField:
    """Elementary functions on intervals."""

    @staticmethod
    @lru_cache(maxsize=10_000)
    def constant(value: sp.Expr) -> Interval:
        """The smallest interval of doubles that is known to hold `value`."""
        if value.is_Integer and abs(int(value)) < 2**53:
            return Interval(float(value), float(value))
        return enclose(ball(value))

    @staticmethod
    def scaled(x: Interval, factor: int) -> Interval:
        """factor · x."""
        return x * Interval(float(factor), float(factor))

    @staticmethod
    def log(x: Interval) -> Interval:
        """log x."""
        return x.logarithm()

    @staticmethod
    def exp(x: Interval) -> Interval:
        """eˣ."""
        return x.exponential()

    @staticmethod
    def power(x: Interval, exponent: sp.Rational) -> Interval:
        """x to a rational power, |x| where the exponent is not an integer."""
        if exponent.is_Integer:
            return x.integer_power(int(exponent))
        if exponent.q == 2:
            return x.root().integer_power(int(exponent.p))
        return _general_power(x, exponent)


def _general_power(x: Interval, exponent: sp.Rational) -> Interval:
    if exponent < 0:
        return _general_power(x, -exponent).reciprocal()
    found = (x.logarithm() * IntervalField.constant(exponent)).exponential()
    return Interval(0.0 if x.absolute().lo == 0 else found.lo, found.hi)


class ExactField:
    """Elementary functions on exact SymPy numbers."""

    @staticmethod
    def constant(value: sp.Expr) -> sp.Expr:
        """`value` itself."""
        return value

    @staticmethod
    def scaled(x: sp.Expr, factor: int) -> sp.Expr:
        """factor · x."""
        return x * factor

    @staticmethod
    def log(x: sp.Expr) -> sp.Expr:
        """log x."""
        return sp.log(x)

    @staticmethod
    def exp(x: sp.Expr) -> sp.Expr:
        """eˣ."""
        return sp.exp(x)

    @staticmethod
    def power(x: sp.Expr, exponent: sp.Rational) -> sp.Expr:
        """x to a power."""
        return x**exponent


Field = type[IntervalField] | type[ExactField]


def add(a: Expansion, b: Expansion) -> Expansion:
    """a + b."""
    return Expansion(*(_plus(x, y) for x, y in zip(a, b, strict=True)))


def multiply(field: Field, a: Expansion, b: Expansion, hessian: bool = True) -> Expansion:
    """a · b by the product rule."""
    if all(x is None for x in a[1:]):
        a, b = b, a
    if all(x is None for x in b[1:]):
        return Expansion(*(_times(x, b.value) for x in a))
    first = _plus(_times(a.d1, b.value), _times(a.value, b.d1))
    second = _plus(_times(a.d2, b.value), _times(a.value, b.d2))
    if not hessian:
        return Expansion(a.value * b.value, first, second)
    return Expansion(
        a.value * b.value,
        first,
        second,
        _second(field, a, b, 3, 1, 1),
        _second(field, a, b, 4, 1, 2),
        _second(field, a, b, 5, 2, 2),
    )


def _second(field: Field, a: Expansion, b: Expansion, both: int, i: int, j: int) -> Number:
    outer = _plus(_times(a[both], b.value), _times(a.value, b[both]))
    cross = _times(a[i], b[j])
    if i != j:
        return _plus(outer, _plus(cross, _times(a[j], b[i])))
    return outer if cross is None else _plus(outer, field.scaled(cross, 2))


def compose(field: Field, taylor: Taylor, a: Expansion, hessian: bool = True) -> Expansion:
    """g(a) by the chain rule, `taylor` = (g, g′, g″) at the value of a."""
    value, first, second = taylor
    firsts = _times(first, a.d1), _times(first, a.d2)
    if not hessian:
        return Expansion(value, *firsts)

    def entry(both: int, i: int, j: int) -> Number:
        bend = field.power(a[i], sp.Integer(2)) if i == j and a[i] is not None else _times(a[i], a[j])
        return _plus(_times(second, bend), _times(first, a[both]))

    return Expansion(value, *firsts, entry(3, 1, 1), entry(4, 1, 2), entry(5, 2, 2))


def power_taylor(field: Field, x: Number, exponent: sp.Rational) -> Taylor:
    """xᵉ and its two derivatives."""

    def term(order: int) -> Number:
        if order > 0 and not exponent.is_Integer and isinstance(x, Interval) and x.lo < 0:
            return Interval(-INFINITY, INFINITY)
        factor = sp.ff(exponent, order)
        if factor == 0:
            return None
        reduced = field.constant(sp.Integer(1)) if exponent == order else field.power(x, exponent - order)
        return reduced if factor == 1 else reduced * field.constant(factor)

    return term(0), term(1), term(2)


def log_taylor(field: Field, x: Number) -> Taylor:
    """log x and its two derivatives."""
    inverse = field.power(x, sp.Integer(-1))
    return field.log(x), inverse, field.scaled(field.power(inverse, sp.Integer(2)), -1)


def exp_taylor(field: Field, x: Number) -> Taylor:
    """eˣ and its two derivatives."""
    value = field.exp(x)
    return value, value, value


def power_log(field: Field, x: Number, exponent: sp.Rational) -> Number:
    """xᵃ log x with its limit 0 at x = 0 for a > 0."""
    if not isinstance(x, Interval):
        return sp.Integer(0) if x == 0 else field.power(x, exponent) * field.log(x)

    def at(end: float) -> Interval:
        point = Interval(end, end)
        return IntervalField.power(point, exponent) * point.logarithm() if end else point

    # xᵃ log x falls until x = e^{−1/a}, where it is −1/(ea), and rises after.
    low, high = max(x.lo, 0.0), x.hi
    left, right = at(low), at(high)
    turn = IntervalField.constant(sp.exp(-1 / exponent))
    if high <= turn.lo:
        return Interval(right.lo, left.hi)
    if low >= turn.hi:
        return Interval(left.lo, right.hi)
    bottom = IntervalField.constant(-1 / (sp.E * exponent))
    return Interval(bottom.lo, max(left.hi, right.hi))


def power_log_taylor(field: Field, x: Number, exponent: sp.Rational) -> Taylor:
    """xᵃ log x, a xᵃ⁻¹ log x + xᵃ⁻¹, a(a−1) xᵃ⁻² log x + (2a−1) xᵃ⁻²."""

    def scaled(value: Number, factor: sp.Rational) -> Number:
        return value * field.constant(factor)

    def term(power: sp.Rational) -> Number:
        if power > 0:
            return power_log(field, x, power)
        logarithm = field.log(x)
        return logarithm if power == 0 else field.power(x, power) * logarithm

    first = scaled(term(exponent - 1), exponent) + field.power(x, exponent - 1)
    second = scaled(field.power(x, exponent - 2), 2 * exponent - 1)
    bend = exponent * (exponent - 1)
    if bend != 0:
        second = second + scaled(term(exponent - 2), bend)
    return power_log(field, x, exponent), first, second
