"""The smooth pieces of f, the places where f' jumps, where f'' is singular, and whether f is defined on all of (0, ∞)."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import mpmath
import sympy as sp

from simsuff.divergences.signs import ROOT_DIGITS, sign_at, zeros
from simsuff.divergences.symbols import is_visibly, t
from simsuff.numerics.validation import refuse

# So far from a place a slope is read off where f' has no formula at the place itself.
BESIDE = sp.Rational(1, 10**40)
# Slopes on both sides that agree to so many digits are the same.
SAME = sp.Rational(1, 10**35)


@dataclass(frozen=True)
class Piece:
    """f equals the smooth `expression` on (low, high); at the places `singular` of [low, high] it is not analytic."""

    low: sp.Expr
    high: sp.Expr
    expression: sp.Expr
    singular: tuple[sp.Expr, ...] = ()


@dataclass(frozen=True)
class Kink:
    """At `place`, f' rises from `left` to `right`; `subgradient`, the mean, is what f' is there."""

    place: sp.Expr
    left: sp.Expr
    right: sp.Expr

    @property
    def subgradient(self) -> sp.Expr:
        """The mean of the slopes on both sides."""
        return (self.left + self.right) / 2


def is_smooth(f: sp.Expr) -> bool:
    """Whether f is written without abs, max and min."""
    return not f.has(sp.Abs, sp.Max, sp.Min)


@lru_cache(maxsize=128)
def pieces(f: sp.Expr) -> list[Piece]:
    """The smooth pieces of f, from left to right.

    Raises
    ------
    ValueError : f is undefined at some t > 0, or its kinks cannot be isolated.
    """
    found: list[Piece] = []
    for piece in _split(f, sp.S.Zero, sp.oo):
        if found and found[-1].expression == piece.expression:
            last = found.pop()
            found.append(Piece(last.low, piece.high, last.expression, last.singular + piece.singular))
        else:
            found.append(piece)
    return found


def places(f: sp.Expr) -> list[sp.Expr]:
    """The t > 0 at which f changes its formula or is not analytic, increasing."""
    inner = {piece.low for piece in pieces(f)[1:]}
    return sorted(inner.union(*(piece.singular for piece in pieces(f))))


def _split(f: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[Piece]:
    """Cut where the arguments of the innermost abs, max and min change places, and go on with each part."""
    inner = [atom for atom in f.atoms(sp.Abs, sp.Max, sp.Min) if all(map(is_smooth, atom.args))]
    if not inner:
        return [Piece(low, high, f, tuple(_singular(f, low, high)))]
    cuts: set[sp.Expr] = set()
    for atom in sorted(inner, key=sp.default_sort_key):
        for argument in atom.args:
            _singular(argument, low, high)
        pairs = combinations(atom.args, 2) if not isinstance(atom, sp.Abs) else [(atom.args[0], sp.S.Zero)]
        for first, second in pairs:
            cuts |= set(zeros(first - second, low, high))
    found = []
    for a, b in pairwise([low, *sorted(cuts), high]):
        at = _inside(a, b)
        found += _split(f.xreplace({atom: _branch(atom, at) for atom in inner}), a, b)
    return found


def _branch(atom: sp.Expr, at: sp.Expr) -> sp.Expr:
    """The argument that an abs, max or min takes at t = `at`."""
    if isinstance(atom, sp.Abs):
        return atom.args[0] if sign_at(atom.args[0], at) >= 0 else -atom.args[0]
    sign = 1 if isinstance(atom, sp.Max) else -1
    best = atom.args[0]
    for argument in atom.args[1:]:
        best = argument if sign * sign_at(argument - best, at) > 0 else best
    return best


def _inside(low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """A point strictly between the ends."""
    return 2 * low + 1 if high == sp.oo else (low + high) / 2


def _singular(smooth: sp.Expr, low: sp.Expr, high: sp.Expr) -> list[sp.Expr]:
    """Where in [low, high] a root of 0 is taken: a smooth expression is analytic elsewhere.

    Raises
    ------
    ValueError : inside of (low, high) a logarithm or root of a negative number is taken, or a division by 0.
    """
    places = []
    for node in sp.postorder_traversal(smooth):
        is_log, is_power = isinstance(node, sp.log), isinstance(node, sp.Pow) and node.base.has(t)
        if not (is_log or is_power) or is_visibly("positive", node.args[0]):
            continue
        base, exponent = node.args[0], sp.S.Zero if is_log else node.exp
        is_root = is_log or not exponent.is_Integer
        if not is_root and exponent > 0:
            continue
        inside = zeros(base, low, high)
        if inside and (is_log or not exponent.is_positive):
            raise _undefined(node, inside[0])
        if is_root:
            for a, b in pairwise([low, *inside, high]):
                if sign_at(base, _inside(a, b)) <= 0:
                    raise _undefined(node, _inside(a, b))
            ends = [end for end in (low, high) if end not in (0, sp.oo) and _vanishes(base, end)]
            places += inside + ends
    return places


def _vanishes(base: sp.Expr, at: sp.Expr) -> bool:
    try:
        return sign_at(base, at) == 0
    except (ArithmeticError, ValueError, TypeError):
        return True  # undefined at an end to which rounding has moved it


def _undefined(node: sp.Expr, at: sp.Expr) -> ValueError:
    shown = f"{node} is undefined at t = {float(at):.6g}"
    return refuse(
        "f", shown, "be a finite real number for every t > 0", "a divergence needs f on all of (0, ∞)"
    )


@lru_cache(maxsize=128)
def kinks(f: sp.Expr) -> list[Kink]:
    """The points at which f' jumps."""
    found = []
    for before, after in pairwise(pieces(f)):
        place = after.low
        left, right = _slope(before.expression, place, -1), _slope(after.expression, place, 1)
        if abs(sp.N(right - left, ROOT_DIGITS)) > SAME * (1 + abs(sp.N(left, ROOT_DIGITS))):
            found.append(Kink(place, left, right))
    return found


def _slope(smooth: sp.Expr, place: sp.Expr, side: int) -> sp.Expr:
    slope = sp.diff(smooth, t)
    value = slope.subs(t, place) if place.is_Rational else sp.N(slope.subs(t, place), ROOT_DIGITS)
    is_number = value.is_real and value.is_finite
    return value if is_number else sp.N(slope.subs(t, place * (1 + side * BESIDE)), ROOT_DIGITS)


def evaluator(f: sp.Expr, order: int) -> Callable[[Any], Any]:
    """The derivative of this order, 0 to 2, for mpmath numbers; f' at a kink is the mean of both slopes."""
    parts = pieces(f)
    functions = [sp.lambdify(t, sp.diff(piece.expression, t, order), "mpmath") for piece in parts]
    if len(parts) == 1:
        return functions[0]  # type: ignore[no-any-return]
    edges = [sp.lambdify((), piece.low, "mpmath")() for piece in parts[1:]]
    means = {}
    if order == 1:
        means = {edges[i]: k for k in kinks(f) for i, p in enumerate(parts[1:]) if p.low == k.place}

    def value(point: Any) -> Any:
        if point in means:
            return mpmath.mpf(sp.N(means[point].subgradient, mpmath.mp.dps))
        return functions[bisect_left(edges, point)](point)

    return value
