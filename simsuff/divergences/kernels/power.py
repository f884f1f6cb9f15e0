"""How is the power family f'' = t^(α−2), kl and reverse_kl included, evaluated to the last digits for every α?

Near a = b the integral form is used; elsewhere one of the two forms
f(t) = (t P(α−1, log t) − (t − 1)) / α = ((t − 1) − P(α, log t)) / (1 − α), P(γ, x) = (e^{γx} − 1)/γ, P(0, x) = x,
of which the first has no trouble at α = 1 and the second none at α = 0. Arguments are interior points;
boundary values are the caller's.
"""

import numpy as np

from simsuff.divergences.kernels.quadrature import (
    JACOBI_12_NODES,
    JACOBI_12_WEIGHTS,
    JACOBI_20_NODES,
    JACOBI_20_WEIGHTS,
)
from simsuff.kernels.jit import jit

# The nodes resolve t^(α−2) over [1/4, 4] while |α − 2| ≤ 3, and for any α while |α − 2| |log(a/b)| ≤ 2.5; where
# neither holds the power varies so much that the direct forms cancel nothing.
LARGEST_RESOLVED_EXPONENT = 3.0
LARGEST_LOG_VARIATION = 2.5

# Inside these limits a ratio, and its logarithm, are free of overflow and of subnormals.
SMALLEST_RATIO, LARGEST_RATIO = 1e-280, 1e280


@jit
def second(t: float, alpha: float) -> float:
    """f''(t) = t^(α−2); α − 2 is exact only for α ≥ 1."""
    if alpha >= 1.0:
        return float(t ** (alpha - 2.0))
    return float(t**alpha / t / t)


@jit
def curvature(x: float, alpha: float) -> float:
    """f''(x) for x in [1/4, 4], where the rounding of α − 2 does not show."""
    if alpha == 1.0:
        return 1.0 / x
    if alpha == 0.0:
        return 1.0 / (x * x)
    return float(x ** (alpha - 2.0))


@jit
def mean_second(delta: float, alpha: float) -> float:
    """∫₀¹ (1 − u) (1 + uδ)^(α−2) du for 1 + δ in [1/4, 4]."""
    total = 0.0
    if -0.5 <= delta <= 1.0:
        for k in range(JACOBI_12_NODES.size):
            total += JACOBI_12_WEIGHTS[k] * curvature(1.0 + JACOBI_12_NODES[k] * delta, alpha)
    else:
        for k in range(JACOBI_20_NODES.size):
            total += JACOBI_20_WEIGHTS[k] * curvature(1.0 + JACOBI_20_NODES[k] * delta, alpha)
    return total


@jit
def exponential_quotient(gamma: float, base: float, log: float) -> float:
    """P(γ, log) = (base^γ − 1)/γ, where log = log(base)."""
    if gamma == 0.0:
        return log
    if abs(gamma * log) < 0.5:
        return float(np.expm1(gamma * log) / gamma)
    return float((base**gamma - 1.0) / gamma)


@jit
def is_near(delta: float, log: float, alpha: float) -> bool:
    exponent = abs(alpha - 2.0)
    resolved = exponent <= LARGEST_RESOLVED_EXPONENT or exponent * abs(log) <= LARGEST_LOG_VARIATION
    return bool(-0.75 <= delta <= 3.0 and resolved)


@jit
def generator(t: float, d: float, alpha: float) -> float:
    """f(t) where d = t − 1 carries the digits of t near 1."""
    if alpha == 2.0:
        return d * (0.5 * d)
    if alpha == 0.5:
        step = d / (1.0 + np.sqrt(t))
        return float(2.0 * step * step)
    log = np.log(t)
    if is_near(d, log, alpha):
        return d * (d * mean_second(d, alpha))
    if alpha < 0.5:
        return (d - exponential_quotient(alpha, t, log)) / (1.0 - alpha)
    total = t * exponential_quotient(alpha - 1.0, t, log) - d
    if np.isinf(total):  # the quotient by α may still be finite
        return t / alpha * exponential_quotient(alpha - 1.0, t, log)
    return total / alpha


@jit
def derivative(t: float, alpha: float) -> float:
    """f'(t) = (t^(α−1) − 1)/(α − 1); α − 1 is exact only for α ≥ 1/2."""
    log = np.log(t)
    gamma = alpha - 1.0
    if alpha >= 0.5 or abs(gamma * log) < 0.5:
        return float(exponential_quotient(gamma, t, log))
    return float((t**alpha / t - 1.0) / gamma)


@jit
def conjugate(s: float, alpha: float) -> float:
    """f*(s) = ((1 + (α−1)s)^{α/(α−1)} − 1)/α for 1 + (α−1)s > 0."""
    gamma = alpha - 1.0
    log = s if gamma == 0.0 else np.log1p(gamma * s) / gamma
    if gamma == 0.0 or abs(alpha * log) < 0.5:
        return float(log if alpha == 0.0 else np.expm1(alpha * log) / alpha)
    if abs(gamma) < 0.01 or alpha == 0.0:
        return float(log if alpha == 0.0 else (np.exp(alpha * log) - 1.0) / alpha)
    return float(((1.0 + gamma * s) ** (alpha / gamma) - 1.0) / alpha)


@jit
def near_bregman(a: float, b: float, alpha: float) -> float:
    """B_f(a, b) = b^α f(a/b) for a close to b, scaled before it is squared."""
    d = a - b
    delta = d / b
    mean = mean_second(delta, alpha)
    if alpha == 0.0:
        return delta * (delta * mean)
    if alpha == 1.0:
        return d * (delta * mean)
    root = b ** (0.5 * alpha) * delta
    return float(root * (root * mean))


@jit
def power_difference(gamma: float, a: float, b: float, log: float) -> float:
    """(a^γ − b^γ)/γ, where log = log(a/b)."""
    if gamma == 0.0:
        return log
    if abs(gamma * log) < 0.5:
        return float(b**gamma * np.expm1(gamma * log) / gamma)
    return float((a**gamma - b**gamma) / gamma)


@jit
def far_bregman(a: float, b: float, log: float, alpha: float) -> float:
    """B_f(a, b) for a far from b, from the powers of a and b themselves."""
    if alpha < 0.5:
        half = b ** (0.5 * alpha)  # α − 1 would be rounded, and b^α alone may underflow
        ratio = a / b
        slope = half * ratio * half if np.isfinite(ratio) else half * a * (half / b)
        linear = slope - b**alpha
        value = (linear - power_difference(alpha, a, b, log)) / (1.0 - alpha)
    else:
        linear = b ** (alpha - 1.0) * (a - b)
        value = (a * power_difference(alpha - 1.0, a, b, log) - linear) / alpha
    # Here inf − inf has one term that is a multiple of the other, and their difference overflows with them.
    return float(np.inf if np.isnan(value) else value)


@jit
def scaled_bregman(a: float, b: float, ratio: float, alpha: float) -> float:
    """b^α f(a/b), the scale taken in two halves so that neither overflows alone."""
    half = b ** (0.5 * alpha)
    inner = generator(ratio, (a - b) / b, alpha)
    if half == 0.0 or np.isinf(half) or np.isinf(inner):
        return float(far_bregman(a, b, np.log(ratio), alpha))
    if alpha == 1.0:
        return b * inner
    return float(half * inner * half)


@jit
def hellinger_bregman(a: float, b: float) -> float:
    """2(√a − √b)²/√b, the case α = 1/2."""
    root = np.sqrt(b)
    step = (a - b) / (np.sqrt(a) + root)
    return float(2.0 * step * (step / root))


@jit
def bregman(a: float, b: float, alpha: float) -> float:
    """B_f(a, b) for 0 < a, b < ∞."""
    if alpha == 2.0:
        return (a - b) * (0.5 * (a - b))
    if alpha == 0.5:
        return hellinger_bregman(a, b)
    ratio = a / b
    if not SMALLEST_RATIO < ratio < LARGEST_RATIO:
        return far_bregman(a, b, np.log(a) - np.log(b), alpha)
    log = np.log(ratio)
    if is_near((a - b) / b, log, alpha):
        return near_bregman(a, b, alpha)
    if abs(alpha - 2.0) > LARGEST_RESOLVED_EXPONENT:  # the power would magnify the rounding of a/b
        return far_bregman(a, b, log, alpha)
    return scaled_bregman(a, b, ratio, alpha)


@jit
def from_zero(b: float, alpha: float) -> float:
    """B_f(0, b) = b^α f(0) for α > 0."""
    return float(b**alpha / alpha)
