"""Ranges of expressions over many boxes at once: NumPy intervals, outward rounded.

IEEE arithmetic rounds +, −, ×, ÷ and √ to nearest, so one step outward encloses; log and exp come from mpmath's
interval arithmetic. An infinite endpoint is a limit that is not attained, hence 0·∞ = 0.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp
from mpmath import iv
from numpy.typing import NDArray

Float = NDArray[np.float64]
INF = np.inf
_BITS = 80


class Range(NamedTuple):
    """Lower and upper ends, one entry for each box."""

    lo: Float
    hi: Float


def _out(lo: Float, hi: Float) -> Range:
    bad = np.isnan(lo) | np.isnan(hi)
    low = np.where(bad, -INF, np.nextafter(lo, -INF))
    return Range(low, np.where(bad, INF, np.nextafter(hi, INF)))


def add(a: Range, b: Range) -> Range:
    """a + b, exact where the sum is."""
    with np.errstate(invalid="ignore", over="ignore"):
        return Range(_sum_below(a.lo, b.lo), -_sum_below(-a.hi, -b.hi))


def _sum_below(a: Float, b: Float) -> Float:
    # Knuth's error term, which is exact: a rounded-up sum steps down, any other is already below.
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    step = (error < 0) | ~np.isfinite(error)
    lower: Float = np.where(step, np.nextafter(total, -INF), total)
    return np.where(np.isnan(lower), -INF, lower)


def negate(a: Range) -> Range:
    """−a."""
    return Range(-a.hi, -a.lo)


def _product(a: Float, b: Float) -> Float:
    raw = a * b
    tiny = np.sign(a) * np.sign(b) * 5e-324
    return np.where((a == 0) | (b == 0), 0.0, np.where(raw == 0, tiny, raw))


def multiply(a: Range, b: Range) -> Range:
    """a · b."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        ends = np.stack([_product(x, y) for x in a for y in b])
    lo, hi = ends.min(axis=0), ends.max(axis=0)
    out = _out(lo, hi)
    return Range(np.where(lo == 0, 0.0, out.lo), np.where(hi == 0, 0.0, out.hi))


def reciprocal(a: Range) -> Range:
    """1/a, the real line where 0 lies inside."""
    with np.errstate(divide="ignore", over="ignore"):
        lo, hi = 1 / np.where(a.hi == 0, -0.0, a.hi), 1 / np.where(a.lo == 0, 0.0, a.lo)
    out = _out(lo, hi)
    inside = (a.lo < 0) & (a.hi > 0)
    zero = (a.lo == 0) & (a.hi == 0)
    low = np.where((a.lo >= 0) & (out.lo < 0), 0.0, out.lo)
    high = np.where((a.hi <= 0) & (out.hi > 0), 0.0, out.hi)
    return Range(np.where(inside | zero, -INF, low), np.where(inside | zero, INF, high))


def size(a: Range) -> Range:
    """|a|."""
    crossing = (a.lo < 0) & (a.hi > 0)
    ends = np.sort(np.abs(np.stack(a)), axis=0)
    return Range(np.where(crossing, 0.0, ends[0]), ends[1])


def integer_power(a: Range, exponent: int) -> Range:
    """aⁿ, sharp for even n."""
    if exponent < 0:
        return reciprocal(integer_power(a, -exponent))
    base = size(a) if exponent % 2 == 0 else a
    low, high = Range(base.lo, base.lo), Range(base.hi, base.hi)
    bottom, top = low, high
    for _ in range(exponent - 1):
        bottom, top = multiply(bottom, low), multiply(top, high)
    return Range(bottom.lo, top.hi)


def root(a: Range) -> Range:
    """√|a|."""
    inner = size(a)
    out = _out(np.sqrt(inner.lo), np.sqrt(inner.hi))
    return Range(np.maximum(out.lo, 0.0), np.where(inner.hi == 0, 0.0, out.hi))


@lru_cache(maxsize=200_000)
def _log_end(x: float) -> tuple[float, float]:
    if x == 0 or x == INF:
        return (-INF, -INF) if x == 0 else (INF, INF)
    return _ends(iv.log(iv.mpf(x)))


@lru_cache(maxsize=200_000)
def _exp_end(x: float) -> tuple[float, float]:
    if np.isinf(x) or x > 700:
        return (0.0, 0.0) if x < 0 else (1e300, INF)
    low, high = _ends(iv.exp(iv.mpf(x)))
    return max(low, 0.0), high


def _ends(value: iv.mpf) -> tuple[float, float]:
    low, high = float(value.a), float(value.b)
    return float(np.nextafter(low, -INF)), float(np.nextafter(high, INF))


def _by_ends(ends: Callable[[float], tuple[float, float]], a: Range) -> Range:
    return Range(np.array([ends(float(x))[0] for x in a.lo]), np.array([ends(float(x))[1] for x in a.hi]))


def log(a: Range) -> Range:
    """log |a|."""
    return _by_ends(_log_end, size(a))


def exp(a: Range) -> Range:
    """exp a."""
    return _by_ends(_exp_end, a)


def power_log(a: Range, exponent: sp.Rational) -> Range:
    """aᵏ log a for k > 0, with its limit 0 at 0: it falls to −1/(ek) at e^{−1/k}, then rises."""
    inner = Range(np.maximum(a.lo, 0.0), a.hi)
    left, right = (_power_log_at(Range(x, x), exponent) for x in inner)
    turn, bottom = constant(sp.exp(-1 / exponent), inner), constant(-1 / (sp.E * exponent), inner)
    across = (inner.lo < turn.hi) & (inner.hi > turn.lo)
    return Range(np.where(across, bottom.lo, np.minimum(left.lo, right.lo)), np.maximum(left.hi, right.hi))


def _power_log_at(point: Range, exponent: sp.Rational) -> Range:
    value = multiply(power(point, exponent), log(point))
    return Range(np.where(point.lo == 0, 0.0, value.lo), np.where(point.lo == 0, 0.0, value.hi))


def power(a: Range, exponent: sp.Rational) -> Range:
    """a to a rational power, |a| where the exponent is not an integer."""
    if exponent.is_Integer:
        return integer_power(a, int(exponent))
    if exponent.q == 2:
        return integer_power(root(a), int(exponent.p))
    if exponent < 0:
        return reciprocal(power(a, -exponent))
    found = exp(multiply(log(a), constant(exponent, a)))
    return Range(np.where(size(a).lo == 0, 0.0, found.lo), found.hi)


def constant(value: sp.Expr, like: Range) -> Range:
    """An exact number, enclosed."""
    low, high = _constant(value)
    return Range(np.full_like(like.lo, low), np.full_like(like.hi, high))


@lru_cache(maxsize=10_000)
def _constant(value: sp.Expr) -> tuple[float, float]:
    if value.is_Integer and abs(int(value)) < 2**53:
        return float(value), float(value)
    return _ends(_interval(value))


def number_sign(value: sp.Expr) -> int:
    """1, −1, or 0 where an exact number is shown to be 0; −1 also where neither a range nor algebra shows anything."""
    low, high = _constant(value)
    if low > 0 or high < 0:
        return 1 if low > 0 else -1
    return 0 if sp.simplify(sp.expand_log(value, force=True)) == 0 else -1


def _interval(value: sp.Expr) -> iv.mpf:
    iv.prec = _BITS
    if value.is_Rational:
        return iv.mpf(int(value.p)) / iv.mpf(int(value.q))
    if value is sp.E:
        return iv.e
    parts = [_interval(part) for part in value.args]
    if isinstance(value, sp.Add):
        return sum(parts, iv.mpf(0))
    if isinstance(value, sp.Mul):
        total = iv.mpf(1)
        for part in parts:
            total = total * part
        return total
    if isinstance(value, sp.Pow):
        return parts[0] ** parts[1]
    if isinstance(value, sp.log | sp.exp):
        return (iv.log if isinstance(value, sp.log) else iv.exp)(parts[0])
    raise ValueError(f"a certificate must hold elementary numbers only: {value}")


Opaque = Callable[[str, Range], Range]


def evaluate(node: sp.Expr, boxes: Mapping[sp.Symbol, Range], opaque: Opaque) -> Range:
    """The ranges of an expression; `opaque` evaluates its applied functions by name."""
    like = next(iter(boxes.values()))
    return _evaluate(sp.sympify(node), dict(boxes), opaque, like)


def _evaluate(node: sp.Expr, known: dict[sp.Expr, Range], opaque: Opaque, like: Range) -> Range:
    if node not in known:
        known[node] = _apply(node, known, opaque, like)
    return known[node]


def _apply(node: sp.Expr, known: dict[sp.Expr, Range], opaque: Opaque, like: Range) -> Range:
    if not node.free_symbols:
        return constant(node, like)
    if isinstance(node, sp.Mul):
        return _apply_product(node, known, opaque, like)
    inner = [_evaluate(part, known, opaque, like) for part in node.args if part.free_symbols or node.is_Add]
    if isinstance(node, sp.Add):
        total = inner[0]
        for part in inner[1:]:
            total = add(total, part)
        return total
    if isinstance(node, sp.Pow):
        return power(inner[0], node.exp)
    if isinstance(node, sp.log | sp.exp):
        return log(inner[0]) if isinstance(node, sp.log) else exp(inner[0])
    return opaque(type(node).__name__, inner[0])


def _apply_product(node: sp.Mul, known: dict[sp.Expr, Range], opaque: Opaque, like: Range) -> Range:
    powers = dict(node.as_powers_dict())
    total = constant(sp.Integer(1), like)
    for symbol in sorted(node.free_symbols, key=str):
        if powers.get(symbol, 0) > 0 and powers.get(sp.log(symbol), 0) == 1:
            total = multiply(total, power_log(known[symbol], powers.pop(symbol)))
            del powers[sp.log(symbol)]
    for base, exponent in powers.items():
        total = multiply(total, _evaluate(base**exponent, known, opaque, like))
    return total
