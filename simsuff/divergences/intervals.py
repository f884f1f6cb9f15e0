"""Bounds of an expression over an interval: its natural extension in outward-rounded arithmetic."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import sympy as sp
from mpmath import iv, mp
from mpmath.libmp import mpi_pow

Interval = Any


@contextmanager
def working_digits(digits: int) -> Iterator[None]:
    """The precision of numbers and intervals of mpmath inside of the block."""
    before = iv.dps
    with mp.workdps(digits):
        iv.dps = digits
        try:
            yield
        finally:
            iv.dps = before


def enclose(expression: sp.Expr, symbol: sp.Symbol, low: Any, high: Any) -> Interval:
    """An mpmath interval that contains the value of `expression` for every `symbol` in [low, high]."""
    return _node(expression, symbol, iv.mpf([low, high]))


def enclose_at(expression: sp.Expr, symbol: sp.Symbol, value: Any) -> Interval:
    """An mpmath interval that contains the value of `expression` at `value`."""
    return enclose(expression, symbol, value, value)


def _node(node: sp.Basic, symbol: sp.Symbol, box: Interval) -> Interval:
    if node == symbol:
        return box
    if isinstance(node, sp.Rational):
        return iv.mpf(int(node.p)) / int(node.q)
    if isinstance(node, sp.Float):
        return iv.mpf(mp.mpf(node))
    children = [_node(child, symbol, box) for child in node.args]
    if isinstance(node, sp.Add):
        return sum(children[1:], children[0])
    if isinstance(node, sp.Mul):
        return reduce(lambda a, b: a * b, children)
    if isinstance(node, sp.Pow):
        return _power(node, children)
    return _function(node, children)


def _power(node: sp.Pow, children: list[Interval]) -> Interval:
    base, exponent = children
    if isinstance(node.exp, sp.Integer):
        return base ** int(node.exp)
    if node.exp == sp.Rational(1, 2):
        return iv.sqrt(base)
    return iv.make_mpf(mpi_pow(base._mpi_, exponent._mpi_, iv.prec))


def _function(node: sp.Basic, children: list[Interval]) -> Interval:
    if node is sp.pi or node == sp.pi:
        return iv.pi
    if node == sp.E:
        return iv.e
    first = children[0]
    if isinstance(node, sp.exp):
        return iv.exp(first)
    if isinstance(node, sp.log):
        return iv.log(first)
    if isinstance(node, sp.Abs):
        return abs(first)
    if isinstance(node, sp.Max | sp.Min):
        pick = max if isinstance(node, sp.Max) else min
        return iv.mpf([pick(c.a for c in children), pick(c.b for c in children)])
    if isinstance(node, sp.sign | sp.Heaviside):
        bottom = -1 if isinstance(node, sp.sign) else 0
        return iv.mpf([1 if first.a > 0 else bottom, bottom if first.b < 0 else 1])
    raise TypeError(f"no interval extension of {node.func}")


def bounds(interval: Interval) -> tuple[Any, Any]:
    """The end points as mpmath numbers."""
    return mp.mpf(interval.a._mpi_[0]), mp.mpf(interval.b._mpi_[1])


def bounds_over(expression: sp.Expr, symbol: sp.Symbol, low: Any, high: Any) -> tuple[Any, Any]:
    """Bounds of `expression` over [low, high]; −∞ and ∞ where part of the enclosure is outside of its domain."""
    try:
        return bounds(enclose(expression, symbol, low, high))
    except (ValueError, ZeroDivisionError, OverflowError):
        return mp.ninf, mp.inf
