"""What can be known of any convex f from its expression? Values at extreme ratios, growth at both ends, kinks."""

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t

Float = NDArray[np.float64]

# Enough for double precision away from r = 1; f behaves like (log r)² there and loses twice the digits of log r.
DIGITS = 60

# Slower growth than this power is measured between e^{10^12} and its square, where a logarithmic factor
# contributes less than 1e-12 to the exponent.
FASTEST_POWER = 1e4
NEAR, FAR = 300.0, 1e12


class Growth(NamedTuple):
    """f(t) grows like t^`infinity` as t → ∞ and like t^`zero` as t → 0, up to factors slower than any power."""

    zero: float
    infinity: float


def log_values(div: Divergence, log_ratio: Float, scale: float = 1.0) -> Float:
    """log of f̃(r) min(1, 1/r) at log r, f̃ = f − f'(1)(r − 1) ≥ 0 (P3); −inf where it vanishes.

    Good to double precision down to |log r| = 1e-20 `scale`, `scale` ≤ 1.
    """
    digits = DIGITS - 2 * int(np.floor(np.log10(min(scale, 1.0))))
    function = _normalised(div.expression, digits)
    with mpmath.workdps(digits):
        return np.array([_log(function, float(value), float(max(value, 0.0))) for value in log_ratio])


def growth(div: Divergence) -> Growth:
    """The powers with which f̃ grows at both ends; ±inf where it outgrows every power."""
    function = _normalised(div.expression, DIGITS)
    with mpmath.workdps(DIGITS):
        return Growth(-_power(function, -1.0), _power(function, 1.0))


def kinks(div: Divergence) -> list[float]:
    """log r at the kinks of f that its expression shows (Abs, Max, Min), increasing."""
    arguments = [atom.args[0] for atom in sp.sympify(div.expression).atoms(sp.Abs)]
    for atom in sp.sympify(div.expression).atoms(sp.Max, sp.Min):
        arguments += [a - b for a, b in combinations(atom.args, 2)]
    roots = {
        float(root) for argument in arguments for root in sp.real_roots(sp.numer(sp.together(argument)), t)
    }
    return sorted(float(np.log(root)) for root in roots if root > 0)


@lru_cache(maxsize=64)
def _normalised(expression: sp.Expr, digits: int) -> Callable[[Any], Any]:
    """r ↦ f(r) − f'(1)(r − 1) for mpmath numbers."""
    function = sp.lambdify(t, expression, "mpmath")
    with mpmath.workdps(digits):
        slope = mpmath.mpf(sp.N(sp.diff(expression, t).subs(t, 1), digits))
    return lambda ratio: function(ratio) - slope * (ratio - 1)


def _log(function: Callable[[Any], Any], log_ratio: float, discount: float) -> float:
    value = abs(function(mpmath.exp(log_ratio)))
    return -np.inf if value == 0 else float(mpmath.log(value)) - discount


def _power(function: Callable[[Any], Any], direction: float) -> float:
    """The power of e^{x} with which f̃(e^{direction x}) grows."""
    rough = _slope(function, direction, NEAR)
    return np.inf if rough > FASTEST_POWER else _slope(function, direction, FAR)


def _slope(function: Callable[[Any], Any], direction: float, x: float) -> float:
    first, second = (_log(function, direction * scale * x, 0.0) for scale in (1, 2))
    return 0.0 if first == -np.inf or second == -np.inf else (second - first) / x
