"""Rigorous enclosures: balls at a point (arb), and outward rounded intervals with endpoints that may be infinite.

The endpoints are doubles. Sums use the exact rounding error, so an exact sum stays exact; other operations move one
double outward. Logarithms and exponentials come from balls. Where the radius of a ball would turn [5, ∞) into the
whole line, endpoints keep the half that a proof needs.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from simsuff.numerics.validation import refuse

# Generators vanish to second order at 1; 192 bits leave a double's 53 after that cancellation for |t − 1| > 1e-20.
PRECISION = 192

MISSING = (
    "certificates need python-flint, which is not installed; "
    "in the environment that runs simsuff: python -m pip install 'python-flint>=0.6'"
)
Ball = Any


class Unsupported(ValueError):
    """The expression is outside the language of certificates."""


def load_flint() -> Any:
    """The module flint, or an ImportError that says how to get it."""
    try:
        import flint
    except ImportError as error:
        raise ImportError(MISSING) from error
    return flint


def ball(expression: sp.Expr, values: Mapping[sp.Symbol, Any] | None = None, bits: int = PRECISION) -> Ball:
    """`expression` at exact rational `values` (or balls), as an arb ball of so many bits.

    A point outside the domain (log of a negative number, division by zero) gives a ball that is not finite.
    """
    flint = load_flint()

    def number(value: Any) -> Ball:
        if isinstance(value, flint.arb):
            return value
        exact = sp.Rational(value)
        return flint.arb(flint.fmpq(int(exact.p), int(exact.q)))

    def evaluated(node: sp.Expr) -> Ball:
        if node not in table:
            table[node] = applied(node)
        return table[node]

    def applied(node: sp.Expr) -> Ball:
        if node.is_Rational:
            return number(node)
        if node is sp.pi or node is sp.E:
            return flint.arb.pi() if node is sp.pi else flint.arb(1).exp()
        if isinstance(node, sp.Pow):
            base = evaluated(node.base)
            if node.exp.is_Integer:
                return base ** int(node.exp)
            return base.sqrt() if node.exp == sp.Rational(1, 2) else base ** evaluated(node.exp)
        children = [evaluated(child) for child in node.args]
        if isinstance(node, sp.Add):
            return sum(children, flint.arb(0))
        if isinstance(node, sp.Mul):
            return math.prod(children, start=flint.arb(1))
        if isinstance(node, sp.log | sp.exp):
            return children[0].log() if isinstance(node, sp.log) else children[0].exp()
        if isinstance(node, sp.Abs):
            return abs(children[0])
        raise unsupported(node)

    before, flint.ctx.prec = flint.ctx.prec, bits
    try:
        table = {symbol: number(value) for symbol, value in (values or {}).items()}
        return evaluated(sp.sympify(expression))
    finally:
        flint.ctx.prec = before


def unsupported(node: sp.Expr) -> Unsupported:
    """The error for an expression outside the language of certificates."""
    allowed = "be built from numbers, +, −, ×, /, powers, log, exp, sqrt and Abs"
    shown = f"expression has {sp.sstr(node)}"
    return Unsupported(str(refuse("expression", shown, allowed, "rewrite it with these")))


INFINITY = math.inf
LARGEST = 1.7976931348623157e308
# Products by these are exact.
_EXACT = (0.0, 1.0, -1.0, 2.0, -2.0)
_TINY = 5e-324
# Below this size the error term of a sum cannot overflow.
_SAFE = 1e300


def below(x: float) -> float:
    return math.nextafter(x, -INFINITY)


def above(x: float) -> float:
    return math.nextafter(x, INFINITY)


def _sum_below(a: float, b: float) -> float:
    total = a + b
    if not abs(total) < _SAFE:
        return below(total)
    part = total - a
    return below(total) if (a - (total - part)) + (b - part) < 0 else total


def _times(a: float, b: float) -> float:
    # The endpoint ∞ is a limit, never attained, so that 0·∞ = 0 is the right endpoint.
    if a == 0 or b == 0:
        return 0.0
    return a * b or math.copysign(_TINY, a) * math.copysign(1.0, b)


class Interval:
    """The closed interval [lo, hi] of the extended line."""

    __slots__ = ("hi", "lo")

    def __init__(self, lo: float, hi: float) -> None:
        if not lo <= hi:
            lo, hi = -INFINITY, INFINITY
        self.lo = lo if lo < LARGEST else LARGEST
        self.hi = hi if hi > -LARGEST else -LARGEST

    def __repr__(self) -> str:
        return f"Interval({self.lo!r}, {self.hi!r})"

    def __neg__(self) -> "Interval":
        return Interval(-self.hi, -self.lo)

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(_sum_below(self.lo, other.lo), -_sum_below(-self.hi, -other.hi))

    def __sub__(self, other: "Interval") -> "Interval":
        return self + (-other)

    def __mul__(self, other: "Interval") -> "Interval":
        ends = [_times(a, b) for a in (self.lo, self.hi) for b in (other.lo, other.hi)]
        low, high = min(ends), max(ends)
        if any(factor.lo == factor.hi and factor.lo in _EXACT for factor in (self, other)):
            return Interval(low, high)
        return Interval(below(low) if low else low, above(high) if high else high)

    def reciprocal(self) -> "Interval":
        """1/x over the interval; the whole line where 0 is inside."""
        if self.lo == self.hi and self.lo in (1.0, 2.0, 0.5):
            return Interval(1 / self.lo, 1 / self.lo)
        if self.lo >= 0:
            low = max(below(1 / self.hi), 0.0) if self.hi > 0 else INFINITY
            return Interval(low, INFINITY if self.lo == 0 else above(1 / self.lo))
        if self.hi <= 0:
            return -((-self).reciprocal())
        return Interval(-INFINITY, INFINITY)

    def __truediv__(self, other: "Interval") -> "Interval":
        return self * other.reciprocal()

    def integer_power(self, exponent: int) -> "Interval":
        """xⁿ for an integer n, sharp for even n."""
        if exponent < 0:
            return self.integer_power(-exponent).reciprocal()
        if exponent % 2 == 0 and self.lo < 0:
            return self.absolute().integer_power(exponent)
        if exponent <= 1:
            return self if exponent == 1 else Interval(1.0, 1.0)
        bottom, top = Interval(self.lo, self.lo), Interval(self.hi, self.hi)
        low, high = bottom, top
        for _ in range(exponent - 1):
            low, high = low * bottom, high * top
        return Interval(low.lo, high.hi)

    def absolute(self) -> "Interval":
        if self.lo >= 0:
            return self
        if self.hi <= 0:
            return -self
        return Interval(0.0, max(-self.lo, self.hi))

    def intersect(self, other: "Interval") -> "Interval":
        """The common part of two enclosures of the same number."""
        return Interval(max(self.lo, other.lo), min(self.hi, other.hi))

    @property
    def width(self) -> float:
        return self.hi - self.lo

    def root(self) -> "Interval":
        """√|x| over the interval."""
        size = self.absolute()
        low, high = math.sqrt(size.lo), math.sqrt(size.hi)
        return Interval(low if low in (0.0, 1.0) else below(low), high if high in (0.0, 1.0) else above(high))

    def logarithm(self) -> "Interval":
        """log |x| over the interval: a product splits as log Πbᵢ = Σ log |bᵢ| whatever the signs."""
        size = self.absolute()
        return Interval(_log(size.lo)[0], _log(size.hi)[1])

    def exponential(self) -> "Interval":
        return Interval(_exp(self.lo)[0], _exp(self.hi)[1])


def enclose(value: Any) -> Interval:
    """The doubles around an arb ball; the whole line for a ball that is not finite."""
    if not value.is_finite():
        return Interval(-INFINITY, INFINITY)
    low, high = float(value.lower()), float(value.upper())
    if low == high and value.is_exact() and load_flint().arb(low) == value:
        return Interval(low, high)
    return Interval(below(low), above(high))


@lru_cache(maxsize=200_000)
def _log(x: float) -> tuple[float, float]:
    if x == 0 or x == INFINITY:
        return (-INFINITY, -INFINITY) if x == 0 else (INFINITY, INFINITY)
    found = enclose(load_flint().arb(x).log())
    return found.lo, found.hi


@lru_cache(maxsize=200_000)
def _exp(x: float) -> tuple[float, float]:
    if math.isinf(x):
        return (0.0, 0.0) if x < 0 else (INFINITY, INFINITY)
    if x > 709:
        return LARGEST / 4, INFINITY
    found = enclose(load_flint().arb(x).exp())
    return max(found.lo, 0.0), found.hi
