"""f evaluated by its own formula, piece by piece, with a bound on the rounding: for an f from which no kernel is derived.

Every number comes with a running error analysis of its tree; one that may have lost digits is returned as NaN, which
the divergence recomputes in high precision.
"""

from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences.kinks import kinks, pieces
from simsuff.divergences.symbols import t
from simsuff.numerics.numbers import UNIT

Float = NDArray[np.float64]
Blurred = tuple[Float, Float]
Evaluate = Callable[[Float], Blurred]

EPS = float(np.finfo(np.float64).eps)

# An elementary function or power of libm is within this many units.
FUNCTION_UNITS = 2
# A value whose error may be larger than this share of it is recomputed.
LARGEST_ERROR = 64 * EPS

STEP = sp.Dummy("d", real=True)


class Direct:
    """The functions of `Kernels` at interior points, NaN where digits may be lost. There is no formula of f*."""

    def __init__(self, f: sp.Expr) -> None:
        self._pieces = pieces(f)
        self._edges = np.array([float(piece.low) for piece in self._pieces[1:]])
        self._kinks = [(float(k.place), float(k.subgradient)) for k in kinks(f)]
        self._orders = [[sp.diff(p.expression, t, order) for p in self._pieces] for order in range(3)]
        self._near = [piece.expression.subs(t, 1 + STEP) for piece in self._pieces]

    def __contains__(self, name: str) -> bool:
        return False

    def __call__(self, name: str, *arguments: ArrayLike) -> Float:
        """The function called `name`, elementwise."""
        function = getattr(self, name)
        with np.errstate(all="ignore"):
            value, error = function(*np.broadcast_arrays(*arguments))
        return np.where(error <= LARGEST_ERROR * np.abs(value), value, np.nan)

    def conjugate(self, s: ArrayLike) -> Float:
        """NaN: the supremum itself is computed."""
        return np.full(np.shape(s), np.nan)

    def generator(self, point: Float, d: Float) -> Blurred:
        """f(1 + d), from d where it is small."""
        near = np.abs(d) < 0.5
        values, errors = self._piecewise(self._orders[0], point, t, point)
        close = self._piecewise(self._near, np.where(near, d, 0.0), STEP, point)
        return np.where(near, close[0], values), np.where(near, close[1], errors)

    def excess(self, point: Float, d: Float) -> Blurred:
        """f(1 + d) − f'(1) d."""
        slope = self.derivative(np.ones(1))
        return _sum([self.generator(point, d), _product((-slope[0], slope[1]), (d, 0 * d))])

    def derivative(self, point: Float) -> Blurred:
        """f'(t), the mean of both slopes at a kink."""
        value, error = self._piecewise(self._orders[1], point, t, point)
        for place, subgradient in self._kinks:
            value, error = np.where(point == place, subgradient, value), np.where(point == place, 0.0, error)
        return value, error

    def second(self, point: Float) -> Blurred:
        """f''(t)."""
        return self._piecewise(self._orders[2], point, t, point)

    def bregman(self, a: Float, b: Float) -> Blurred:
        """f(a) − f(b) − f'(b)(a − b)."""
        first, second = (self.generator(x, x - 1) for x in (a, b))
        distance = a - b
        linear = _product(self.derivative(b), (-distance, UNIT * np.abs(distance)))
        value, error = _sum([first, (-second[0], second[1]), linear])
        return np.where(a == b, 0.0, value), np.where(a == b, 0.0, error)

    def _piecewise(self, expressions: list[sp.Expr], at: Float, symbol: sp.Symbol, point: Float) -> Blurred:
        """Each expression at those arguments `at` whose `point` lies in its piece."""
        index = np.searchsorted(self._edges, point)
        value, error = np.full(point.shape, np.nan), np.full(point.shape, np.inf)
        for k, expression in enumerate(expressions):
            inside = index == k
            if inside.any():
                value[inside], error[inside] = blurred(expression, at[inside], symbol)
        return value, error


def evaluation_error(expression: sp.Expr, at: Float) -> Float:
    """A first-order bound on the rounding error of `expression` evaluated at t = `at` > 0, node by node.

    inf where the expression holds a node that the analysis does not know.
    """
    with np.errstate(all="ignore"):
        return blurred(sp.sympify(expression), at, t)[1]


def blurred(expression: sp.Expr, at: Float, symbol: sp.Symbol) -> Blurred:
    """The value of `expression` at exact arguments `at`, and a bound on its rounding, inf where there is none."""
    value, error = (np.broadcast_to(part, np.shape(at)) for part in _analysed(expression, symbol)(at))
    return value, np.where(np.isnan(error) | np.isnan(value), np.inf, error)


@lru_cache(maxsize=256)
def _analysed(node: Any, symbol: sp.Symbol) -> Evaluate:
    """The function of the symbol that gives the value of `node` and a bound on its error; the tree is walked once."""
    if node == symbol:
        return lambda at: (at, np.zeros(()))
    if node.is_number:
        value = np.asarray(float(node))
        is_exact = node.is_Rational and sp.Rational(float(node)) == node
        rounding = np.asarray(0.0 if is_exact else UNIT * abs(float(node)))
        return lambda _: (value, rounding)
    children = [_analysed(child, symbol) for child in node.args]
    if isinstance(node, sp.Add):
        return lambda at: _sum([child(at) for child in children])
    if isinstance(node, sp.Mul):
        return lambda at: reduce(_product, [child(at) for child in children])
    if isinstance(node, sp.Max | sp.Min):
        pick = np.maximum if isinstance(node, sp.Max) else np.minimum

        def extreme(at: Float) -> Blurred:
            values, errors = zip(*[child(at) for child in children], strict=True)
            return reduce(pick, values), reduce(np.maximum, errors)

        return extreme
    return _function(node, children)


def _sum(children: list[Blurred]) -> Blurred:
    """A sum in any order: each partial sum is at most the sum of sizes."""
    value, size, carried = (np.zeros(()) for _ in range(3))
    for term, error in children:
        value, size, carried = value + term, size + np.abs(term), carried + error
    return value, carried + (len(children) - 1) * UNIT * size


def _product(first: Blurred, second: Blurred) -> Blurred:
    value = first[0] * second[0]
    mixed = np.abs(first[0]) * second[1] + np.abs(second[0]) * first[1] + first[1] * second[1]
    return value, mixed + UNIT * np.abs(value)


def _function(node: sp.Basic, children: list[Evaluate]) -> Evaluate:
    """Error of an argument times the slope of the function there, plus the rounding of the function itself."""
    power = float(node.exp) if isinstance(node, sp.Pow) and node.exp.is_number else None

    def evaluate(at: Float) -> Blurred:
        value, error = children[0](at)
        if isinstance(node, sp.exp):
            result, slope = np.exp(value), np.exp(value)
        elif isinstance(node, sp.log):
            result, slope = np.log(value), 1 / value
        elif isinstance(node, sp.Abs):
            return np.abs(value), error
        elif power is not None:
            result, slope = value**power, power * value ** (power - 1)
            if sp.Rational(power) != node.exp:
                error = error + UNIT * np.abs(value * np.log(value))  # the exponent is rounded
        else:
            return np.full_like(value, np.nan), np.full_like(value, np.inf)
        return result, np.abs(slope) * error + FUNCTION_UNITS * UNIT * np.abs(result)

    return evaluate
