"""The minimum of a convex function from its values alone, with a bound that convexity proves."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simsuff.numerics.validation import Float, Integer

# Each round evaluates a grid and keeps the two intervals beside its lowest point: seven rounds shrink a bracket by
# 32⁷, to which a minimum, being flat, is blind.
INTERVALS, ROUNDS = 64, 7
FRACTIONS = np.arange(INTERVALS + 1) / INTERVALS


class Minimum(NamedTuple):
    """Where each function was lowest, its value there, and how much lower its infimum may be: arrays of one shape."""

    place: Float
    value: Float
    gap: Float


def convex_minimum(function: Callable[[Float], Float], low: Float, high: Float) -> Minimum:
    """The minima over [low, high], entry by entry, of functions that are convex there; +∞ is allowed at an end.

    A convex function lies above the extension of each of its secants. So with values a, b, c at neighbouring points of
    a grid, b the lowest, the infimum is at least b − max(a − b, c − b); at an end of the grid two secants do as well.
    The values count as exact: their rounding is up to the caller.

    Parameters
    ----------
    function : takes points of shape (..., g) and returns values of that shape, for low and high of shape (...).

    Examples
    --------
    >>> found = convex_minimum(lambda x: (x - 0.3) ** 2, np.array(-1.0), np.array(1.0))
    >>> bool(abs(found.place - 0.3) < 1e-9), bool(found.gap < 1e-18)
    (True, True)
    """
    for _ in range(ROUNDS):
        grid = low[..., None] + (high - low)[..., None] * FRACTIONS
        grid[..., -1] = high
        values = function(grid)
        best = np.argmin(values, axis=-1)
        low, high = _at(grid, np.maximum(best - 1, 0)), _at(grid, np.minimum(best + 1, INTERVALS))
    return Minimum(_at(grid, best), _at(values, best), _gap(values, best))


def _at(table: Float, index: Integer) -> Float:
    return np.asarray(np.take_along_axis(table, index[..., None], axis=-1)[..., 0])


def _gap(values: Float, best: Integer) -> Float:
    """How far below the lowest value the infimum may be, on either side of it."""
    # Beyond the grid there is nothing to be lower, and no secant to tell.
    beside = [(0, 0)] * (values.ndim - 1) + [(2, 2)]
    padded = np.pad(values, beside, constant_values=np.inf)
    two_left, left, here, right, two_right = (_at(padded, best + step) for step in range(5))
    sides = []
    for near, far, other in ((left, two_left, right), (right, two_right, left)):
        with np.errstate(invalid="ignore"):
            across = np.where(np.isfinite(other), other - here, np.inf)
            along = np.where(np.isfinite(near) & np.isfinite(far), here - 2 * near + far, np.inf)
        outside = (best == 0) if near is left else (best == values.shape[-1] - 1)
        sides.append(np.where(outside, 0.0, np.minimum(across, along)))
    return np.maximum(np.maximum(*sides), 0.0)
