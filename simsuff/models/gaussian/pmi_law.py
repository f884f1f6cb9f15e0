"""What is the law of the pointwise mutual information of Gaussian views? Its density, to all digits of its tails.

Under P₁₂, log r = I + Y with Y = Σ (ρ_i/2)(X_i² − X'_i²), X, X' independent standard normal, so that
E e^{isY} = Π (1 + ρ_i²s²)^{−1/2}. The density of Y at w is (1/2π) ∫ e^{−isw} Π (1 + ρ_i²s²)^{−1/2} ds.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log1p

from simsuff.models.gaussian.canonical import Spectrum

Float = NDArray[np.float64]

# The contour leaves its saddle point at this angle below the real axis, and widens from its local scale.
ANGLE, WIDTH = np.pi / 4, 2.0

# The integrand is analytic for |Im x| < π/4, and the trapezoidal rule converges exponentially; many dimensions ask
# for a further halving. The last change, which far exceeds what is left of the error, is to be below CHANGE.
FIRST_STEP, MOST_HALVINGS, CHANGE = 0.1, 4, 1e-14

# Where e^{−isw} or the algebraic tail has fallen by this factor, the contour ends.
LOG_TAIL = 42.0

# Nearer to 0 than this (in units of ρ_max) the density is at most of order log(1/w), and has no mass to speak of.
NEAREST = 1e-22

BISECTIONS = 60
CHUNK = 16


class Components(NamedTuple):
    """Correlations in units of the largest: q = ρ/ρ_max, 1 − q, and how often each occurs."""

    ratio: Float
    lack: Float
    times: Float


def log_density(spectrum: Spectrum, distance: Float, tilted: bool) -> tuple[Float, Float]:
    """log of the density of Y at ±`distance` ≥ 0, and an estimate of its relative error.

    With `tilted` the log of e^{distance} times the density, which is what P₁⊗P₂ sees in the lower tail; the
    large exponents are combined before they round.
    """
    parts, largest, gap = components(spectrum)
    order = np.argsort(distance)
    scaled = np.maximum(distance[order] / largest, NEAREST)
    logs, errors = np.empty_like(scaled), np.empty_like(scaled)
    for start in range(0, len(scaled), CHUNK):
        piece = slice(start, start + CHUNK)
        logs[order[piece]], errors[order[piece]] = _on_contour(parts, scaled[piece], gap if tilted else 1.0)
    return logs - np.log(largest), errors


def components(spectrum: Spectrum) -> tuple[Components, float, float]:
    """The distinct positive correlations in units of the largest, the largest, and 1 − the largest."""
    positive = spectrum.rho > 0
    rho, first, count = np.unique(spectrum.rho[positive], return_index=True, return_counts=True)
    gap = spectrum.gap[positive][first]
    largest, smallest_gap = float(rho[-1]), float(gap[-1])
    lack = np.where(rho < 0.5 * largest, 1 - rho / largest, (gap - smallest_gap) / largest)
    return Components(rho / largest, lack, count.astype(np.float64)), largest, smallest_gap


def _on_contour(parts: Components, w: Float, gap: float) -> tuple[Float, Float]:
    """log of e^{(1 − gap) w} times the density in units of ρ_max, through the saddle point s = −i(1 − κ)."""
    kappa = saddle(parts, w)[:, None]
    below = parts.lack + parts.ratio * kappa
    above = 1 + parts.ratio * (1 - kappa)
    width = WIDTH / np.sqrt((parts.times * parts.ratio**2 * (below**-2 + above**-2) / 2).sum(axis=1))
    end, step = _end(parts, w, width), FIRST_STEP
    before, change = _rule(parts, w, width, below, above, np.arange(0, end, step), step), np.ones_like(w)
    for _ in range(MOST_HALVINGS):
        step = step / 2
        middle = _rule(parts, w, width, below, above, np.arange(0, end, 2 * step) + step, 2 * step)
        mass = (before + middle) / 2
        before, change = mass, np.abs(mass - before) / mass
        if change.max() < CHANGE:
            break
    base = (kappa[:, 0] - gap) * w - (parts.times * (np.log(below) + np.log(above))).sum(axis=1) / 2
    return base + np.log(before), change


def _rule(
    parts: Components, w: Float, width: Float, below: Float, above: Float, x: Float, step: float
) -> Float:
    """(1/π) ∫ Re e^{−isw} Π (1 + q²s²)^{−1/2} ds relative to the value at the saddle, by the nodes `x`."""
    moved = width[:, None] * (np.sinh(x - 1j * ANGLE) + 1j * np.sin(ANGLE))
    exponent = -1j * w[:, None] * moved
    for ratio, near, far, count in zip(parts.ratio, below.T, above.T, parts.times, strict=True):
        turned = 1j * ratio * moved
        exponent -= count / 2 * (log1p(-turned / near[:, None]) + log1p(turned / far[:, None]))
    terms = (np.exp(exponent) * np.cosh(x - 1j * ANGLE)).real * np.where(x == 0, 0.5, 1.0)
    mass: Float = step * width / np.pi * terms.sum(axis=1)
    return mass


def saddle(parts: Components, w: Float) -> Float:
    """κ with Σ q²τ/(1 − q²τ²) = w at τ = 1 − κ, by bisection of log κ; it only places the contour."""
    low, high = -np.log(2 * w + 2), np.zeros_like(w)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        kappa = np.exp(middle)[:, None]
        tau = -np.expm1(middle)[:, None]
        slopes = parts.ratio**2 * tau / ((parts.lack + parts.ratio * kappa) * (1 + parts.ratio * tau))
        too_far = (parts.times * slopes).sum(axis=1) > w
        low, high = np.where(too_far, middle, low), np.where(too_far, high, middle)
    return np.asarray(np.exp(high))


def _end(parts: Components, w: Float, width: Float) -> float:
    """Where the integrand is negligible for all of `w`: by e^{−isw}, or by the product of square roots."""
    decay = float(np.arcsinh(2 * LOG_TAIL / (w * width).min()))
    count = int(parts.times.sum())
    if count == 1:
        return decay
    scale = float((1 / (np.repeat(parts.ratio, parts.times.astype(int))[-2] * width)).max())
    return min(decay, LOG_TAIL + float(np.log1p(scale)))
