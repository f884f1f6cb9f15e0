"""Ranges of the derivatives of H(y)/yⁿ, finite at 0, where H vanishes to order n.

Near 0 the j-th derivative lies in H⁽ⁿ⁺ʲ⁾(hull{0, y}) j!/(n+j)!, the Lagrange remainder; elsewhere also by Leibniz' rule,
and by the mean value theorem around the centre. H and H′ of a generator increase on [0, 1]: f is convex with f′(1) = 0.
"""

from collections.abc import Sequence
from math import comb, factorial

from flint import fmpq

from simsuff.certificates.checker.expressions import Node, derivative, multiply, number, substitute
from simsuff.certificates.checker.margins import Side, vanishing_order
from simsuff.certificates.checker.ranges import (
    INF,
    LINE,
    Program,
    Range,
    added,
    ball,
    constant,
    enclosed,
    integer_power,
    multiplied,
    negated,
)

# Nearer to 0 the quotient of doubles is noise.
_NEAR = 1e-6


class Quotients:
    """The undefined functions of one claim: Fp, Fm, Gp, Gm of the generators by sign, A and B of the sides."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._generators = {key: side.generator for key, side in zip("FG", sides, strict=True)}
        self._sides = {key: side.function for key, side in zip("AB", sides, strict=True)}
        self._programs: dict[tuple[str, int], Program] = {}
        self._points: dict[tuple[str, int, float], Range] = {}

    def __call__(self, family: str, order: int, at: Range) -> Range:
        """The range of the derivative of this order of one of the functions."""
        top = 1.0 if family[0] in self._generators else INF
        y = Range(min(max(at.lo, 0.0), top), min(max(at.hi, 0.0), top))
        plain = self._plain(family, order, y)
        if order > 1 or y.hi == INF or y.lo == y.hi:
            return plain
        centre = (y.lo + y.hi) / 2
        point = Range(centre, centre)
        step = multiplied(self._plain(family, order + 1, y), added(y, negated(point)))
        return _meet(plain, added(self._plain(family, order, point), step))

    def at_zero(self, family: str, order: int) -> Node:
        """The value at 0, exactly."""
        n = self._order(family)
        value = substitute(self._numerator(family, n + order), {"x": number(0), "y": number(0)})
        return multiply(number(fmpq(factorial(order), factorial(n + order))), value)

    def _order(self, family: str) -> int:
        if family in self._sides:
            return vanishing_order(self._sides[family])
        return self._generators[family[0]].order

    def _numerator(self, family: str, order: int) -> Node:
        if family not in self._sides:
            return self._generators[family[0]].half(1 if family[1] == "p" else -1, order)
        found = self._sides[family]
        for _ in range(order):
            found = derivative(found, "x")
        return found

    def _range(self, family: str, order: int, y: Range) -> Range:
        """H⁽ᵒʳᵈᵉʳ⁾ over y."""
        if family not in self._sides and order <= 1:
            return Range(max(self._point(family, order, y.lo).lo, 0.0), self._point(family, order, y.hi).hi)
        if y.lo == y.hi:
            return self._point(family, order, y.lo)
        key = family, order
        if key not in self._programs:
            self._programs[key] = Program(
                self._numerator(family, order), "x" if family in self._sides else "y"
            )
        return self._programs[key]([y])

    def _point(self, family: str, order: int, at: float) -> Range:
        key = family, order, at
        if key not in self._points:
            if at == 1.0 and order == 0 and family not in self._sides:
                end = self._generators[family[0]].end(1 if family[1] == "p" else -1)
                self._points[key] = Range(0.0, INF) if end is None else constant(end)
            elif at == INF or (at == 1.0 and family not in self._sides):
                self._points[key] = LINE  # nothing is known where H may not be continued
            else:
                self._points[key] = enclosed(ball(self._numerator(family, order), {"x": at, "y": at}))
        return self._points[key]

    def _plain(self, family: str, j: int, y: Range) -> Range:
        n, direct = self._order(family), LINE
        if y.lo > _NEAR:
            direct = Range(0.0, 0.0)
            for i in range(j + 1):
                weight = float(comb(j, i) * (-1) ** i * (factorial(n + i - 1) // factorial(n - 1)))
                part = multiplied(self._range(family, j - i, y), integer_power(y, -n - i))
                direct = added(direct, multiplied(Range(weight, weight), part))
            if y.lo == y.hi:
                return direct
        share = constant(number(fmpq(factorial(j), factorial(n + j))))
        return _meet(direct, multiplied(self._range(family, n + j, Range(0.0, y.hi)), share))


def _meet(first: Range, second: Range) -> Range:
    return Range(max(first.lo, second.lo), min(first.hi, second.hi))
