"""Removable singularities: enclosures of H(y)/yⁿ where H vanishes to order n at 0, by the Lagrange remainder.

H(y)/yⁿ = ∫₀¹ (1−u)ⁿ⁻¹/(n−1)! H⁽ⁿ⁾(uy) du, so its j-th derivative lies in H⁽ⁿ⁺ʲ⁾(hull{0, y}) · j!/(n+j)!.
Away from 0 the quotient itself is sharper; both are enclosures, and so is their common part.
"""

from collections.abc import Callable
from math import comb, factorial

import sympy as sp

from simsuff.certificates.intervals import INFINITY, Interval, ball, enclose
from simsuff.certificates.programs import Number, Program, Taylor, constant

# Below this the quotient of the point values loses to the Lagrange form: doubles hold y², 192 bits hold H.
_NEAR = 1e-6


class Smooth:
    """A function on an interval, its derivatives as expressions in one symbol, enclosed over intervals."""

    def __init__(
        self,
        symbol: sp.Symbol,
        derivative: Callable[[int], sp.Expr],
        limit_at_one: Callable[[int], sp.Expr | None] | None = None,
    ) -> None:
        self.symbol, self.derivative, self._limit = symbol, derivative, limit_at_one
        self.top = INFINITY if limit_at_one is None else 1.0
        self._programs: dict[int, Program] = {}
        self._points: dict[tuple[int, float], Interval] = {}

    def range(self, order: int, x: Interval) -> Interval:
        """An enclosure of the derivative of this order over `x`.

        A generator (known by its limits at 1) is convex with H′(0) ≥ 0, so H and H′ increase: two point values suffice.
        """
        if self._limit is not None and order <= 1:
            return Interval(self.at(order, max(x.lo, 0.0)).lo, self.at(order, min(x.hi, 1.0)).hi)
        if order not in self._programs:
            self._programs[order] = Program(self.derivative(order), [self.symbol])
        return self._programs[order].value([x])

    def at(self, order: int, point: float) -> Interval:
        """An enclosure of the derivative at one double."""
        key = (order, point)
        if key not in self._points:
            if point == 1 and self._limit is not None:
                limit = self._limit(order)
                # H and H′ are not negative on [0, 1], whatever the limit is.
                found = Interval(0.0, INFINITY) if limit is None else enclose(ball(limit))
            elif point == INFINITY:
                found = Interval(-INFINITY, INFINITY)
            else:
                found = enclose(ball(self.derivative(order), {self.symbol: sp.Rational(point)}))
            self._points[key] = found
        return self._points[key]


class Quotient:
    """H(y)/yⁿ as a function that programs can call.

    Parameters
    ----------
    numerator : H, vanishing with its first n − 1 derivatives at 0.
    order : n, 1 or 2.
    """

    def __init__(self, numerator: Smooth, order: int) -> None:
        self.numerator, self.order = numerator, order

    def __call__(self, x: Number, hessian: bool) -> Taylor:
        """Value, first and second derivative over an interval, or exactly at 0 or at another exact number."""
        h, n = self.numerator, self.order
        if isinstance(x, Interval):
            x = x.intersect(Interval(0.0, h.top))
            return self._centred(0, x), self._centred(1, x), self._plain(2, x) if hessian else None
        if x == 0:
            zero, one, two = (
                h.derivative(n + j).subs(h.symbol, 0) * sp.Rational(factorial(j), factorial(n + j))
                for j in range(3)
            )
            return zero, one, two
        quotient = h.derivative(0) / h.symbol**n
        zero, one, two = (sp.diff(quotient, h.symbol, j).subs(h.symbol, x) for j in range(3))
        return zero, one, two

    def _centred(self, j: int, x: Interval) -> Interval:
        plain = self._plain(j, x)
        if x.width == 0 or x.width == INFINITY:
            return plain
        centre = (x.lo + x.hi) / 2
        point = Interval(centre, centre)
        mean_value = self._plain(j, point) + self._plain(j + 1, x) * (x - point)
        return plain.intersect(mean_value)

    def _plain(self, j: int, x: Interval) -> Interval:
        direct = self._direct(j, x) if x.lo > _NEAR else None
        if direct is not None and x.width == 0:
            return direct
        n = self.order
        scale = constant(sp.Rational(factorial(j), factorial(n + j)))
        lagrange = self.numerator.range(n + j, Interval(min(x.lo, 0.0), max(x.hi, 0.0))) * scale
        return lagrange if direct is None else lagrange.intersect(direct)

    def _direct(self, j: int, x: Interval) -> Interval:
        # Leibniz: Σ C(j,i) H⁽ʲ⁻ⁱ⁾ (−1)ⁱ n(n+1)…(n+i−1) y⁻ⁿ⁻ⁱ.
        n, total = self.order, Interval(0.0, 0.0)
        for i in range(j + 1):
            weight = comb(j, i) * (-1) ** i * int(sp.rf(n, i))
            part = self.numerator.range(j - i, x) * x.integer_power(-n - i)
            total = total + part * Interval(float(weight), float(weight))
        return total
