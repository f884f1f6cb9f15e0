"""Ranges of the j-th derivative of H(y)/yⁿ over many intervals at once, finite at 0.

Near 0 by H⁽ⁿ⁺ʲ⁾(hull{0, y}) j!/(n+j)!, elsewhere also by Leibniz' rule, and by the mean value theorem around the
centre from the derivative above. H and H′ increase on [0, 1] because f is convex with f′(1) = 0.
"""

from math import comb, factorial

import numpy as np
import sympy as sp

from simsuff.certificates.checker.margins import a, b, kink_order, slope_form, vanishing_order, x
from simsuff.certificates.checker.ranges import (
    INF,
    Range,
    add,
    constant,
    evaluate,
    integer_power,
    multiply,
    negate,
)

# Nearer to 0 the quotient of doubles is noise.
_NEAR = 1e-4


def _none(name: str, _: Range) -> Range:
    raise ValueError(f"certificate must not nest the function {name}")


def _meet(first: Range, second: Range) -> Range:
    return Range(np.maximum(first.lo, second.lo), np.minimum(first.hi, second.hi))


class Quotients:
    """The opaque functions of one claim: for each generator and sign, and for A and B."""

    def __init__(self, generators: tuple[sp.Expr, sp.Expr], sides: tuple[sp.Expr, sp.Expr]) -> None:
        self._generators = dict(zip("FG", generators, strict=True))
        self._sides = dict(zip("AB", sides, strict=True))

    def __call__(self, name: str, at: Range) -> Range:
        """The range of the function called `name`, like Fp1__2: family, sign, order of the derivative."""
        family, order = name.split("__")
        top = 1.0 if family[0] in self._generators else INF
        inside = Range(np.clip(at.lo, 0.0, top), np.clip(at.hi, 0.0, top))
        return self._centred(family, int(order), inside)

    def exact_at_zero(self, name: str) -> sp.Expr:
        """The value at 0."""
        family, order = name.split("__")
        n, j = self._order(family), int(order)
        at = {a: 1, b: 1, x: 0}
        return self._numerator(family, n + j).subs(at) * sp.Rational(factorial(j), factorial(n + j))

    def _order(self, family: str) -> int:
        if family in self._sides:
            return vanishing_order(self._sides[family])
        return kink_order(self._generators[family[0]])

    def _numerator(self, family: str, order: int) -> sp.Expr:
        if family in self._sides:
            return sp.diff(self._sides[family], x, order)
        return slope_form(self._generators[family[0]], _sign(family), order)

    def _range(self, family: str, order: int, y: Range) -> Range:
        """H⁽ᵒʳᵈᵉʳ⁾ over y."""
        if family in self._generators or family in self._sides or order > 1:
            return self._naive(family, order, y)
        low, high = (self._naive(family, order, Range(end, end)) for end in y)
        return Range(np.maximum(low.lo, 0.0), high.hi)

    def _naive(self, family: str, order: int, y: Range) -> Range:
        numerator = self._numerator(family, order)
        if family in self._sides:
            return evaluate(numerator, {x: y}, _none)
        one, step = constant(sp.Integer(1), y), y if _sign(family) > 0 else negate(y)
        return evaluate(numerator, {a: add(one, step), b: add(one, negate(step))}, _none)

    def _centred(self, family: str, j: int, y: Range) -> Range:
        plain = self._plain(family, j, y)
        if j > 1 or not np.isfinite(y.hi).all():
            return plain
        centre = (y.lo + y.hi) / 2
        point = Range(centre, centre)
        slope = self._plain(family, j + 1, y)
        return _meet(plain, add(self._plain(family, j, point), multiply(slope, add(y, negate(point)))))

    def _plain(self, family: str, j: int, y: Range) -> Range:
        n = self._order(family)
        hull = Range(np.zeros_like(y.lo), y.hi)
        weight = constant(sp.Rational(factorial(j), factorial(n + j)), y)
        lagrange = multiply(self._range(family, n + j, hull), weight)
        far = y.lo > _NEAR
        safe = Range(np.where(far, y.lo, 0.5), np.where(far, y.hi, 0.5))
        direct = self._leibniz(family, j, n, safe)
        return Range(
            np.where(far, np.maximum(lagrange.lo, direct.lo), lagrange.lo),
            np.where(far, np.minimum(lagrange.hi, direct.hi), lagrange.hi),
        )

    def _leibniz(self, family: str, j: int, n: int, y: Range) -> Range:
        total = constant(sp.Integer(0), y)
        for i in range(j + 1):
            weight = constant(sp.Integer(comb(j, i) * (-1) ** i) * sp.rf(n, i), y)
            part = multiply(self._range(family, j - i, y), integer_power(y, -n - i))
            total = add(total, multiply(weight, part))
        return total


def _sign(family: str) -> int:
    return 1 if family[1] == "p" else -1
