"""The slope and the value of f* for the families with compiled losses: t with f'(t) = s, 1/f''(t), f*(s).

(f*)'(s) = t is what weighs the negatives. All functions here are of one scalar, for f at unit scale.
"""

import math

import numpy as np

from simsuff.divergences.compiling import JS, LE_CAM, POWER
from simsuff.divergences.kernels import named, power
from simsuff.kernels.jit import jit

js_conjugate, le_cam_conjugate = named.js_conjugate, named.le_cam_conjugate
inner_conjugate = power.conjugate


@jit
def power_ratio(s: float, alpha: float) -> float:
    """(1 + (α−1)s)^{1/(α−1)}, eˢ for α = 1; 0 below f'(0+), +∞ above f'(∞)."""
    if alpha == 1.0:
        return float(np.exp(s))
    gamma = alpha - 1.0
    base = 1.0 + gamma * s
    if base <= 0.0:
        return 0.0 if gamma > 0.0 else math.inf
    if alpha == 2.0:
        return base
    if alpha == 0.5:
        return 1.0 / (base * base)
    if alpha == 0.0:
        return 1.0 / base
    return float(np.exp(np.log1p(gamma * s) / gamma))


@jit
def ratio(s: float, kind: int, alpha: float) -> float:
    """t with f'(t) = s: 0 where s ≤ f'(0+), +∞ where s > f'(∞)."""
    if kind == POWER:
        return power_ratio(s, alpha)
    if kind == JS:
        doubled = float(np.exp(2.0 * s))
        return doubled / (2.0 - doubled) if doubled < 2.0 else math.inf
    if s >= 0.5:
        return math.inf
    return max(2.0 / float(np.sqrt(1.0 - 2.0 * s)) - 1.0, 0.0)


@jit
def softness(t: float, kind: int, alpha: float) -> float:
    """1/f''(t) for t > 0, the slope of `ratio`."""
    if kind == JS:
        return 2.0 * t * (1.0 + t)
    if kind == LE_CAM:
        return 0.25 * (1.0 + t) * (1.0 + t) * (1.0 + t)
    if alpha == 1.0:
        return t
    if alpha == 2.0:
        return 1.0
    if alpha == 0.5:
        return t * float(np.sqrt(t))
    return float(t ** (2.0 - alpha))


@jit
def power_conjugate(s: float, alpha: float) -> float:
    """f* of a power divergence with its limits outside of (f'(0+), f'(∞))."""
    gamma = alpha - 1.0
    if alpha == 1.0:
        return float(np.expm1(s))
    if gamma * s > -1.0:
        return inner_conjugate(s, alpha)
    if gamma > 0.0 or (alpha < 0.0 and gamma * s == -1.0):
        return -1.0 / alpha
    return math.inf


@jit
def conjugate(s: float, kind: int, alpha: float) -> float:
    """f*(s): −f(0) where s ≤ f'(0+), +∞ where s > f'(∞)."""
    if kind == POWER:
        return power_conjugate(s, alpha)
    if kind == JS:
        return js_conjugate(s) if np.exp(2.0 * s) < 2.0 else math.inf
    if s > 0.5:
        return math.inf
    return le_cam_conjugate(s) if s > -1.5 else -0.5
