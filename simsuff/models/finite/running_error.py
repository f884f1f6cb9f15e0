"""Running error analysis: how far the floating-point value of a formula in t can be from the truth."""

from collections.abc import Callable
from functools import lru_cache, reduce

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from simsuff.divergences.symbols import t
from simsuff.numerics.numbers import UNIT

Float = NDArray[np.float64]
Blurred = tuple[Float, Float]
Evaluate = Callable[[Float], Blurred]

# An elementary function or power of libm is within this many units.
FUNCTION_UNITS = 2


def evaluation_error(expression: sp.Expr, at: Float) -> Float:
    """A first-order bound on the rounding error of `expression` evaluated at t = `at` > 0, node by node.

    inf where the expression holds a node that the analysis does not know.
    """
    with np.errstate(all="ignore"):
        error = np.broadcast_to(_analysed(sp.sympify(expression))(at)[1], np.shape(at))
    return np.where(np.isnan(error), np.inf, error)


@lru_cache(maxsize=256)
def _analysed(node: sp.Basic) -> Evaluate:
    """The function of t that gives the value of `node` and a bound on its error; the tree is walked once."""
    if node == t:
        return lambda at: (at, np.zeros(()))
    if node.is_number:
        value = np.asarray(float(node))
        return lambda _: (value, UNIT * np.abs(value))
    children = [_analysed(child) for child in node.args]
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
        else:
            return np.full_like(value, np.nan), np.full_like(value, np.inf)
        return result, np.abs(slope) * error + FUNCTION_UNITS * UNIT * np.abs(result)

    return evaluate
