"""What do the entries of a row add up to, and what becomes of them? Vectorised loops for each form of divergence."""

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.forms import (
    LOG,
    ContrastOptions,
    Exponential,
    Half,
    Jensen,
    LeCam,
    Power,
    Quadratic,
    Reciprocal,
    link_of,
    ratio_and_conjugate,
    ratio_and_slopes,
    slopes_at,
)
from simsuff.losses.rational import (
    Rational,
    inverse_powers,
    line_of,
    means_of_powers,
    weigh_rational,
)
from simsuff.numerics.elementary import exp, expm1, log
from simsuff.numerics.jit import jit
from simsuff.numerics.specialised import Specialised
from simsuff.numerics.wide import REORDERED, wide

Vector = NDArray[np.float64]
Means = tuple[float, float, float]

_PREPARED = Specialised("prepare")
_MEANS = Specialised("ratio_means")
_COSTS = Specialised("weigh")

# (options, row, origin): turn scores S into what stands for S − origin in all loops that follow.
prepare = _PREPARED.function

# (options, row, x, tame) -> means of t(s), t'(s) and t''(s) for s = S − origin + x; `tame` as in `rational`.
ratio_means = _MEANS.function

# (options, row, x, share, tame) -> Σ_j f*(s); overwrites the row with share · t(s).
weigh = _COSTS.function


def _exponential_sum(row: Vector) -> float:
    """Σ_j exp(S_j)."""
    wide()
    total = 0.0
    for j in range(row.size):
        total += exp(row[j])
    return total


exponential_sum = jit(_exponential_sum, fastmath=REORDERED)


def _subtract(row: Vector, origin: float) -> None:
    wide()
    for j in range(row.size):
        row[j] -= origin


subtract = jit(_subtract)


def _subtract_and_double(row: Vector, origin: float) -> None:
    """S becomes exp(2(S − origin)) − 1."""
    wide()
    for j in range(row.size):
        row[j] = expm1(2.0 * (row[j] - origin))


subtract_and_double = jit(_subtract_and_double)


@_PREPARED.register(Jensen)
def _prepare_jensen(options: Jensen, row: Vector, origin: float) -> None:  # noqa: ARG001
    subtract_and_double(row, origin)


@_PREPARED.register(Exponential)
@_PREPARED.register(Reciprocal)
@_PREPARED.register(Quadratic)
@_PREPARED.register(Half)
@_PREPARED.register(Power)
@_PREPARED.register(LeCam)
def _prepare_any(options: ContrastOptions, row: Vector, origin: float) -> None:  # noqa: ARG001
    subtract(row, origin)


def _sums(options: ContrastOptions, row: Vector, x: float) -> Means:
    """Sums of t, t' and t''."""
    wide()
    total, change, bend = 0.0, 0.0, 0.0
    for j in range(row.size):
        t, slope, curvature = ratio_and_slopes(options, row[j] + x)
        total += t
        change += slope
        bend += curvature
    return total, change, bend


sums = jit(_sums, fastmath=REORDERED)


@_MEANS.register(Quadratic)
@_MEANS.register(Power)
@_MEANS.register(LeCam)
def _any_means(options: ContrastOptions, row: Vector, x: float, tame: bool) -> Means:  # noqa: ARG001
    total, change, bend = sums(options, row, x)
    return total / row.size, change / row.size, bend / row.size


@_MEANS.register(Half)
@_MEANS.register(Reciprocal)
@_MEANS.register(Jensen)
def _rational_means(options: Rational, row: Vector, x: float, tame: bool) -> Means:
    shift, slope = line_of(options, x)
    r1, r2, r3, r4 = inverse_powers(row, shift, slope, tame)
    means: Means = means_of_powers(options, r1, r2, r3, r4)
    return means


def _weigh_each(options: ContrastOptions, row: Vector, x: float, share: float) -> float:
    wide()
    total = 0.0
    for j in range(row.size):
        t, cost = ratio_and_conjugate(options, row[j] + x)
        total += cost
        row[j] = share * t
    return total


weigh_each = jit(_weigh_each, fastmath=REORDERED)


@_COSTS.register(Exponential)
@_COSTS.register(Quadratic)
@_COSTS.register(Power)
@_COSTS.register(LeCam)
def _weigh_any(options: ContrastOptions, row: Vector, x: float, share: float, tame: bool) -> float:  # noqa: ARG001
    return weigh_each(options, row, x, share)


@_COSTS.register(Half)
@_COSTS.register(Reciprocal)
@_COSTS.register(Jensen)
def _weigh_by_inverses(options: Rational, row: Vector, x: float, share: float, tame: bool) -> float:
    shift, slope = line_of(options, x)
    return weigh_rational(options, row, shift, slope, share, tame)


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
            gradient[j] = gradient[j] / slopes_at(options, x[j])[0] if x[j] > 0.0 else 0.0


pull_link = jit(_pull_link)
