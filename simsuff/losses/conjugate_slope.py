"""At which ratio t does f'(t) = s? The slope (f*)'(s) of the conjugate weighs the negatives of a loss."""

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence

Float = NDArray[np.float64]
Slope = Callable[[Float], Float]

# log t from e^−150 to e^150: polynomials of degree four in t stay in range, and a smaller t counts as 0.
GRID = np.linspace(-150.0, 150.0, 1201)

# A start within a quarter of the solution in log t has all its digits after five doublings; what Newton's method
# leaves over, at kinks of f', is halved until a double cannot be halved further.
NEWTON_STEPS, BISECTIONS = 6, 60
RESOLVED = 8 * float(np.finfo(np.float64).eps)


def conjugate_slope(div: Divergence) -> Slope:
    """s ↦ t = (f*)'(s) elementwise for s < f'(∞): 0 where s ≤ f'(0+).

    In closed form for the catalogue and the power divergences, otherwise by inverting f' numerically.
    """
    name, alpha = known_form(div)
    if alpha is not None:
        return power_slope(alpha)
    return _CLOSED[name] if name is not None else NumericalSlope(div)


def _js(s: Float) -> Float:
    doubled = np.exp(2 * s)
    values: Float = doubled / (2 - doubled)
    return values


def _le_cam(s: Float) -> Float:
    values: Float = np.maximum(2 / np.sqrt(1 - 2 * s) - 1, 0)
    return values


def power_slope(alpha: float) -> Slope:
    """The slope for f'' = t^(α−2), α ≠ 1: t = (1 + (α − 1)s)^{1/(α−1)}."""
    gamma = alpha - 1

    def slope(s: Float) -> Float:
        # Where 1 + (α−1)s < 0 for α > 1, s lies below f'(0+): the logarithm of 0 gives t = 0.
        values: Float = np.exp(np.log1p(np.maximum(gamma * s, -1)) / gamma)
        return values

    return slope


_CLOSED: dict[str, Slope] = {
    "kl": np.exp,
    "reverse_kl": power_slope(0.0),
    "chi2": lambda s: np.maximum(1 + s / 2, 0),
    "squared_hellinger": lambda s: 1 / (1 - s) ** 2,
    "js": _js,
    "le_cam": _le_cam,
}


@lru_cache(maxsize=256)
def known_form(div: Divergence) -> tuple[str | None, float | None]:
    """The catalogue's name of `div`, or its α, recognised by the expression and not by the name alone."""
    if div.name in _CLOSED and div.expression == DIVERGENCES[div.name].expression:
        return div.name, None
    spelled = re.fullmatch(r"alpha\(([-+.\de]+)\)", div.name)
    if spelled and div.expression == alpha_divergence(float(spelled[1])).expression:
        return None, float(spelled[1])
    return None, None


class NumericalSlope:
    """(f*)' by inverting f': a table of f'(eˣ) on `GRID`, then Newton's method in x within a cell of the table."""

    def __init__(self, div: Divergence) -> None:
        self._div = div
        self._table: Float = np.maximum.accumulate(div.derivative(np.exp(GRID)))

    def __call__(self, s: Float) -> Float:
        """t for each s."""
        goal = np.asarray(s, dtype=np.float64)
        cell = np.clip(np.searchsorted(self._table, goal), 1, GRID.size - 1)
        low, high = GRID[cell - 1], GRID[cell]
        x = self._newton(goal, (low + high) / 2, low, high)
        missed = np.abs(self._div.derivative(np.exp(x)) - goal) > RESOLVED * np.maximum(1, np.abs(goal))
        x[missed] = self._bisected(goal[missed], low[missed], high[missed])
        below = goal < self._table[0]
        return np.where(np.isnan(goal), np.nan, np.where(below, 0.0, np.exp(x)))

    def _newton(self, goal: Float, x: Float, low: Float, high: Float) -> Float:
        for _ in range(NEWTON_STEPS):
            t = np.exp(x)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                moved = x + (goal - self._div.derivative(t)) / (t * self._div.second_derivative(t))
            x = np.clip(np.where(np.isfinite(moved), moved, x), low, high)
        return x

    def _bisected(self, goal: Float, low: Float, high: Float) -> Float:
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = self._div.derivative(np.exp(middle)) > goal
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return (low + high) / 2
