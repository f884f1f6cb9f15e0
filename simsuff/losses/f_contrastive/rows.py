"""Vectorised loops over a row of scores for each form of divergence: sums of ratios, costs and weights, and its offset.

The offset of a row is where the ratios average 1. Four inverses of rational forms take one division, and eight
logarithms are one of a product.
"""

# ruff: noqa: ARG001 - all forms are called alike

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import FUSED, exp, expm1, log
from simsuff.kernels.jit import REORDERED, jit, wide
from simsuff.kernels.specialised import Specialised
from simsuff.losses.f_contrastive.formulas import (
    EXPONENTIAL,
    FORMS,
    LOG,
    RATIONAL,
    ContrastOptions,
    Exponential,
    Half,
    Jensen,
    Reciprocal,
    line_of,
    link_of,
    log_cost,
    means_of_powers,
    ratio_and_conjugate,
    ratio_and_slopes,
    slopes_at,
    weight_and_cost,
)

Vector = NDArray[np.float64]
Means = tuple[float, float, float]
Rational = Half | Reciprocal | Jensen

_PREPARED = Specialised("prepare", fastmath=FUSED)
_MEANS = Specialised("ratio_means", fastmath=REORDERED)
_COSTS = Specialised("weigh", fastmath=REORDERED)
_RISES = Specialised("row_rise")

# (options, row, origin): turn scores S into what stands for S − origin in all loops that follow.
prepare = _PREPARED.function

# (options, row, x, tame) -> means of t(s), t'(s) and t''(s) for s = S − origin + x; `tame` says that no product of eight
# 1 − y of a rational form leaves the range.
ratio_means = _MEANS.function

# (options, row, x, share, tame) -> Σ_j f*(s); overwrites the row with share · t(s).
weigh = _COSTS.function

# (options, row, guess, high, tame) -> max S − c for the root c of mean_j t(S_j − c) = 1, in [0, `high`]; the row is
# prepared, with max S as origin. Scores may be −∞, but not all of them.
row_rise = _RISES.function

# Halving alone resolves a bracket to its last bit in some 60 steps; Halley's method takes about three.
MAX_STEPS = 200
TWO_ULP = 2 * float(np.finfo(np.float64).eps)

# Halley's method cubes its error: after a step of this share of the length on which the ratios change, nothing is
# left to a double. A step over a kink of f* leaves what the kink turns of it, which shall be no more than rounding
# makes of the mean of many ratios.
LAST_STEP, LAST_STEP_AT_KINKS = 3e-6, 1e-12

# All bits but the sign.
MAGNITUDE = 0x7FFFFFFFFFFFFFFF

# Instead of −∞; below all other scores.
LOWEST = -1e301


def _prepare_jensen(options: Jensen, row: Vector, origin: float) -> None:
    """S becomes exp(2(S − origin)) − 1."""
    wide()
    for j in range(row.size):
        row[j] = expm1(2.0 * (row[j] - origin))


def _subtract(options: ContrastOptions, row: Vector, origin: float) -> None:
    wide()
    for j in range(row.size):
        row[j] -= origin


def _means(options: ContrastOptions, row: Vector, x: float, tame: bool) -> Means:
    wide()
    total, change, bend = 0.0, 0.0, 0.0
    for j in range(row.size):
        t, slope, curvature = ratio_and_slopes(options, row[j] + x)
        total += t
        change += slope
        bend += curvature
    return total / row.size, change / row.size, bend / row.size


def _weigh(options: ContrastOptions, row: Vector, x: float, share: float, tame: bool) -> float:
    wide()
    total = 0.0
    for j in range(row.size):
        t, cost = ratio_and_conjugate(options, row[j] + x)
        total += cost
        row[j] = share * t
    return total


@jit(forceinline=True, fastmath=FUSED)
def inverses(a: float, b: float, c: float, d: float) -> tuple[float, float, float, float, float]:
    """1/a, 1/b, 1/c and 1/d from one division, and abcd."""
    left, right = a * b, c * d
    product = left * right
    inverse = 1.0 / product
    right, left = inverse * left, inverse * right
    return left * b, left * a, right * d, right * c, product


def _rational_means(options: Rational, row: Vector, x: float, tame: bool) -> Means:
    wide()
    shift, slope = line_of(options, x)
    r1, r2, r3, r4 = 0.0, 0.0, 0.0, 0.0
    quarter, w = (row.size // 4 if tame else 0), 1.0 - shift
    for j in range(quarter):
        a, b, c, d, _ = inverses(
            w - slope * row[j],
            w - slope * row[j + quarter],
            w - slope * row[j + 2 * quarter],
            w - slope * row[j + 3 * quarter],
        )
        a2, b2, c2, d2 = a * a, b * b, c * c, d * d
        r1 += (a + b) + (c + d)
        r2 += (a2 + b2) + (c2 + d2)
        r3 += (a2 * a + b2 * b) + (c2 * c + d2 * d)
        r4 += (a2 * a2 + b2 * b2) + (c2 * c2 + d2 * d2)
    for j in range(4 * quarter, row.size):
        r = 1.0 / (w - slope * row[j])
        r1, r2, r3, r4 = r1 + r, r2 + r * r, r3 + r * r * r, r4 + r * r * r * r
    share = 1.0 / row.size
    means: Means = means_of_powers(options, share * r1, share * r2, share * r3, share * r4)
    return means


@jit(forceinline=True, fastmath=FUSED)
def weigh_four(
    options: Rational, row: Vector, j: int, step: int, shift: float, slope: float, share: float
) -> tuple[float, float, float]:
    """Costs of the entries j, j + step, …, with Π (1 − y) and the same less 1; overwrites them."""
    p1, p2 = slope * row[j], slope * row[j + step]
    p3, p4 = slope * row[j + 2 * step], slope * row[j + 3 * step]
    y1, y2, y3, y4 = shift + p1, shift + p2, shift + p3, shift + p4
    a, b, c, d, product = inverses(1.0 - y1, 1.0 - y2, 1.0 - y3, 1.0 - y4)
    t1, cost1 = weight_and_cost(options, p1, slope, y1, a)
    t2, cost2 = weight_and_cost(options, p2, slope, y2, b)
    t3, cost3 = weight_and_cost(options, p3, slope, y3, c)
    t4, cost4 = weight_and_cost(options, p4, slope, y4, d)
    row[j], row[j + step] = share * t1, share * t2
    row[j + 2 * step], row[j + 3 * step] = share * t3, share * t4
    left, right = y1 * y2 - (y1 + y2), y3 * y4 - (y3 + y4)
    return (cost1 + cost2) + (cost3 + cost4), product, left + right * (1.0 + left)


def _weigh_rational(options: Rational, row: Vector, x: float, share: float, tame: bool) -> float:
    wide()
    total = 0.0
    shift, slope = line_of(options, x)
    step = row.size // 8 if tame else 0
    for j in range(step):
        cost1, left, change1 = weigh_four(options, row, j, step, shift, slope, share)
        cost2, right, change2 = weigh_four(options, row, j + 4 * step, step, shift, slope, share)
        logs = log_cost(options, left * right, change1 + change2 * (1.0 + change1))
        total += (cost1 + cost2) + logs
    for j in range(8 * step, row.size):
        part = max(slope * row[j], LOWEST)
        y = shift + part
        t, cost = weight_and_cost(options, part, slope, y, 1.0 / (1.0 - y))
        total += cost + log_cost(options, 1.0 - y, -y)
        row[j] = share * t
    return total


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


@jit(fastmath=REORDERED)
def exponential_sum(row: Vector) -> float:
    """Σ_j exp(S_j)."""
    wide()
    total = 0.0
    for j in range(row.size):
        total += exp(row[j])
    return total


def _log_mean_exp(options: Exponential, row: Vector, guess: float, high: float, tame: bool) -> float:
    return -math.log(exponential_sum(row) / row.size)


def _sought(options: ContrastOptions, row: Vector, guess: float, high: float, tame: bool) -> float:
    """By Halley steps, with a halving of the bracket where one leaves it or does not shrink fast enough.

    For the quadratic f, t is piecewise linear and the steps end in the exact root.
    """
    x = guess if guess > 0.0 else 0.0
    x = x if x < high else high
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
        smooth = moved * abs(bend) <= LAST_STEP * slope
        is_last = smooth and moved * min(options.kink, slope) <= LAST_STEP_AT_KINKS * mean
        if moved <= TWO_ULP * high or (straight and is_last):
            break
    return float(x)


for _form in FORMS:
    _is_rational = _form in RATIONAL
    _PREPARED.register(_form)(_prepare_jensen if _form is Jensen else _subtract)
    _COSTS.register(_form)(_weigh_rational if _is_rational else _weigh)
    _RISES.register(_form)(_log_mean_exp if _form is Exponential else _sought)
    if _form is not Exponential:
        _MEANS.register(_form)(_rational_means if _is_rational else _means)


@jit
def apply_link(options: ContrastOptions, x: Vector, share: float, scores: Vector) -> None:
    """scores_j = share · τ(x_j), for τ = log or f', or exp(share · x_j)."""
    wide()
    if options.link == LOG:
        for j in range(x.size):
            scores[j] = share * log(x[j])
    elif options.link == EXPONENTIAL:
        for j in range(x.size):
            scores[j] = exp(share * x[j])
    else:
        for j in range(x.size):
            scores[j] = share * link_of(options, x[j])


@jit
def pull_link(options: ContrastOptions, x: Vector, gradient: Vector) -> None:
    """gradient_j times τ'(x_j), or exp(x_j/temperature); a term at x = 0 is left out where τ'(0) = ∞."""
    wide()
    if options.link == LOG:
        for j in range(x.size):
            gradient[j] = gradient[j] / x[j] if x[j] > 0.0 else 0.0
    elif options.link == EXPONENTIAL:
        for j in range(x.size):
            gradient[j] *= exp(x[j] * (1.0 / options.temperature))
    else:
        for j in range(x.size):
            gradient[j] = gradient[j] / slopes_at(options, x[j])[0] if x[j] > 0.0 else 0.0
