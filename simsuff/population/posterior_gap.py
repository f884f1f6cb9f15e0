"""The gap between a score's softmax and the true posterior of the positive, without cancellation."""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit

Float = NDArray[np.float64]

# Below ½ the direct e^x − 1 − x loses two bits and more; there 15 Taylor terms leave less than 2⁻⁵³ of x²/2.
SERIES_BELOW = 0.5
SERIES_TERMS = 15

# Beyond, e^x is multiplied in two halves, so that a tiny weight is met before the exponential overflows.
LARGE = 500.0


@jit
def expm1_minus(x: float) -> float:
    """e^x − 1 − x ≥ 0 with full relative accuracy."""
    if abs(x) >= SERIES_BELOW:
        return math.expm1(x) - x
    total = 0.0
    for n in range(SERIES_TERMS, 1, -1):
        total = (1.0 + total) * x / n
    return total * x


@jit
def log_mean_exp(weights: Float, ratio: Float, tilt: Float, centre: float, mass: float) -> float:
    """log Σ_j b_j exp(tilt_j − centre) / mass, b_j = weight·ratio (weight where ratio = 0), by the maximum."""
    top = -np.inf
    for j in range(len(weights)):
        if weights[j] > 0:
            top = max(top, tilt[j])
    total = 0.0
    for j in range(len(weights)):
        if weights[j] > 0:
            base = weights[j] * ratio[j] if ratio[j] > 0 else weights[j]
            total += base * math.exp(tilt[j] - top)
    return math.log(total) - math.log(mass) + (top - centre)


@jit
def posterior_gap(weights: Float, ratio: Float, tilt: Float) -> float:
    """Σ_j c_j r_j × KL(q ‖ q_S), q_j ∝ c_j r_j the true posterior, q_S,j ∝ c_j e^{S_j} the score's softmax.

    With t = S − log r and its q-mean t̄, KL = log(1 + A) where A = Σ q_j φ(t_j − t̄) + Σ_{r_j=0} (…) and
    φ(x) = e^x − 1 − x ≥ 0: a sum of non-negative terms, so that small gaps keep their digits. An error ε in t̄
    changes the result by ε A only. +∞ where S_j = −∞ on c_j r_j > 0.

    Parameters
    ----------
    weights : c_j ≥ 0. ratio : r_j ≥ 0. tilt : S_j − log r_j where r_j > 0, S_j where r_j = 0.
    """
    mass, centre = 0.0, 0.0
    for j in range(len(weights)):
        base = weights[j] * ratio[j]
        if base > 0:
            if tilt[j] == -np.inf:
                return math.inf
            mass += base
            centre += base * tilt[j]
    if mass == 0:
        return 0.0
    centre /= mass
    excess = 0.0
    for j in range(len(weights)):
        if weights[j] > 0:
            share = (weights[j] * ratio[j] if ratio[j] > 0 else weights[j]) / mass
            x = tilt[j] - centre
            if x > LARGE:
                # −1 − x is far below the last digit of e^x.
                half = math.exp(x / 2)
                excess += share * half * half
            elif ratio[j] > 0:
                excess += share * expm1_minus(x)
            else:
                excess += share * math.exp(x)
    if math.isfinite(excess):
        return mass * math.log1p(excess)
    return mass * log_mean_exp(weights, ratio, tilt, centre, mass)


@jit
def contrast(weights: Float, ratio: Float, score: Float, scale: float) -> float:
    """Σ_j c_j r_j × [−S_j + log (1/scale) Σ_l c_l e^{S_l}]; +∞ where S_j = −∞ on c_j r_j > 0."""
    top = -np.inf
    for j in range(len(weights)):
        if weights[j] > 0:
            if ratio[j] > 0 and score[j] == -np.inf:
                return math.inf
            top = max(top, score[j])
    mass, total, value = 0.0, 0.0, 0.0
    for j in range(len(weights)):
        base = weights[j] * ratio[j]
        if base > 0:
            mass += base
            value += base * (top - score[j])
        if weights[j] > 0 and score[j] > -np.inf:
            total += weights[j] * math.exp(score[j] - top)
    if mass == 0:
        return 0.0
    return value + mass * math.log(total / scale)
