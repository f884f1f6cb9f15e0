"""What do the entries of a row add up to, and what becomes of them? One vectorised loop for each known divergence."""

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.forms import (
    EXPONENTIAL,
    GENERAL,
    HALF,
    JENSEN,
    LE_CAM_FORM,
    QUADRATIC,
    RECIPROCAL,
    link_of,
    link_slope,
    ratio_and_conjugate,
    ratio_and_slope,
)
from simsuff.numerics.elementary import exp
from simsuff.numerics.jit import jit
from simsuff.numerics.wide import REORDERED, wide

Vector = NDArray[np.float64]


def _exponential_sum(row: Vector, top: float) -> float:
    """Σ_j exp(S_j − top)."""
    wide()
    total = 0.0
    for j in range(row.size):
        total += exp(row[j] - top)
    return total


exponential_sum = jit(_exponential_sum, fastmath=REORDERED)


def _sums(row: Vector, offset: float, form: int, alpha: float) -> tuple[float, float]:
    total, change = 0.0, 0.0
    for j in range(row.size):
        t, slope = ratio_and_slope(row[j] - offset, form, alpha)
        total += t
        change += slope
    return total, change


sums = jit(_sums, fastmath=REORDERED, forceinline=True)


def _ratio_sums(row: Vector, offset: float, form: int, alpha: float) -> tuple[float, float]:
    """Σ_j t(S_j − c) and Σ_j t'(S_j − c), for all but kl."""
    wide()
    if form == HALF:
        return sums(row, offset, HALF, alpha)
    if form == RECIPROCAL:
        return sums(row, offset, RECIPROCAL, alpha)
    if form == QUADRATIC:
        return sums(row, offset, QUADRATIC, alpha)
    if form == JENSEN:
        return sums(row, offset, JENSEN, alpha)
    if form == LE_CAM_FORM:
        return sums(row, offset, LE_CAM_FORM, alpha)
    return sums(row, offset, GENERAL, alpha)


ratio_sums = jit(_ratio_sums, fastmath=REORDERED)


def _weights(row: Vector, offset: float, share: float, form: int, alpha: float) -> float:
    total = 0.0
    for j in range(row.size):
        t, cost = ratio_and_conjugate(row[j] - offset, form, alpha)
        total += cost
        row[j] = share * t
    return total


weights = jit(_weights, fastmath=REORDERED, forceinline=True)


def _weigh(row: Vector, offset: float, share: float, form: int, alpha: float) -> float:
    """Σ_j f*(S_j − c); overwrites the row with share · t(S_j − c)."""
    wide()
    if form == HALF:
        return weights(row, offset, share, HALF, alpha)
    if form == RECIPROCAL:
        return weights(row, offset, share, RECIPROCAL, alpha)
    if form == EXPONENTIAL:
        return weights(row, offset, share, EXPONENTIAL, alpha)
    if form == QUADRATIC:
        return weights(row, offset, share, QUADRATIC, alpha)
    if form == JENSEN:
        return weights(row, offset, share, JENSEN, alpha)
    if form == LE_CAM_FORM:
        return weights(row, offset, share, LE_CAM_FORM, alpha)
    return weights(row, offset, share, GENERAL, alpha)


weigh = jit(_weigh, fastmath=REORDERED)


def _images(x: Vector, share: float, scores: Vector, form: int, alpha: float) -> None:
    for j in range(x.size):
        scores[j] = share * link_of(x[j], form, alpha)


images = jit(_images, forceinline=True)


def _apply_link(x: Vector, share: float, scores: Vector, form: int, alpha: float) -> None:
    """scores_j = share · f'(x_j)."""
    wide()
    if form == EXPONENTIAL:
        images(x, share, scores, EXPONENTIAL, alpha)
    elif form == JENSEN:
        images(x, share, scores, JENSEN, alpha)
    elif form == LE_CAM_FORM:
        images(x, share, scores, LE_CAM_FORM, alpha)
    else:
        images(x, share, scores, GENERAL, alpha)


apply_link = jit(_apply_link)


def _pulled(x: Vector, gradient: Vector, form: int, alpha: float) -> None:
    for j in range(x.size):
        gradient[j] = gradient[j] * link_slope(x[j], form, alpha) if x[j] > 0.0 else 0.0


pulled = jit(_pulled, forceinline=True)


def _pull_link(x: Vector, gradient: Vector, form: int, alpha: float) -> None:
    """gradient_j times f''(x_j); a term at x = 0 is left out."""
    wide()
    if form == JENSEN:
        pulled(x, gradient, JENSEN, alpha)
    elif form == LE_CAM_FORM:
        pulled(x, gradient, LE_CAM_FORM, alpha)
    else:
        pulled(x, gradient, GENERAL, alpha)


pull_link = jit(_pull_link)
