"""How far from the truth can the floating-point value of an expression be? A running error analysis of its tree."""

from functools import reduce

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from simsuff.divergences.symbols import t

Float = NDArray[np.float64]
Blurred = tuple[Float, Float]

UNIT = float(np.finfo(np.float64).eps) / 2

# An elementary function or power of libm is within this many units.
FUNCTION_UNITS = 2


def evaluation_error(expression: sp.Expr, at: Float) -> Float:
    """A first-order bound on the rounding error of `expression` evaluated at t = `at` > 0, node by node.

    inf where the expression holds a node that the analysis does not know.
    """
    with np.errstate(all="ignore"):
        error = _node(sp.sympify(expression), at)[1]
    return np.where(np.isnan(error), np.inf, error)


def _node(node: sp.Basic, at: Float) -> Blurred:
    if node == t:
        return at, np.zeros_like(at)
    if node.is_number:
        value = np.full_like(at, float(node))
        return value, UNIT * np.abs(value)
    children = [_node(child, at) for child in node.args]
    if isinstance(node, sp.Add):
        return _sum(children)
    if isinstance(node, sp.Mul):
        return reduce(_product, children)
    if isinstance(node, sp.Max | sp.Min):
        pick = np.maximum if isinstance(node, sp.Max) else np.minimum
        return reduce(pick, [child[0] for child in children]), reduce(np.maximum, [c[1] for c in children])
    return _function(node, children)


def _sum(children: list[Blurred]) -> Blurred:
    """A sum in any order: each partial sum is at most the sum of sizes."""
    size = sum((np.abs(child[0]) for child in children), np.zeros_like(children[0][0]))
    carried = sum((child[1] for child in children), np.zeros_like(size))
    value = sum((child[0] for child in children), np.zeros_like(size))
    return value, carried + (len(children) - 1) * UNIT * size


def _product(first: Blurred, second: Blurred) -> Blurred:
    value = first[0] * second[0]
    mixed = np.abs(first[0]) * second[1] + np.abs(second[0]) * first[1] + first[1] * second[1]
    return value, mixed + UNIT * np.abs(value)


def _function(node: sp.Basic, children: list[Blurred]) -> Blurred:
    """Error of an argument times the slope of the function there, plus the rounding of the function itself."""
    value, error = children[0]
    if isinstance(node, sp.exp):
        result, slope = np.exp(value), np.exp(value)
    elif isinstance(node, sp.log):
        result, slope = np.log(value), 1 / value
    elif isinstance(node, sp.Abs):
        return np.abs(value), error
    elif isinstance(node, sp.Pow) and node.exp.is_number:
        power = float(node.exp)
        result, slope = value**power, power * value ** (power - 1)
    else:
        return np.full_like(value, np.nan), np.full_like(value, np.inf)
    return result, np.abs(slope) * error + FUNCTION_UNITS * UNIT * np.abs(result)
