"""Ranges of expressions over boxes: outward rounded intervals of doubles, whose endpoints may be infinite.

IEEE arithmetic rounds to nearest, so one step outward encloses; logarithms, exponentials and constants come from balls of
python-flint. An infinite endpoint is a limit that is not attained, so that 0·∞ = 0 for endpoints; exactly 0 times an
infinite range is undefined. What is undefined on part of a box has the whole line as its range.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq

from simsuff.certificates.checker.expressions import Node, reject, symbol

INF = math.inf
BITS = 192


class Range(NamedTuple):
    lo: float
    hi: float


LINE = Range(-INF, INF)


def _out(lo: float, hi: float) -> Range:
    return Range(math.nextafter(lo, -INF), math.nextafter(hi, INF)) if lo <= hi else LINE


def _sum_below(a: float, b: float) -> float:
    # Knuth's error term is exact: a sum that was rounded up steps down, any other is below already.
    total = a + b
    if not abs(total) < 1e300:
        return math.nextafter(total, -INF) if total == total else -INF
    part = total - a
    return math.nextafter(total, -INF) if (a - (total - part)) + (b - part) < 0 else total


def added(a: Range, b: Range) -> Range:
    """a + b, exact where the sum is."""
    return Range(_sum_below(a.lo, b.lo), -_sum_below(-a.hi, -b.hi))


def negated(a: Range) -> Range:
    return Range(-a.hi, -a.lo)


def _product(a: float, b: float) -> float:
    if a == 0 or b == 0:
        return 0.0
    return a * b or math.copysign(5e-324, a) * math.copysign(1.0, b)


def multiplied(a: Range, b: Range) -> Range:
    """a · b; exactly 0 times something that may be infinite is undefined."""
    if any(zero.lo == 0 == zero.hi and INF in (-wide.lo, wide.hi) for zero, wide in ((a, b), (b, a))):
        return LINE
    for one, other in ((a, b), (b, a)):
        if one.lo == one.hi and abs(one.lo) == 1:
            return other if one.lo > 0 else negated(other)
    ends = [_product(x, y) for x in a for y in b]
    lo, hi = min(ends), max(ends)
    out = _out(lo, hi)
    return Range(out.lo if lo else 0.0, out.hi if hi else 0.0)


def reciprocal(a: Range) -> Range:
    """1/a, the whole line where 0 lies inside."""
    if a.hi < 0 or (a.hi == 0 and a.lo < 0):
        return negated(reciprocal(negated(a)))
    if a.lo < 0 or a.hi == 0:
        return LINE
    low = 0.0 if a.hi == INF else max(math.nextafter(1 / a.hi, -INF), 0.0)
    return Range(low, INF if a.lo == 0 else math.nextafter(1 / a.lo, INF))


def integer_power(a: Range, exponent: int) -> Range:
    """aⁿ, sharp for even n."""
    if exponent < 0:
        return reciprocal(integer_power(a, -exponent))
    if exponent % 2 == 0 and a.lo < 0:
        a = Range(max(a.lo, -a.hi, 0.0), max(-a.lo, a.hi))
    bottom, top = Range(a.lo, a.lo), Range(a.hi, a.hi)
    low, high = bottom, top
    for _ in range(exponent - 1):
        low, high = multiplied(low, bottom), multiplied(high, top)
    return Range(low.lo, high.hi)


def root(a: Range) -> Range:
    """√a; the whole line where a may be negative."""
    if a.lo < 0:
        return LINE
    low, high = math.sqrt(a.lo), math.sqrt(a.hi)
    return Range(
        max(math.nextafter(low, -INF), 0.0) if low else 0.0, math.nextafter(high, INF) if high else 0.0
    )


def enclosed(value: arb) -> Range:
    """The doubles around a ball."""
    if not value.is_finite():
        return LINE
    low, high = float(value.lower()), float(value.upper())
    return Range(low, high) if low == high and arb(low) == value else _out(low, high)


@lru_cache(maxsize=200_000)
def _log_end(x: float) -> Range:
    return Range(-INF, -INF) if x == 0 else Range(INF, INF) if x == INF else enclosed(arb(x).log())


@lru_cache(maxsize=200_000)
def _exp_end(x: float) -> Range:
    if math.isinf(x) or x > 700:
        return Range(0.0, 0.0) if x < 0 else Range(1e300, INF)
    low, high = enclosed(arb(x).exp())
    return Range(max(low, 0.0), high)


def logarithm(a: Range) -> Range:
    """log |a|."""
    if a.lo < 0 < a.hi:
        return Range(-INF, _log_end(max(-a.lo, a.hi)).hi)
    low, high = sorted((abs(a.lo), abs(a.hi)))
    return Range(_log_end(low).lo, _log_end(high).hi)


def exponential(a: Range) -> Range:
    return Range(_exp_end(a.lo).lo, _exp_end(a.hi).hi)


def rational_power(a: Range, exponent: fmpq) -> Range:
    """a to a rational power; the whole line where a root of a negative number may be taken."""
    if exponent.denominator == 1:
        return integer_power(a, int(exponent.numerator))
    if exponent.denominator == 2:
        return integer_power(root(a), int(exponent.numerator))
    if a.lo < 0:
        return LINE
    if exponent < 0:
        return reciprocal(rational_power(a, -exponent))
    found = exponential(multiplied(logarithm(a), constant(Node("number", exponent))))
    return Range(0.0 if a.lo == 0 else found.lo, found.hi)


def power_log(a: Range, exponent: fmpq) -> Range:
    """aᵏ log a for k > 0 and a ≥ 0, with its limit 0 at 0: it falls to −1/(ek) at e^{−1/k}, then rises."""
    low = max(a.lo, 0.0)

    def at(end: float) -> Range:
        point = Range(end, end)
        return multiplied(rational_power(point, exponent), logarithm(point)) if end else point

    left, right = at(low), at(max(a.hi, low))
    inverse = arb(-1) / arb(exponent)
    turn, bottom = enclosed(inverse.exp()), enclosed(inverse / arb(1).exp())
    across = low < turn.hi and a.hi > turn.lo
    return Range(bottom.lo if across else min(left.lo, right.lo), max(left.hi, right.hi))


def ball(node: Node, values: Mapping[str, Any]) -> arb:
    """An expression without undefined functions at a point, as a ball of `BITS` bits; not finite where undefined."""
    before, ctx.prec = ctx.prec, BITS
    known: dict[Node, arb] = {}

    def visit(part: Node) -> arb:
        if part not in known:
            known[part] = value(part)
        return known[part]

    def value(part: Node) -> arb:
        kind, parts = part.kind, part.parts
        if kind == "number":
            return arb(parts[0])
        if kind == "symbol":
            return arb(values[parts[0]])
        if kind == "pi":
            return arb.pi()
        if kind in ("sum", "product"):
            total = arb(0) if kind == "sum" else arb(1)
            for inner in map(visit, parts):
                total = total + inner if kind == "sum" else total * inner
            return total
        if kind == "power":
            base, exponent = visit(parts[0]), parts[1]
            if exponent.denominator == 1:
                return base ** int(exponent.numerator)
            return (
                base.sqrt() ** int(exponent.numerator) if exponent.denominator == 2 else base ** arb(exponent)
            )
        if kind in ("log", "exp"):
            inner = visit(parts[0])
            return abs(inner).log() if kind == "log" else inner.exp()
        raise reject("hold elementary expressions only", part)

    try:
        return visit(node)
    finally:
        ctx.prec = before


@lru_cache(maxsize=10_000)
def constant(node: Node) -> Range:
    """An exact number, enclosed."""
    if node.kind == "number" and node.parts[0].denominator == 1 and abs(node.parts[0]) < 2**53:
        return Range(float(int(node.parts[0].numerator)), float(int(node.parts[0].numerator)))
    return enclosed(ball(node, {}))


# Evaluates the undefined function of this family and order over a range.
Calls = Callable[[str, int, Range], Range]


class Program:
    """The instructions of one expression in named variables, run on boxes."""

    def __init__(self, node: Node, names: Sequence[str], calls: Calls | None = None) -> None:
        self._calls = calls
        self._places = {symbol(name): i for i, name in enumerate(names)}
        self._steps: list[tuple[str, Any, tuple[int, ...]]] = []
        self._first = len(names)
        self._result = self._place(node)

    def __call__(self, box: Sequence[Range]) -> Range:
        """The range over a box."""
        values = list(box)
        for kind, extra, at in self._steps:
            a = values[at[0]] if at else LINE
            if kind == "constant":
                a = extra
            elif kind == "sum":
                for i in at[1:]:
                    a = added(a, values[i])
            elif kind == "product":
                for i in at[1:]:
                    a = multiplied(a, values[i])
            elif kind == "power":
                a = rational_power(a, extra)
            elif kind == "power_log":
                a = power_log(a, extra)
            elif kind == "call":
                family, order = extra
                a = LINE if self._calls is None else self._calls(family, order, a)
            else:
                a = logarithm(a) if kind == "log" else exponential(a)
            values.append(a)
        return values[self._result]

    def _place(self, node: Node) -> int:
        if node not in self._places:
            step = self._step(node)
            self._steps.append(step)
            self._places[node] = self._first + len(self._steps) - 1
        return self._places[node]

    def _step(self, node: Node) -> tuple[str, Any, tuple[int, ...]]:
        kind, parts = node.kind, node.parts
        if not node.symbols:
            return "constant", constant(node), ()
        if kind == "sum":
            return kind, None, tuple(map(self._place, parts))
        if kind == "product":
            return kind, None, tuple(map(self._place, self._factors(parts)))
        if kind == "power":
            return kind, parts[1], (self._place(parts[0]),)
        if kind == "power_log":
            return kind, parts[1], (self._place(parts[0]),)
        if kind == "call" and self._calls is not None:
            return kind, parts[:2], (self._place(parts[2]),)
        if kind in ("log", "exp"):
            return kind, None, (self._place(parts[0]),)
        raise reject("hold elementary expressions only", node)

    @staticmethod
    def _factors(parts: Sequence[Node]) -> list[Node]:
        """The factors, with sᵏ log s joined for symbols s: the two run to 0 and −∞ together."""
        left = list(parts)
        for part in parts:
            base, exponent = part.parts if part.kind == "power" else (part, fmpq(1))
            logarithm_of = Node("log", base)
            if base.kind == "symbol" and exponent > 0 and logarithm_of in left:
                left.remove(part)
                left.remove(logarithm_of)
                left.append(Node("power_log", base, exponent))
        return left


def sign_of_ball(value: arb) -> int | None:
    """1 or −1 where the ball shows it, else None."""
    low, high = enclosed(value)
    return 1 if low > 0 else -1 if high < 0 else None
