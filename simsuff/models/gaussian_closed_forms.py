"""What is lost between two lists of canonical correlations, where E1 has a closed form? Power divergences."""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.models.gaussian_canonical import Spectrum
from simsuff.numerics.bounded import Bounded

Float = NDArray[np.float64]
UNIT = float(np.finfo(np.float64).eps) / 2

# A logarithm and the few operations around it stay within this many units, one rounding of ρ and 1 − ρ included.
STEP_UNITS = 8


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
    """`factor` (E_⊗ r^α − E_⊗ r_T^α)/(α(α − 1)), as a product, so that nothing cancels between the two moments."""
    moments, known = _log_moments(full, alpha), _log_moments(coarse, alpha)
    base, rise = math.fsum(known), _summed(moments, known, 1.0)
    condition = float((_condition(full, alpha) + _condition(coarse, alpha))[moments != known].sum())
    scale = factor / (alpha * (alpha - 1)) * math.exp(base)
    value = scale * math.expm1(rise.value)
    drift = STEP_UNITS * UNIT * float((np.abs(known) + _condition(coarse, alpha)).sum() + 1)
    error = (
        abs(scale) * math.exp(rise.value) * (rise.error + STEP_UNITS * UNIT * condition) + abs(value) * drift
    )
    return Bounded(value, error)


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


def _log_moments(spectrum: Spectrum, alpha: float) -> Float:
    """½(1 − α) log(1 − ρ²) − ½ log(1 − (α − 1)²ρ²), in one of two arrangements.

    For α near 0 both terms tend to ½ log(1 − ρ²); the second arrangement takes their common part out.
    """
    logs = log_complement(spectrum)
    direct = (1 - alpha) * logs / 2 - _log_one_minus_square(spectrum, abs(alpha - 1)) / 2
    shift = alpha * (2 - alpha) * _odds(spectrum)
    near = (abs(alpha) < 0.5) & (shift > -0.5)
    split = -alpha * logs / 2 - np.log1p(np.where(near, shift, 0.0)) / 2
    return np.where(near, split, direct)


def _log_one_minus_square(spectrum: Spectrum, beta: float) -> Float:
    """log(1 − β²ρ²)."""
    small = beta * spectrum.rho < 0.7
    safe = np.where(small, beta * spectrum.rho, 0.0)
    return np.where(small, np.log1p(-(safe**2)), np.log(distance(spectrum, beta) * (1 + beta * spectrum.rho)))


def _condition(spectrum: Spectrum, alpha: float) -> Float:
    """How much the terms of E1, and a unit in βρ near the end of the range where the moment exists, weigh."""
    beta = abs(alpha - 1)
    logs, square = log_complement(spectrum), _log_one_minus_square(spectrum, beta)
    edge = (beta * spectrum.rho) ** 2 / distance(spectrum, beta) if beta != 1 else 0 * logs
    return np.asarray(abs(alpha) * np.abs(logs) + np.abs(logs - square) + edge)


def distance(spectrum: Spectrum, beta: float) -> Float:
    """1 − βρ; near ρ = 1 from 1 − ρ, which keeps its digits."""
    return np.where(spectrum.rho < 0.5, 1 - beta * spectrum.rho, (1 - beta) + beta * spectrum.gap)
