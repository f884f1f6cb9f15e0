"""What does a row of scores cost under a divergence of a known family? Offset, value and weights, compiled."""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.form_loops import exponential_sum, ratio_sums
from simsuff.losses.forms import ContrastOptions, link_of, ratio_and_slope
from simsuff.numerics.jit import jit
from simsuff.numerics.wide import REORDERED, wide

Vector = NDArray[np.float64]

# Halving alone resolves a bracket to its last bit in some 60 steps; Newton's method takes about five.
MAX_STEPS = 200
TWO_ULP = 2 * float(np.finfo(np.float64).eps)

# Newton's method squares its error: after a step this small, nothing is left to a double.
LAST_STEP = 1e-9


# All bits but the sign.
MAGNITUDE = 0x7FFFFFFFFFFFFFFF


def _extent(row: Vector) -> tuple[float, float, float]:
    """Largest and smallest entry, and the mean, which is not finite as soon as an entry is not.

    Bits are compared as integers, with negative numbers in reverse: a maximum of floats has no vector code, because
    of NaN.
    """
    wide()
    top, bottom, mean, share = -MAGNITUDE, MAGNITUDE, 0.0, 1.0 / row.size
    for j in range(row.size):
        bits = int(np.float64(row[j]).view(np.int64))
        key = bits ^ ((bits >> 63) & MAGNITUDE)
        top, bottom = max(top, key), min(bottom, key)
        mean += share * row[j]
    return from_key(top), from_key(bottom), mean


def _from_key(key: int) -> float:
    return float(np.int64(key ^ ((key >> 63) & MAGNITUDE)).view(np.float64))


from_key = jit(_from_key)
extent = jit(_extent, fastmath=REORDERED)


def _log_mean_exp(row: Vector) -> float:
    top = extent(row)[0]
    return float(top + math.log(exponential_sum(row, top) / row.size))


log_mean_exp = jit(_log_mean_exp, inline="always")


def _newton_target(options: ContrastOptions, row: Vector, offset: float) -> tuple[float, float]:
    """mean_j t(S_j − c) and where Newton's method goes from c, on f'(mean t): to the root if all S_j are equal."""
    total, change = ratio_sums(options, row, offset)
    mean = total / row.size
    if mean == 0.0:
        return mean, math.nan
    slope = link_of(options, mean)
    return mean, offset + slope * ratio_and_slope(options, slope)[1] * row.size / change


newton_target = jit(_newton_target, inline="always")


def _solve(options: ContrastOptions, row: Vector, offset: float, low: float, high: float) -> float:
    """The root of mean_j t(S_j − c) = 1 in [low, high], from the start `offset` there."""
    moved = high - low
    for _ in range(MAX_STEPS):
        mean, target = newton_target(options, row, offset)
        if mean >= 1.0:
            low = offset
        if mean <= 1.0:
            high = offset
        enough = TWO_ULP * max(1.0, abs(low), abs(high))
        if low <= target <= high and abs(target - offset) <= 0.5 * moved:
            enough = max(enough, LAST_STEP)
        else:
            target = 0.5 * (low + high)
        moved = abs(target - offset)
        offset = target
        if moved <= enough:
            break
    return float(offset)


solve = jit(_solve, inline="always")


def _row_offset(options: ContrastOptions, row: Vector, most: float) -> float:
    """The root c of mean_j t(S_j − c) = 1, between max S − f'(m) and max S; `most` is f'(m), f'(1) = 0.

    Log-mean-exp for kl; otherwise Newton steps, with a halving of the bracket where one leaves it or does not
    shrink fast enough, to the last digits of c. For the quadratic f, t is piecewise linear and the steps end in
    the exact root. Scores may be −∞, but not all of them.
    """
    if options.alpha == 1.0:
        return log_mean_exp(row)
    top, bottom, mean = extent(row)
    low, high = max(bottom, top - most), top
    return solve(options, row, min(max(mean, low), high), low, high)


row_offset = jit(_row_offset, inline="always")
