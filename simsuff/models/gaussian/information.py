"""Information of Gaussian views and how much of it a statistic loses: the closed forms of E1, and choice of method."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence
from simsuff.divergences.compiling import JS, LE_CAM, POWER, TOTAL_VARIATION
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.fourier import js_loss, le_cam_loss, total_variation_loss
from simsuff.models.gaussian.quadrature import is_finite_under, quadrature
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float, refuse

Loss = Callable[[Spectrum, Spectrum], Bounded]

# A logarithm and the few operations around it stay within this many units, one rounding of ρ and 1 − ρ included.
STEP_UNITS = 8

# exp overflows beyond the first; below the second no factor of a product of exponentials can.
SAFE_EXPONENT, LARGEST_EXPONENT = 600.0, math.log(float(np.finfo(np.float64).max))

NAMED: dict[int, Loss] = {JS: js_loss, LE_CAM: le_cam_loss, TOTAL_VARIATION: total_variation_loss}


def information_loss(div: Divergence, full: Spectrum, coarse: Spectrum) -> Bounded:
    """I_f at the correlations `full` minus I_f at `coarse`, which has at most as many; inf − finite is inf.

    With `coarse` = 0 this is I_f itself. The error covers the rounding and the errors of the correlations for the
    closed forms of E1; for the quadratures (js, le_cam, total_variation, and every other f) it is an estimate.

    Raises
    ------
    ValueError : if I_f at `coarse` is infinite.
    """
    loss, exists = _method(div)
    if not exists(coarse):
        largest = float(coarse.rho.max())
        allowed = "leave I_f(T; z2) finite (the condition of A1)"
        way_out = f"{div.name} is infinite at correlation {largest}; take a divergence that grows more slowly"
        raise refuse("div", div.name, allowed, way_out)
    if not exists(full):
        return Bounded(math.inf, 0.0)
    aligned = coarse.aligned_with(full)
    is_equal = np.array_equal(full.rho, aligned.rho) and np.array_equal(full.gap, aligned.gap)
    if coarse is full or (not full.error.any() and is_equal):
        return Bounded(0.0, 0.0)
    return loss(full, aligned)


def _method(div: Divergence) -> tuple[Loss, Callable[[Spectrum], bool]]:
    """The way to the loss, and whether I_f is finite; chosen by f itself, not by the name it goes under."""
    family = div.family
    if family is None:  # the expression of a user may be that of a catalogue entry or a power divergence
        powers = sp.sympify(div.expression).atoms(sp.Pow)
        exponents = {float(power.exp) for power in powers if power.exp.is_number} - {0.0, 1.0}
        known = [*DIVERGENCES.values(), *map(alpha_divergence, sorted(exponents))]
        family = next((k.family for k in known if k.expression == div.expression), None)
    if family is None:
        return (lambda full, coarse: quadrature(div, full, coarse)), (lambda s: is_finite_under(div, s))
    kind, alpha, factor = family
    if kind != POWER:
        return NAMED[kind], lambda _: True
    if alpha in (0.0, 1.0):
        return (kl_loss if alpha == 1 else reverse_kl_loss), lambda _: True
    return (lambda full, coarse: power_loss(full, coarse, alpha, factor)), (lambda s: is_finite(s, alpha))


def is_finite(spectrum: Spectrum, alpha: float) -> bool:
    """E1: E_⊗ r^α is finite, |α − 1| max ρ < 1."""
    return bool((spectrum.distance(abs(alpha - 1)) > 0).all())


def kl_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """Σ ½ log[(1 − τ²)/(1 − ρ²)] for ρ = `full`, τ = `coarse`."""
    loss = _summed(full.log_complement / 2, coarse.log_complement / 2, -1.0)
    blur = sum(carried(s, lambda top: top.rho / top.complement) for s in (full, coarse))
    return Bounded(loss.value, loss.error + blur)


def reverse_kl_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """The loss for Σ [½ log(1 − ρ²) + ρ²/(1 − ρ²)], whose slopes are ρ(1 + ρ²)/(1 − ρ²)²."""
    logs = _summed(full.log_complement / 2, coarse.log_complement / 2, 1.0)
    odds = _summed(full.rho**2 / full.complement, coarse.rho**2 / coarse.complement, 1.0)
    blur = sum(carried(s, lambda top: top.rho * (1 + top.rho**2) / top.complement**2) for s in (full, coarse))
    total = logs.value + odds.value
    return Bounded(total, logs.error + odds.error + blur + UNIT * abs(total))


def power_loss(full: Spectrum, coarse: Spectrum, alpha: float, factor: float) -> Bounded:
    """`factor` (E_⊗ r^α − E_⊗ r_T^α)/(α(α − 1)), as a product, so that nothing cancels between the two moments.

    Both moments must exist. Values beyond the largest double are inf.
    """
    moments, known = _log_moments(full, alpha), _log_moments(coarse, alpha)
    base, rise = math.fsum(known.value), math.fsum(np.concatenate([moments.value, -known.value]))
    scale = factor / (alpha * (alpha - 1))
    blur = sum(carried(s, lambda top: _log_moment_slope(top, alpha)) for s in (full, coarse))
    if rise > 1 and base + rise < LARGEST_EXPONENT:
        # The first moment is much larger: without logarithms, whose rounding exp would amplify.
        above, below = _moments(full, alpha), _moments(coarse, alpha)
        with np.errstate(over="ignore"):
            most, least = float(np.prod(above.value)), float(np.prod(below.value))
        gain = most - least
        error = most * float(above.error.sum()) + least * float(below.error.sum())
        error += (most + least) * _expm1(blur)
    else:
        gain = _times_expm1(base, rise)
        differs = moments.value != known.value  # equal entries come from one correlation, and cancel exactly
        drift = float((moments.error + known.error)[differs].sum()) + UNIT * abs(rise)
        lost = float(known.error.sum()) + UNIT * (abs(base) + abs(rise))
        error = _exp(base + rise) * _expm1(drift + blur) + abs(gain) * _expm1(lost + blur)
    if math.isinf(gain):
        return Bounded(scale * gain, 0.0)
    return Bounded(scale * gain, abs(scale) * (error + STEP_UNITS * UNIT * abs(gain)))


def carried(spectrum: Spectrum, slopes: Callable[[Spectrum], Float]) -> float:
    """Σ error · slope: what the errors of the correlations make of a sum with these slopes, which increase with ρ."""
    if not spectrum.error.any():
        return 0.0
    used = spectrum.error > 0
    with np.errstate(divide="ignore"):
        return float(spectrum.error[used] @ np.abs(slopes(spectrum.largest)[used]))


class Blurred(NamedTuple):
    """Values with a bound on the rounding of each."""

    value: Float
    error: Float


def _summed(full: Float, coarse: Float, sign: float) -> Bounded:
    """sign Σ (full − coarse), exactly summed, with a bound on the rounding of the terms themselves."""
    total = sign * math.fsum(np.concatenate([full, -coarse]))
    differs = full != coarse  # equal entries come from one and the same correlation, and cancel exactly
    magnitude = float((np.abs(full) + np.abs(coarse))[differs].sum())
    return Bounded(total, STEP_UNITS * UNIT * magnitude + UNIT * abs(total))


def _times_expm1(base: float, rise: float) -> float:
    """e^base (e^rise − 1), inf beyond the largest double."""
    if base + max(rise, 0.0) < SAFE_EXPONENT:
        return math.exp(base) * math.expm1(rise)
    exponent = base + max(rise, 0.0) + math.log(-math.expm1(-abs(rise)))
    return math.copysign(_exp(exponent), rise)


def _exp(exponent: float) -> float:
    return math.exp(exponent) if exponent < LARGEST_EXPONENT else math.inf


def _expm1(exponent: float) -> float:
    return math.expm1(exponent) if exponent < LARGEST_EXPONENT else math.inf


def _moments(spectrum: Spectrum, alpha: float) -> Blurred:
    """(1 − ρ²)^{(1 − α)/2} [1 − (α − 1)²ρ²]^{−1/2}, with its relative error."""
    beta = abs(alpha - 1)
    square, edge = _one_minus_square(spectrum, beta)
    with np.errstate(over="ignore"):
        value = spectrum.complement ** ((1 - alpha) / 2) / np.sqrt(square)
    return Blurred(value, UNIT * (4 + beta) + edge / 2)


def _log_moments(spectrum: Spectrum, alpha: float) -> Blurred:
    """½(1 − α) log(1 − ρ²) − ½ log(1 − (α − 1)²ρ²), in one of two arrangements.

    For α near 0 both terms tend to ½ log(1 − ρ²); the second arrangement takes their common part out.
    """
    beta = abs(alpha - 1)
    logs = spectrum.log_complement / 2
    small = beta * spectrum.rho < 0.7
    safe = np.where(small, beta * spectrum.rho, 0.0)
    inner, edge = _one_minus_square(spectrum, beta)
    square = np.where(small, np.log1p(-(safe**2)), np.log(inner))
    shift = alpha * (2 - alpha) * spectrum.rho**2 / spectrum.complement
    near = (abs(alpha) < 0.5) & (shift > -0.5)
    safe_shift = np.where(near, shift, 0.0)
    rest = np.where(near, np.log1p(safe_shift), square) / 2
    first = np.where(near, -alpha, 1 - alpha) * logs
    size = np.abs(first) + np.abs(rest) + np.abs(safe_shift) / (1 + safe_shift)
    return Blurred(first - rest, STEP_UNITS * UNIT * size + np.where(near | small, 0.0, edge / 2))


def _log_moment_slope(spectrum: Spectrum, alpha: float) -> Float:
    """A bound on the slope of the logarithm of a moment, itself increasing: (α − 1)ρ/(1 − ρ²) + β²ρ/(1 − β²ρ²).

    In size, with β = |α − 1| ≤ 1/ρ; for α near 0 the two terms cancel, and their sum is the second bound.
    """
    beta, rho = abs(alpha - 1), spectrum.rho
    square = np.maximum(_one_minus_square(spectrum, beta).value, 0.0)
    apart = beta * rho / spectrum.complement + beta**2 * rho / square
    together = abs(alpha) * beta * rho * (1 + beta * rho**2) / (spectrum.complement * square)
    return np.minimum(apart, together)


def _one_minus_square(spectrum: Spectrum, beta: float) -> Blurred:
    """1 − β²ρ² = (1 − βρ)(1 + βρ) with its relative error: a unit in βρ weighs most near the edge of existence."""
    away = spectrum.distance(beta)
    with np.errstate(divide="ignore"):
        edge = 0.0 if beta == 1 else 2 * UNIT * beta / away
    return Blurred(away * (1 + beta * spectrum.rho), np.asarray(edge + 4 * UNIT + 0 * away))
