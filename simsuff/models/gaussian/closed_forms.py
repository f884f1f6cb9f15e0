"""What is lost between two lists of canonical correlations, where E1 has a closed form? Power divergences."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.models.gaussian.canonical import Spectrum
from simsuff.numerics.numbers import Bounded

Float = NDArray[np.float64]
UNIT = float(np.finfo(np.float64).eps) / 2

# A logarithm and the few operations around it stay within this many units, one rounding of ρ and 1 − ρ included.
STEP_UNITS = 8

# exp overflows beyond the first; below the second no factor of a product of exponentials can.
SAFE_EXPONENT, LARGEST_EXPONENT = 600.0, math.log(float(np.finfo(np.float64).max))


def log_complement(spectrum: Spectrum) -> Float:
    """log(1 − ρ²), from ρ² where ρ is small and from 1 − ρ where it is large."""
    small = spectrum.rho < 0.7
    safe = np.where(small, spectrum.rho, 0.0)
    return np.where(small, np.log1p(-(safe**2)), np.log(spectrum.complement))


def is_finite(spectrum: Spectrum, alpha: float) -> bool:
    """E1: E_⊗ r^α is finite, |α − 1| max ρ < 1."""
    return bool((distance(spectrum, abs(alpha - 1)) > 0).all())


def kl_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """Σ ½ log[(1 − τ²)/(1 − ρ²)] for ρ = `full`, τ = `coarse`."""
    return _summed(_half_logs(full), _half_logs(coarse), -1.0)


def reverse_kl_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """The loss for Σ [½ log(1 − ρ²) + ρ²/(1 − ρ²)]."""
    logs = _summed(_half_logs(full), _half_logs(coarse), 1.0)
    odds = _summed(_odds(full), _odds(coarse), 1.0)
    total = logs.value + odds.value
    return Bounded(total, logs.error + odds.error + UNIT * abs(total))


def power_loss(full: Spectrum, coarse: Spectrum, alpha: float, factor: float) -> Bounded:
    """`factor` (E_⊗ r^α − E_⊗ r_T^α)/(α(α − 1)), as a product, so that nothing cancels between the two moments.

    Both moments must exist. Values beyond the largest double are inf.
    """
    moments, known = _log_moments(full, alpha), _log_moments(coarse, alpha)
    base, rise = math.fsum(known.value), math.fsum(np.concatenate([moments.value, -known.value]))
    scale = factor / (alpha * (alpha - 1))
    if rise > 1 and base + rise < LARGEST_EXPONENT:
        gain, error = _gain_by_powers(full, coarse, alpha)
    else:
        gain = _times_expm1(base, rise)
        differs = moments.value != known.value  # equal entries come from one correlation, and cancel exactly
        drift = float((moments.error + known.error)[differs].sum()) + UNIT * abs(rise)
        error = _exp(base + rise) * drift + abs(gain) * (
            float(known.error.sum()) + UNIT * (abs(base) + abs(rise))
        )
    if math.isinf(gain):
        return Bounded(scale * gain, 0.0)
    return Bounded(scale * gain, abs(scale) * (error + STEP_UNITS * UNIT * abs(gain)))


class Blurred(NamedTuple):
    """Values with a bound on the rounding of each."""

    value: Float
    error: Float


def _half_logs(spectrum: Spectrum) -> Float:
    return log_complement(spectrum) / 2


def _odds(spectrum: Spectrum) -> Float:
    return spectrum.rho**2 / spectrum.complement


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


def _gain_by_powers(full: Spectrum, coarse: Spectrum, alpha: float) -> tuple[float, float]:
    """E_⊗ r^α − E_⊗ r_T^α where the first is much larger: without logarithms, whose rounding exp would amplify."""
    above, below = _moments(full, alpha), _moments(coarse, alpha)
    with np.errstate(over="ignore"):
        most, least = float(np.prod(above.value)), float(np.prod(below.value))
    return most - least, most * float(above.error.sum()) + least * float(below.error.sum())


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
    logs, (square, blur) = log_complement(spectrum) / 2, _log_one_minus_square(spectrum, abs(alpha - 1))
    shift = alpha * (2 - alpha) * _odds(spectrum)
    near = (abs(alpha) < 0.5) & (shift > -0.5)
    rest = np.where(near, np.log1p(np.where(near, shift, 0.0)), square) / 2
    first = np.where(near, -alpha, 1 - alpha) * logs
    size = (
        np.abs(first) + np.abs(rest) + np.where(near, np.abs(shift) / (1 + np.where(near, shift, 0.0)), 0.0)
    )
    error = STEP_UNITS * UNIT * size + np.where(near, 0.0, blur / 2)
    return Blurred(first - rest, error)


def _log_one_minus_square(spectrum: Spectrum, beta: float) -> Blurred:
    """log(1 − β²ρ²), and what the rounding of its argument adds to its own."""
    small = beta * spectrum.rho < 0.7
    safe = np.where(small, beta * spectrum.rho, 0.0)
    square, edge = _one_minus_square(spectrum, beta)
    return Blurred(np.where(small, np.log1p(-(safe**2)), np.log(square)), np.where(small, 0.0, edge))


def _one_minus_square(spectrum: Spectrum, beta: float) -> Blurred:
    """1 − β²ρ² = (1 − βρ)(1 + βρ) with its relative error: a unit in βρ weighs most near the edge of existence."""
    away = distance(spectrum, beta)
    edge = 0.0 if beta == 1 else 2 * UNIT * beta / away
    return Blurred(away * (1 + beta * spectrum.rho), np.asarray(edge + 4 * UNIT + 0 * away))


def distance(spectrum: Spectrum, beta: float) -> Float:
    """1 − βρ; near ρ = 1 from 1 − ρ, which keeps its digits."""
    return np.where(spectrum.rho < 0.5, 1 - beta * spectrum.rho, (1 - beta) + beta * spectrum.gap)
