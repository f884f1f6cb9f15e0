"""Ratio and conjugate of forms whose ratio is a polynomial in one inverse (½, reverse_kl, js), for rows of scores.

A score s = p + x becomes y = shift + slope · q(p), and everything follows from y and r = 1/(1 − y): for js
y = e^{2s} − 1, which leaves one exponential for all offsets of a row. Four inverses take one division, and eight
logarithms are one of a product.
"""

# ruff: noqa: ARG001 - the options of these forms say all by their class

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import FUSED, expm1, log_of_normal
from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.kernels.wide import wide
from simsuff.losses.f_contrastive.formulas import Half, Jensen, Reciprocal

Vector = NDArray[np.float64]
Means = tuple[float, float, float]
Rational = Half | Reciprocal | Jensen

_LINES = Specialised("line_of", forceinline=True, fastmath=FUSED)
_MEANS = Specialised("means_of_powers", forceinline=True, fastmath=FUSED)
_WEIGHTS = Specialised("weight_and_cost", forceinline=True, fastmath=FUSED)
_LOGS = Specialised("log_cost", forceinline=True, fastmath=FUSED)

# (options, x) -> shift and slope of y.
line_of = _LINES.function

# (options, means of r, r², r³ and r⁴) -> means of t, dt/ds and d²t/ds².
means_of_powers = _MEANS.function

# (options, slope · q, slope, y, r) -> t and what of f* is no logarithm.
weight_and_cost = _WEIGHTS.function

# (options, Π (1 − y), the same less 1) -> the logarithms in f*, added up.
log_cost = _LOGS.function


@jit(forceinline=True, fastmath=FUSED)
def log_of(product: float, change: float) -> float:
    """log `product`, with the digits of a small `change` = product − 1."""
    lost = change - (product - 1.0) if abs(change) < 0.5 else 0.0
    result: float = log_of_normal(product, 0.0, lost * (2.0 - product))
    return result if product > 0.0 else -np.inf


@_LINES.register(Half)
def _half_line(options: Half, x: float) -> tuple[float, float]:
    return 0.5 * x, 0.5


@_MEANS.register(Half)
def _half_means(options: Half, r1: float, r2: float, r3: float, r4: float) -> tuple[float, float, float]:
    return r2, r3, 1.5 * r4


@_WEIGHTS.register(Half)
def _half_weight(options: Half, part: float, slope: float, y: float, r: float) -> tuple[float, float]:
    return r * r, 2.0 * y * r


@_LOGS.register(Half)
def _half_log(options: Half, product: float, change: float) -> float:
    return 0.0


@_LINES.register(Reciprocal)
def _reciprocal_line(options: Reciprocal, x: float) -> tuple[float, float]:
    return x, 1.0


@_MEANS.register(Reciprocal)
def _reciprocal_means(
    options: Reciprocal, r1: float, r2: float, r3: float, r4: float
) -> tuple[float, float, float]:
    return r1, r2, 2.0 * r3


@_WEIGHTS.register(Reciprocal)
def _reciprocal_weight(
    options: Reciprocal, part: float, slope: float, y: float, r: float
) -> tuple[float, float]:
    return r, 0.0


@_LOGS.register(Reciprocal)
def _reciprocal_log(options: Reciprocal, product: float, change: float) -> float:
    return -log_of(product, change)


@_LINES.register(Jensen)
def _jensen_line(options: Jensen, x: float) -> tuple[float, float]:
    shift = expm1(2.0 * x)
    return shift, 1.0 + shift


@_MEANS.register(Jensen)
def _jensen_means(options: Jensen, r1: float, r2: float, r3: float, r4: float) -> tuple[float, float, float]:
    return 2.0 * r1 - 1.0, 8.0 * r2 - 4.0 * r1, 64.0 * r3 - 48.0 * r2 + 8.0 * r1


@_WEIGHTS.register(Jensen)
def _jensen_weight(options: Jensen, part: float, slope: float, y: float, r: float) -> tuple[float, float]:
    # 1 + y = slope (1 + q), which is 0 at a score of −∞.
    return (slope + part) * r, 0.0


@_LOGS.register(Jensen)
def _jensen_log(options: Jensen, product: float, change: float) -> float:
    return -0.5 * log_of(product, change)


@jit(forceinline=True, fastmath=FUSED)
def inverses(a: float, b: float, c: float, d: float) -> tuple[float, float, float, float, float]:
    """1/a, 1/b, 1/c and 1/d from one division, and abcd."""
    left, right = a * b, c * d
    product = left * right
    inverse = 1.0 / product
    right, left = inverse * left, inverse * right
    return left * b, left * a, right * d, right * c, product


def rational_means(options: Rational, row: Vector, x: float, tame: bool) -> Means:
    """Means of t, t' and t''; `tame` says that no product of eight 1 − y leaves the range."""
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


# Instead of −∞; below all other scores.
LOWEST = -1e301


def weigh_rational(options: Rational, row: Vector, x: float, share: float, tame: bool) -> float:
    """Σ_j f*; overwrites the row with share · t."""
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
