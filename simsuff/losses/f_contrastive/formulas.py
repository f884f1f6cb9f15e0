"""Ratio, slopes, conjugate and link of the known divergences, without branches, for vectorised loops.

A class of options stands for each form, so that a kernel is compiled for those that are met, each with nothing but its
own formulas in its loops. Scores lie below f'(∞), and f has unit scale. `rational` has the ratio and the conjugate of
the forms whose ratio is a polynomial in one inverse.
"""

# ruff: noqa: ARG001 - the options of most forms say all by their class

import math
from typing import NamedTuple

import numpy as np

from simsuff.divergences.compiling import JS, POWER, Family
from simsuff.kernels.elementary import FUSED, exp, expm1, inverse_root, log, log1p
from simsuff.kernels.specialised import Specialised

# `f_contrastive` knows the first three; e^{x/t} serves InfoNCE.
IDENTITY, LOG, DERIVATIVE, EXPONENTIAL = 0, 1, 2, 3


class ContrastOptions(NamedTuple):
    """The options of `f_contrastive` for f = `scale` × a power with this `alpha`, js or le_cam.

    `limit` is f'(∞) at unit scale; `unbounded` says that f(0) = ∞. `kink` is how much the slope of
    (f*)' jumps at f'(0+), +∞ where it is not Lipschitz.
    """

    alpha: float
    scale: float
    limit: float
    unbounded: bool
    kink: float
    link: int = IDENTITY
    free_offset: bool = True
    others: bool = False
    symmetric: bool = True
    temperature: float = 1.0


class Exponential(ContrastOptions):
    """kl."""


class Reciprocal(ContrastOptions):
    """reverse_kl."""


class Quadratic(ContrastOptions):
    """The power 2."""


class Half(ContrastOptions):
    """The power ½."""


class Power(ContrastOptions):
    """Any other power."""


class Jensen(ContrastOptions):
    """js."""


class LeCam(ContrastOptions):
    """le_cam."""


FORMS = (Exponential, Reciprocal, Quadratic, Half, Power, Jensen, LeCam)
POWERS: dict[float, type[ContrastOptions]] = {0.0: Reciprocal, 0.5: Half, 1.0: Exponential, 2.0: Quadratic}


def options_of(member: Family) -> ContrastOptions:
    """The default options for a member of a family, of the class of its form."""
    kind, alpha, scale = member
    if kind == POWER:
        limit = math.inf if alpha >= 1.0 else 1.0 / (1.0 - alpha)
        kink = (1.0 if alpha == 2.0 else math.inf) if alpha > 1.0 else 0.0
        return POWERS.get(alpha, Power)(alpha, scale, limit, alpha <= 0.0, kink)
    if kind == JS:
        return Jensen(alpha, scale, 0.5 * math.log(2.0), False, 0.0)
    return LeCam(alpha, scale, 0.5, False, 0.25)


_TERMS = Specialised("ratio_and_slopes", forceinline=True, fastmath=FUSED)
_CONJUGATES = Specialised("ratio_and_conjugate", forceinline=True, fastmath=FUSED)
_LINKS = Specialised("link_of", forceinline=True, fastmath=FUSED)
_SLOPES = Specialised("slopes_at", forceinline=True, fastmath=FUSED)

# (options, s) -> t with f'(t) = s, 0 below f'(0+), with dt/ds = 1/f''(t) and d²t/ds²; for kinked forms and powers.
ratio_and_slopes = _TERMS.function

# (options, s) -> t and f*(s): 0 and −f(0) below f'(0+); for kinked forms and powers.
ratio_and_conjugate = _CONJUGATES.function

# (options, x) -> f'(x) for x ≥ 0, with the digits of x near 1.
link_of = _LINKS.function

# (options, x) -> dt/ds = 1/f''(x) and d²t/ds² where t = x > 0.
slopes_at = _SLOPES.function


@_LINKS.register(Half)
def _half_link(options: Half, x: float) -> float:
    root = np.sqrt(x)
    return float(2.0 * (x - 1.0) / (root * (root + 1.0)))


@_SLOPES.register(Half)
def _half_slopes(options: Half, x: float) -> tuple[float, float]:
    return x * np.sqrt(x), 1.5 * x * x


@_LINKS.register(Reciprocal)
def _reciprocal_link(options: Reciprocal, x: float) -> float:
    return float((x - 1.0) / np.float64(x))


@_SLOPES.register(Reciprocal)
def _reciprocal_slopes(options: Reciprocal, x: float) -> tuple[float, float]:
    return x * x, 2.0 * x * x * x


@_CONJUGATES.register(Exponential)
def _exponential_conjugate(options: Exponential, s: float) -> tuple[float, float]:
    change = expm1(s)
    return 1.0 + change, change


@_LINKS.register(Exponential)
def _exponential_link(options: Exponential, x: float) -> float:
    return log(x)


@_SLOPES.register(Exponential)
def _exponential_slopes(options: Exponential, x: float) -> tuple[float, float]:
    return x, x


@_TERMS.register(Quadratic)
def _quadratic_terms(options: Quadratic, s: float) -> tuple[float, float, float]:
    return (1.0 + s, 1.0, 0.0) if s > -1.0 else (0.0, 0.0, 0.0)


@_CONJUGATES.register(Quadratic)
def _quadratic_conjugate(options: Quadratic, s: float) -> tuple[float, float]:
    return (1.0 + s, s + 0.5 * s * s) if s > -1.0 else (0.0, -0.5)


@_LINKS.register(Quadratic)
def _quadratic_link(options: Quadratic, x: float) -> float:
    return x - 1.0


@_SLOPES.register(Quadratic)
def _quadratic_slopes(options: Quadratic, x: float) -> tuple[float, float]:
    return 1.0, 0.0


@_LINKS.register(Jensen)
def _jensen_link(options: Jensen, x: float) -> float:
    return 0.5 * (log(2.0 * x / (1.0 + x)) if x < 0.5 else log1p((x - 1.0) / (1.0 + x)))


@_SLOPES.register(Jensen)
def _jensen_slopes(options: Jensen, x: float) -> tuple[float, float]:
    slope = 2.0 * x * (1.0 + x)
    return slope, slope * (2.0 + 4.0 * x)


@_TERMS.register(LeCam)
def _le_cam_terms(options: LeCam, s: float) -> tuple[float, float, float]:
    r = inverse_root(1.0 - 2.0 * s)
    cube = r * r * r
    return (2.0 * r - 1.0, 2.0 * cube, 6.0 * r * r * cube) if s > -1.5 else (0.0, 0.0, 0.0)


@_CONJUGATES.register(LeCam)
def _le_cam_conjugate(options: LeCam, s: float) -> tuple[float, float]:
    r = inverse_root(1.0 - 2.0 * s)
    return (2.0 * r - 1.0, s * (3.0 * r - 1.0) / (1.0 + r)) if s > -1.5 else (0.0, -0.5)


@_LINKS.register(LeCam)
def _le_cam_link(options: LeCam, x: float) -> float:
    return 0.5 * ((x - 1.0) / (1.0 + x)) * ((x + 3.0) / (1.0 + x))


@_SLOPES.register(LeCam)
def _le_cam_slopes(options: LeCam, x: float) -> tuple[float, float]:
    r = 0.5 * (1.0 + x)
    return 2.0 * r * r * r, 6.0 * r * r * r * r * r


@_TERMS.register(Power)
def _power_terms(options: Power, s: float) -> tuple[float, float, float]:
    gamma = options.alpha - 1.0
    base = 1.0 + gamma * s
    inverse = 1.0 / base if base > 0.0 else 0.0
    t = exp(log1p(gamma * s) / gamma) if base > 0.0 else 0.0
    return t, t * inverse, (1.0 - gamma) * t * inverse * inverse


@_CONJUGATES.register(Power)
def _power_conjugate(options: Power, s: float) -> tuple[float, float]:
    gamma, below = options.alpha - 1.0, -1.0 / options.alpha
    log_ratio = log1p(gamma * s) / gamma
    cost = expm1(options.alpha * log_ratio) / options.alpha
    return (exp(log_ratio), cost) if gamma * s > -1.0 else (0.0, below)


@_LINKS.register(Power)
def _power_link(options: Power, x: float) -> float:
    gamma = options.alpha - 1.0
    return expm1(gamma * log(x)) / gamma


@_SLOPES.register(Power)
def _power_slopes(options: Power, x: float) -> tuple[float, float]:
    slope = exp((2.0 - options.alpha) * log(x))
    return slope, (2.0 - options.alpha) * slope * slope / x
