"""Vectorised loops over a row of scores for each form of divergence: sums of ratios, costs and weights."""

# ruff: noqa: ARG001 - all forms are called alike

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import FUSED, exp, expm1, log
from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.kernels.wide import REORDERED, wide
from simsuff.losses.f_contrastive.formulas import (
    EXPONENTIAL,
    FORMS,
    LOG,
    ContrastOptions,
    Exponential,
    Half,
    Jensen,
    Reciprocal,
    link_of,
    ratio_and_conjugate,
    ratio_and_slopes,
    slopes_at,
)
from simsuff.losses.f_contrastive.rational import rational_means, weigh_rational

Vector = NDArray[np.float64]
Means = tuple[float, float, float]

_PREPARED = Specialised("prepare", fastmath=FUSED)
_MEANS = Specialised("ratio_means", fastmath=REORDERED)
_COSTS = Specialised("weigh", fastmath=REORDERED)

# (options, row, origin): turn scores S into what stands for S − origin in all loops that follow.
prepare = _PREPARED.function

# (options, row, x, tame) -> means of t(s), t'(s) and t''(s) for s = S − origin + x; `tame` as in `rational`.
ratio_means = _MEANS.function

# (options, row, x, share, tame) -> Σ_j f*(s); overwrites the row with share · t(s).
weigh = _COSTS.function


@jit(fastmath=REORDERED)
def exponential_sum(row: Vector) -> float:
    """Σ_j exp(S_j)."""
    wide()
    total = 0.0
    for j in range(row.size):
        total += exp(row[j])
    return total


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


for _form in FORMS:
    _rational = _form in (Half, Reciprocal, Jensen)
    _PREPARED.register(_form)(_prepare_jensen if _form is Jensen else _subtract)
    _COSTS.register(_form)(weigh_rational if _rational else _weigh)
    if _form is not Exponential:
        _MEANS.register(_form)(rational_means if _rational else _means)


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
