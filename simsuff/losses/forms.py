"""How do the known divergences look inside a vectorised loop? Ratio, slope, conjugate and link without branches.

A class of options stands for each form, so that a kernel is compiled for those that are met, each with nothing but its
own formulas in its loops. Scores lie below f'(∞), and f has unit scale.
"""

# ruff: noqa: ARG001 - the options of most forms say all by their class

import math
from typing import NamedTuple

import numpy as np

from simsuff.losses.families import JS, POWER, Family
from simsuff.numerics.elementary import FUSED, exp, expm1, log, log1p
from simsuff.numerics.specialised import Specialised

IDENTITY, LOG, DERIVATIVE = 0, 1, 2


class ContrastOptions(NamedTuple):
    """The options of `f_contrastive` for f = `scale` × a power with this `alpha`, js or le_cam.

    `limit` is f'(∞) at unit scale; `unbounded` says that f(0) = ∞.
    """

    alpha: float
    scale: float
    limit: float
    unbounded: bool
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
        return POWERS.get(alpha, Power)(alpha, scale, limit, alpha <= 0.0)
    if kind == JS:
        return Jensen(alpha, scale, 0.5 * math.log(2.0), False)
    return LeCam(alpha, scale, 0.5, False)


_SLOPES = Specialised("ratio_and_slope", forceinline=True, fastmath=FUSED)
_CONJUGATES = Specialised("ratio_and_conjugate", forceinline=True, fastmath=FUSED)
_LINKS = Specialised("link_of", forceinline=True, fastmath=FUSED)
_PULLS = Specialised("link_slope", forceinline=True, fastmath=FUSED)

# (options, s) -> t with f'(t) = s, 0 below f'(0+), and dt/ds = 1/f''(t).
ratio_and_slope = _SLOPES.function

# (options, s) -> t and f*(s): 0 and −f(0) below f'(0+).
ratio_and_conjugate = _CONJUGATES.function

# (options, x) -> f'(x) for x ≥ 0, with the digits of x near 1.
link_of = _LINKS.function

# (options, x) -> f''(x) for x > 0.
link_slope = _PULLS.function


@_SLOPES.register(Half)
def _half_slope(options: Half, s: float) -> tuple[float, float]:
    r = 1.0 / (1.0 - 0.5 * s)
    return r * r, r * r * r


@_CONJUGATES.register(Half)
def _half_conjugate(options: Half, s: float) -> tuple[float, float]:
    r = 1.0 / (1.0 - 0.5 * s)
    return r * r, s * r if s > -math.inf else -2.0


@_SLOPES.register(Reciprocal)
def _reciprocal_slope(options: Reciprocal, s: float) -> tuple[float, float]:
    r = 1.0 / (1.0 - s)
    return r, r * r


@_CONJUGATES.register(Reciprocal)
def _reciprocal_conjugate(options: Reciprocal, s: float) -> tuple[float, float]:
    return 1.0 / (1.0 - s), -log1p(-s)


@_SLOPES.register(Exponential)
def _exponential_slope(options: Exponential, s: float) -> tuple[float, float]:
    e = exp(s)
    return e, e


@_CONJUGATES.register(Exponential)
def _exponential_conjugate(options: Exponential, s: float) -> tuple[float, float]:
    return exp(s), expm1(s)


@_LINKS.register(Exponential)
def _exponential_link(options: Exponential, x: float) -> float:
    return log(x)


@_SLOPES.register(Quadratic)
def _quadratic_slope(options: Quadratic, s: float) -> tuple[float, float]:
    return (1.0 + s, 1.0) if s > -1.0 else (0.0, 0.0)


@_CONJUGATES.register(Quadratic)
def _quadratic_conjugate(options: Quadratic, s: float) -> tuple[float, float]:
    return (1.0 + s, s + 0.5 * s * s) if s > -1.0 else (0.0, -0.5)


@_SLOPES.register(Jensen)
def _jensen_slope(options: Jensen, s: float) -> tuple[float, float]:
    e = exp(2.0 * s)
    t = e / (2.0 - e)
    return t, 2.0 * t * (1.0 + t)


@_CONJUGATES.register(Jensen)
def _jensen_conjugate(options: Jensen, s: float) -> tuple[float, float]:
    e = exp(2.0 * s)
    return e / (2.0 - e), -0.5 * log1p(-expm1(2.0 * s))


@_LINKS.register(Jensen)
def _jensen_link(options: Jensen, x: float) -> float:
    return 0.5 * (log(2.0 * x / (1.0 + x)) if x < 0.5 else log1p((x - 1.0) / (1.0 + x)))


@_PULLS.register(Jensen)
def _jensen_pull(options: Jensen, x: float) -> float:
    return 1.0 / (2.0 * x * (1.0 + x))


@_SLOPES.register(LeCam)
def _le_cam_slope(options: LeCam, s: float) -> tuple[float, float]:
    r = 1.0 / np.sqrt(1.0 - 2.0 * s)
    return (2.0 * r - 1.0, 2.0 * r * r * r) if s > -1.5 else (0.0, 0.0)


@_CONJUGATES.register(LeCam)
def _le_cam_conjugate(options: LeCam, s: float) -> tuple[float, float]:
    q = np.sqrt(1.0 - 2.0 * s)
    return (2.0 / q - 1.0, s * (3.0 - q) / (1.0 + q)) if s > -1.5 else (0.0, -0.5)


@_LINKS.register(LeCam)
def _le_cam_link(options: LeCam, x: float) -> float:
    return 0.5 * ((x - 1.0) / (1.0 + x)) * ((x + 3.0) / (1.0 + x))


@_PULLS.register(LeCam)
def _le_cam_pull(options: LeCam, x: float) -> float:
    return 4.0 / ((1.0 + x) * (1.0 + x) * (1.0 + x))


@_SLOPES.register(Power)
def _power_slope(options: Power, s: float) -> tuple[float, float]:
    gamma = options.alpha - 1.0
    base = gamma * s
    t = exp(log1p(base) / gamma) if base > -1.0 else 0.0
    return t, t / (1.0 + base) if base > -1.0 else 0.0


@_CONJUGATES.register(Power)
def _power_conjugate(options: Power, s: float) -> tuple[float, float]:
    gamma, below = options.alpha - 1.0, -1.0 / options.alpha
    log_ratio = log1p(gamma * s) / gamma
    cost = expm1(options.alpha * log_ratio) / options.alpha
    return (exp(log_ratio), cost) if gamma * s > -1.0 else (0.0, below)


@_LINKS.register(Power)
@_LINKS.register(Half)
@_LINKS.register(Reciprocal)
@_LINKS.register(Quadratic)
def _power_link(options: ContrastOptions, x: float) -> float:
    gamma = options.alpha - 1.0
    return expm1(gamma * log(x)) / gamma


@_PULLS.register(Power)
@_PULLS.register(Half)
@_PULLS.register(Reciprocal)
@_PULLS.register(Quadratic)
@_PULLS.register(Exponential)
def _power_pull(options: ContrastOptions, x: float) -> float:
    return exp((options.alpha - 2.0) * log(x))
