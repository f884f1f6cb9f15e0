"""How does SymPy learn that a letter lies in an interval? It becomes a function of a positive one."""

from collections.abc import Mapping

import sympy as sp


def positive_coordinates(ranges: Mapping[sp.Symbol, sp.Interval]) -> dict[sp.Symbol, sp.Expr]:
    """Each letter with a half-line or half-open interval as range, as a map from a positive or non-negative one.

    x in (a, b) is (a + b u)/(1 + u) with u > 0, and so on: every value of the range is met, none outside it. A
    letter whose assumptions already give its range, or whose range is closed at both ends, is left alone.
    """
    new = {letter: _coordinate(letter, interval) for letter, interval in ranges.items()}
    return {letter: expression for letter, expression in new.items() if expression != letter}


def _coordinate(letter: sp.Symbol, interval: sp.Interval) -> sp.Expr:
    low, high = interval.start, interval.end
    if low == -sp.oo and high == sp.oo:
        return letter
    if high == sp.oo:
        known = letter.is_positive if interval.left_open else letter.is_nonnegative
        return letter if known and low == 0 else low + _dummy(letter, interval.left_open)
    if low == -sp.oo:
        return high - _dummy(letter, interval.right_open)
    if letter.is_integer or not (interval.left_open or interval.right_open):
        return letter
    start, end = (low, high) if interval.right_open else (high, low)
    u = _dummy(letter, interval.left_open and interval.right_open)
    return (start + end * u) / (1 + u)


def _dummy(letter: sp.Symbol, positive: bool) -> sp.Symbol:
    kind = {"positive": True} if positive else {"nonnegative": True}
    return sp.Dummy(letter.name, integer=letter.is_integer, **kind)
