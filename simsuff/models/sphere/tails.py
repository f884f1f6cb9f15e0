"""How fast f grows far from r = 1, on a logarithmic scale: where f(r) would overflow, or r underflow."""

import math
from functools import lru_cache

import numpy as np

from simsuff.divergences import Divergence
from simsuff.divergences.compiling import POWER
from simsuff.models.gaussian.quadrature import Growth, growth, log_values
from simsuff.numerics.validation import Float

# |log r| beyond which e^{−|log r|} is far below rounding, even times |log r|.
FAR = 150.0

# Beyond this exponent 1 does not show beside e^x.
LARGE = 50.0


@lru_cache(maxsize=64)
def powers(div: Divergence) -> Growth:
    """f̃(e^x) changes like e^{`infinity` x} for x → ∞ and e^{`zero` x} for x → −∞."""
    if div.family is None:
        return growth(div)
    alpha = div.family.alpha if div.family.kind == POWER else 1.0
    return Growth(min(alpha, 0.0), max(alpha, 1.0))


def log_far(div: Divergence, x: Float) -> Float:
    """log f̃(e^x), f̃ = f − f'(1)(r − 1), for |x| > `FAR`."""
    if div.family is None:
        return log_values(div, x) + np.maximum(x, 0.0)
    kind, alpha, scale = div.family
    if kind != POWER:  # these have limits at 0, and a slope at ∞
        return np.where(x < 0, math.log(div.at_zero), math.log(div.slope_at_infinity) + x)
    return math.log(scale) + np.where(x < 0, _power_at_zero(alpha, x), _power_at_infinity(alpha, x))


def _power_at_zero(alpha: float, x: Float) -> Float:
    """log of (r^α − 1 + α)/(α(α − 1)), of −log r − 1 for α = 0, of 1 for α = 1."""
    if alpha == 0:
        return np.asarray(np.log(np.maximum(-x, 2.0) - 1))
    if alpha == 1:
        return np.zeros_like(x)
    return _log_sum(alpha * np.minimum(x, 0.0), alpha) - math.log(abs(alpha * (alpha - 1)))


def _power_at_infinity(alpha: float, x: Float) -> Float:
    """log of (r^α − αr)/(α(α − 1)), of r log r − r for α = 1, of r for α = 0."""
    if alpha == 0:
        return x
    if alpha == 1:
        return np.asarray(x + np.log(np.maximum(x, 2.0) - 1))
    above = _log_sum((alpha - 1) * np.maximum(x, 0.0), 1 - alpha)
    return x + above - math.log(abs(alpha * (alpha - 1)))


def _log_sum(y: Float, shift: float) -> Float:
    """log |e^y − 1 + `shift`|."""
    small = np.minimum(y, LARGE)
    return np.where(y > LARGE, y, np.log(np.abs(np.expm1(small) + shift)))
