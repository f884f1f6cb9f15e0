"""At which ratio t does f'(t) = s, for an f without a known inverse of its derivative?"""

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence

Float = NDArray[np.float64]

# log t from −150 to 150: polynomials of degree four in t stay in range, and a smaller t counts as 0.
GRID = np.linspace(-150.0, 150.0, 1201)

# A start within a quarter of the solution in log t has all its digits after five doublings; what Newton's method
# leaves over, at kinks of f', is halved until a double cannot be halved further.
NEWTON_STEPS, BISECTIONS = 6, 60
RESOLVED = 8 * float(np.finfo(np.float64).eps)


class NumericalSlope:
    """(f*)' by inverting f': a table of f'(eˣ) on `GRID`, then Newton's method in x within a cell of the table."""

    def __init__(self, div: Divergence) -> None:
        self._div = div
        self._table: Float = np.maximum.accumulate(div.derivative(np.exp(GRID)))

    def __call__(self, s: Float) -> Float:
        """t for each s < f'(∞): 0 where s ≤ f'(0+)."""
        goal = np.asarray(s, dtype=np.float64)
        cell = np.clip(np.searchsorted(self._table, goal), 1, GRID.size - 1)
        low, high = GRID[cell - 1], GRID[cell]
        x = self._newton(goal, (low + high) / 2, low, high)
        missed = np.abs(self._div.derivative(np.exp(x)) - goal) > RESOLVED * np.maximum(1, np.abs(goal))
        x[missed] = self._bisected(goal[missed], low[missed], high[missed])
        return np.where(goal < self._table[0], 0.0, np.exp(x))

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
