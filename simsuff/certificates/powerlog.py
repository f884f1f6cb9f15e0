"""What is the range of xᵃ log x on [0, h], where the factors run to 0 and −∞ together?"""

import sympy as sp

from simsuff.certificates.intervals import Interval
from simsuff.certificates.jets import Field, IntervalField, Number, Taylor


def power_log(field: Field, x: Number, exponent: sp.Rational) -> Number:
    """xᵃ log x with its limit 0 at x = 0 for a > 0."""
    if not isinstance(x, Interval):
        return sp.Integer(0) if x == 0 else field.power(x, exponent) * field.log(x)
    return _interval_power_log(x, exponent)


def _interval_power_log(x: Interval, exponent: sp.Rational) -> Interval:
    # xᵃ log x falls until x = e^{−1/a}, where it is −1/(ea), and rises after.
    low, high = max(x.lo, 0.0), x.hi
    left, right = _at(low, exponent), _at(high, exponent)
    turn = IntervalField.constant(sp.exp(-1 / exponent))
    if high <= turn.lo:
        return Interval(right.lo, left.hi)
    if low >= turn.hi:
        return Interval(left.lo, right.hi)
    bottom = IntervalField.constant(-1 / (sp.E * exponent))
    return Interval(bottom.lo, max(left.hi, right.hi))


def _at(x: float, exponent: sp.Rational) -> Interval:
    if x == 0:
        return Interval(0.0, 0.0)
    point = Interval(x, x)
    return IntervalField.power(point, exponent) * point.logarithm()


def _term(field: Field, x: Number, exponent: sp.Rational) -> Number:
    if exponent > 0:
        return power_log(field, x, exponent)
    logarithm = field.log(x)
    return logarithm if exponent == 0 else field.power(x, exponent) * logarithm


def power_log_taylor(field: Field, x: Number, exponent: sp.Rational) -> Taylor:
    """xᵃ log x, a xᵃ⁻¹ log x + xᵃ⁻¹, a(a−1) xᵃ⁻² log x + (2a−1) xᵃ⁻²."""

    def scaled(value: Number, factor: sp.Rational) -> Number:
        return value * field.constant(factor)

    first = scaled(_term(field, x, exponent - 1), exponent) + field.power(x, exponent - 1)
    second = scaled(field.power(x, exponent - 2), 2 * exponent - 1)
    bend = exponent * (exponent - 1)
    if bend != 0:
        second = second + scaled(_term(field, x, exponent - 2), bend)
    return power_log(field, x, exponent), first, second
