"""The offset of a row of scores, at which the ratios average 1, for a divergence of a known family."""

# ruff: noqa: ARG001 - all forms are called alike

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.kernels.wide import REORDERED, wide
from simsuff.losses.f_contrastive.formula_loops import exponential_sum, ratio_means
from simsuff.losses.f_contrastive.formulas import FORMS, ContrastOptions, Exponential, link_of, slopes_at

Vector = NDArray[np.float64]

# Halving alone resolves a bracket to its last bit in some 60 steps; Halley's method takes about three.
MAX_STEPS = 200
TWO_ULP = 2 * float(np.finfo(np.float64).eps)

# Halley's method cubes its error: after a step of this share of the length on which the ratios change, nothing is
# left to a double. A step over a kink of f* leaves what the kink turns of it, which shall be no more than rounding
# makes of the mean of many ratios.
LAST_STEP, LAST_STEP_AT_KINKS = 3e-6, 1e-12


# All bits but the sign.
MAGNITUDE = 0x7FFFFFFFFFFFFFFF


@jit(fastmath=REORDERED)
def extent(row: Vector) -> tuple[float, float, float]:
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


@jit
def from_key(key: int) -> float:
    return float(np.int64(key ^ ((key >> 63) & MAGNITUDE)).view(np.float64))


@jit(inline="always")
def halley_step(options: ContrastOptions, mean: float, slope: float, bend: float) -> float:
    """How far to the root of f'(mean t) from means of t, t' and t'': all the way if all scores are equal."""
    distance = link_of(options, mean)
    own_slope, own_bend = slopes_at(options, mean)
    step = -distance * own_slope / slope
    bent = 0.5 * distance * (bend * own_slope / (slope * slope) - own_bend / own_slope)
    return float(step / (1.0 - bent) if abs(bent) < 0.5 else step)


@jit(inline="always")
def is_last(options: ContrastOptions, step: float, mean: float, slope: float, bend: float) -> bool:
    """Is a Halley step from means of t, t' and t'' so small that the search may end?"""
    smooth = step * abs(bend) <= LAST_STEP * slope
    return bool(smooth and step * min(options.kink, slope) <= LAST_STEP_AT_KINKS * mean)


@jit(inline="always")
def solve(options: ContrastOptions, row: Vector, x: float, high: float, tame: bool) -> float:
    """The root of mean_j t(s_j + x) = 1 in [0, high], from the start `x` there; the row is prepared."""
    low, moved = 0.0, high
    for _ in range(MAX_STEPS):
        mean, slope, bend = ratio_means(options, row, x, tame)
        if mean <= 1.0:
            low = x
        if mean >= 1.0:
            high = x
        target = x + halley_step(options, mean, slope, bend) if mean > 0.0 else math.nan
        straight = low <= target <= high and abs(target - x) <= 0.5 * moved
        if not straight:
            target = 0.5 * (low + high)
        moved = abs(target - x)
        x = target
        if moved <= TWO_ULP * high or (straight and is_last(options, moved, mean, slope, bend)):
            break
    return float(x)


_RISES = Specialised("row_rise")

# (options, row, guess, high, tame) -> max S − c for the root c of mean_j t(S_j − c) = 1, in [0, `high`]; the row is
# prepared, with max S as origin. Scores may be −∞, but not all of them.
row_rise = _RISES.function


@_RISES.register(Exponential)
def _log_mean_exp(options: Exponential, row: Vector, guess: float, high: float, tame: bool) -> float:
    return -math.log(exponential_sum(row) / row.size)


def _sought(options: ContrastOptions, row: Vector, guess: float, high: float, tame: bool) -> float:
    """By Halley steps, with a halving of the bracket where one leaves it or does not shrink fast enough.

    For the quadratic f, t is piecewise linear and the steps end in the exact root.
    """
    inside = guess if guess > 0.0 else 0.0
    return solve(options, row, inside if inside < high else high, high, tame)


for _form in FORMS:
    if _form is not Exponential:
        _RISES.register(_form)(_sought)
