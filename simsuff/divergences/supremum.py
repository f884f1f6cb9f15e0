"""The conjugate sup_{t>0} st − f(t) where no formula gives it, with a bound on the error.

With f'(low) ≤ s ≤ f'(high) the maximiser lies between them, and for any t̂ there, convexity of f gives
s t̂ − f(t̂) ≤ f*(s) ≤ s t̂ − f(t̂) + |s − f'(t̂)| max(t̂ − low, high − t̂). Interval arithmetic makes both sides rigorous.
"""

from typing import Any

import numpy as np
import sympy as sp
from mpmath import iv, mp
from numpy.typing import NDArray

from simsuff.divergences.intervals import bounds, bounds_over, enclose_at, working_digits
from simsuff.divergences.kinks import evaluator, pieces
from simsuff.divergences.symbols import t

Float = NDArray[np.float64]

DIGITS = 60
LARGEST_DECADE = 2**16
WIDTHS = (40, 25, 15, 8)


def repair(div: Any, slopes: Float, values: Float) -> Float:
    """`values` of f* with those that are not finite numbers recomputed."""
    fixed = np.array(values, dtype=np.float64)
    for place in map(tuple, np.argwhere(~np.isfinite(fixed))):
        fixed[place] = _bounded(div, float(slopes[place]))[0]
    return fixed


def bounded(div: Any, slopes: Float) -> tuple[Float, Float]:
    """f* at each slope, and a bound on its error."""
    pairs = [_bounded(div, float(slope)) for slope in slopes.ravel()]
    value, error = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return value.reshape(slopes.shape), error.reshape(slopes.shape)


def _bounded(div: Any, slope: float) -> tuple[float, float]:
    if np.isnan(slope):
        return float("nan"), float("nan")
    if slope > div.slope_at_infinity:
        return float("inf"), 0.0
    if slope in (div.derivative_at_zero, div.slope_at_infinity) or slope < div.derivative_at_zero:
        end = -div.at_zero if slope <= div.derivative_at_zero else div.conjugate_at_slope
        return float(end), float(np.spacing(abs(end))) if np.isfinite(end) else 0.0
    with working_digits(DIGITS):
        return _enclosed(div, slope, _maximiser(div, slope))


def _maximiser(div: Any, slope: float) -> Any:
    """t̂ with f'(t̂) ≈ s: bisection in log t until the bracket is as narrow as the working precision."""
    derivative = evaluator(div.expression, 1)
    decades = 1
    rises = derivative(mp.mpf(1)) < slope
    while (
        decades < LARGEST_DECADE
        and (derivative(mp.mpf(10) ** (decades if rises else -decades)) < slope) == rises
    ):
        decades *= 2
    low, high = (mp.mpf(0), mp.mpf(decades)) if rises else (mp.mpf(-decades), mp.mpf(0))
    for _ in range(4 * DIGITS + 20):
        middle = (low + high) / 2
        low, high = (middle, high) if derivative(mp.mpf(10) ** middle) < slope else (low, middle)
    return mp.mpf(10) ** ((low + high) / 2)


def _enclosed(div: Any, slope: float, best: Any) -> tuple[float, float]:
    """The value at t̂ and the width of the narrowest enclosure that interval arithmetic certifies."""
    lowest, highest = bounds(slope * iv.mpf(best) - enclose_at(div.expression, t, best))
    value = float((lowest + highest) / 2)
    if not np.isfinite(value):
        return value, 0.0
    for width in WIDTHS:
        spread = best * mp.mpf(10) ** -width
        rest = _overshoot(div, slope, best, spread)
        if rest is not None:
            error = highest + rest - lowest + mp.mpf(float(np.spacing(abs(value))))
            return value, float(np.nextafter(float(error), np.inf))
    return value, float("inf")


def _overshoot(div: Any, slope: float, best: Any, spread: Any) -> Any:
    """A bound on f*(s) − (s t̂ − f(t̂)), or None where the bracket t̂ ± spread cannot be certified."""
    low, high = best - spread, best + spread
    below, above = _slope_bounds(div, low)[1], _slope_bounds(div, high)[0]
    if not below <= slope <= above:
        return None
    bottom, top = _slope_bounds(div, best)
    return max(abs(slope - bottom), abs(slope - top)) * spread


def _slope_bounds(div: Any, point: Any) -> tuple[Any, Any]:
    """Bounds of f' at `point`, by the formula of the piece where it lies."""
    piece = next(piece for piece in pieces(div.expression) if point <= piece.high)
    return bounds_over(sp.diff(piece.expression, t), t, point, point)
