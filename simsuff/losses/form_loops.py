"""What do the entries of a row add up to, and what becomes of them? Vectorised loops for each form of divergence."""

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.forms import (
    LOG,
    ContrastOptions,
    link_of,
    link_slope,
    ratio_and_conjugate,
    ratio_and_slope,
)
from simsuff.numerics.elementary import exp, log
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


def _ratio_sums(options: ContrastOptions, row: Vector, offset: float) -> tuple[float, float]:
    """Σ_j t(S_j − c) and Σ_j t'(S_j − c)."""
    wide()
    total, change = 0.0, 0.0
    for j in range(row.size):
        t, slope = ratio_and_slope(options, row[j] - offset)
        total += t
        change += slope
    return total, change


ratio_sums = jit(_ratio_sums, fastmath=REORDERED)


def _weigh(options: ContrastOptions, row: Vector, offset: float, share: float) -> float:
    """Σ_j f*(S_j − c); overwrites the row with share · t(S_j − c)."""
    wide()
    total = 0.0
    for j in range(row.size):
        t, cost = ratio_and_conjugate(options, row[j] - offset)
        total += cost
        row[j] = share * t
    return total


weigh = jit(_weigh, fastmath=REORDERED)


def _apply_link(options: ContrastOptions, x: Vector, share: float, scores: Vector) -> None:
    """scores_j = share · τ(x_j), for τ = log or f'."""
    wide()
    if options.link == LOG:
        for j in range(x.size):
            scores[j] = share * log(x[j])
    else:
        for j in range(x.size):
            scores[j] = share * link_of(options, x[j])


apply_link = jit(_apply_link)


def _pull_link(options: ContrastOptions, x: Vector, gradient: Vector) -> None:
    """gradient_j times τ'(x_j); a term at x = 0 is left out."""
    wide()
    if options.link == LOG:
        for j in range(x.size):
            gradient[j] = gradient[j] / x[j] if x[j] > 0.0 else 0.0
    else:
        for j in range(x.size):
            gradient[j] = gradient[j] * link_slope(options, x[j]) if x[j] > 0.0 else 0.0


pull_link = jit(_pull_link)
