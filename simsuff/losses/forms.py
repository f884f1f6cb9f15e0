"""How do the known divergences look inside a vectorised loop? Ratio, slope, conjugate and link without branches.

Each function takes a `form`, one of the constants below. Callers pass it as a constant of the code: everything here
is inlined by force, so that only the chosen line is left in the loop. Scores lie below f'(∞), and f has unit scale.
"""

import math

import numpy as np

from simsuff.losses.families import JS, POWER
from simsuff.numerics.elementary import exp, expm1, log, log1p
from simsuff.numerics.jit import jit

# Powers by their α, the general one last.
HALF, RECIPROCAL, EXPONENTIAL, QUADRATIC, JENSEN, LE_CAM_FORM, GENERAL = range(7)


def _form_of(kind: int, alpha: float) -> int:
    """The form of a member of a family."""
    if kind == POWER:
        if alpha == 0.5:
            return HALF
        if alpha == 0.0:
            return RECIPROCAL
        if alpha == 1.0:
            return EXPONENTIAL
        return QUADRATIC if alpha == 2.0 else GENERAL
    return JENSEN if kind == JS else LE_CAM_FORM


form_of = jit(_form_of)


def _slope_limit(form: int, alpha: float) -> float:
    """f'(∞)."""
    if form == JENSEN:
        return 0.5 * math.log(2.0)
    if form == LE_CAM_FORM:
        return 0.5
    return math.inf if form == EXPONENTIAL or alpha >= 1.0 else 1.0 / (1.0 - alpha)


slope_limit = jit(_slope_limit)


def _ratio_and_slope(s: float, form: int, alpha: float) -> tuple[float, float]:
    """t with f'(t) = s, 0 below f'(0+), and dt/ds = 1/f''(t)."""
    if form == HALF:
        r = 1.0 / (1.0 - 0.5 * s)
        return r * r, r * r * r
    if form == RECIPROCAL:
        r = 1.0 / (1.0 - s)
        return r, r * r
    if form == EXPONENTIAL:
        e = exp(s)
        return e, e
    if form == QUADRATIC:
        return (1.0 + s, 1.0) if s > -1.0 else (0.0, 0.0)
    if form == JENSEN:
        e = exp(2.0 * s)
        t = e / (2.0 - e)
        return t, 2.0 * t * (1.0 + t)
    if form == LE_CAM_FORM:
        r = 1.0 / np.sqrt(1.0 - 2.0 * s)
        return (2.0 * r - 1.0, 2.0 * r * r * r) if s > -1.5 else (0.0, 0.0)
    gamma = alpha - 1.0
    base = gamma * s
    t = exp(log1p(base) / gamma) if base > -1.0 else 0.0
    return t, t / (1.0 + base) if base > -1.0 else 0.0


ratio_and_slope = jit(_ratio_and_slope, forceinline=True)


def _ratio_and_conjugate(s: float, form: int, alpha: float) -> tuple[float, float]:
    """t with f'(t) = s and f*(s): 0 and −f(0) below f'(0+)."""
    if form == HALF:
        r = 1.0 / (1.0 - 0.5 * s)
        return r * r, s * r if s > -math.inf else -2.0
    if form == RECIPROCAL:
        return 1.0 / (1.0 - s), -log1p(-s)
    if form == EXPONENTIAL:
        return exp(s), expm1(s)
    if form == QUADRATIC:
        return (1.0 + s, s + 0.5 * s * s) if s > -1.0 else (0.0, -0.5)
    if form == JENSEN:
        d = expm1(2.0 * s)
        return (1.0 + d) / (1.0 - d), -0.5 * log1p(-d)
    if form == LE_CAM_FORM:
        q = np.sqrt(1.0 - 2.0 * s)
        return (2.0 / q - 1.0, s * (3.0 - q) / (1.0 + q)) if s > -1.5 else (0.0, -0.5)
    gamma = alpha - 1.0
    log_ratio = log1p(gamma * s) / gamma
    below = -1.0 / alpha
    return (exp(log_ratio), expm1(alpha * log_ratio) / alpha) if gamma * s > -1.0 else (0.0, below)


ratio_and_conjugate = jit(_ratio_and_conjugate, forceinline=True)


def _link_of(x: float, form: int, alpha: float) -> float:
    """f'(x) for x ≥ 0, with the digits of x near 1; the general form is that of all powers but kl."""
    if form == EXPONENTIAL:
        return log(x)
    if form == JENSEN:
        return 0.5 * log1p((x - 1.0) / (1.0 + x))
    if form == LE_CAM_FORM:
        return 0.5 * ((x - 1.0) / (1.0 + x)) * ((x + 3.0) / (1.0 + x))
    return expm1((alpha - 1.0) * log(x)) / (alpha - 1.0)


link_of = jit(_link_of, forceinline=True)


def _link_slope(x: float, form: int, alpha: float) -> float:
    """f''(x) for x > 0; the general form is that of all powers."""
    if form == JENSEN:
        return 1.0 / (2.0 * x * (1.0 + x))
    if form == LE_CAM_FORM:
        return 4.0 / ((1.0 + x) * (1.0 + x) * (1.0 + x))
    return exp((alpha - 2.0) * log(x))


link_slope = jit(_link_slope, forceinline=True)
