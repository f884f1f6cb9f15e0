"""Ratio, slopes, conjugate and link of the known divergences, without branches, for vectorised loops.

A class of options stands for each form, so that a kernel is compiled for those that are met, each with nothing but its
own formulas in its loops. Scores lie below f'(∞), and f has unit scale.

Rational forms (½, reverse_kl, js) have a ratio that is a polynomial in one inverse. A score s = p + x becomes
y = shift + slope · q(p), and everything follows from y and r = 1/(1 − y): for js y = e^{2s} − 1, which leaves one
exponential for all offsets of a row.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from simsuff.divergences.compiling import JS, POWER, Family
from simsuff.kernels.elementary import FUSED, exp, expm1, inverse_root, log, log1p, log_of_normal
from simsuff.kernels.jit import jit
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


@jit(forceinline=True, fastmath=FUSED)
def log_of(product: float, change: float) -> float:
    """log `product`, with the digits of a small `change` = product − 1."""
    lost = change - (product - 1.0) if abs(change) < 0.5 else 0.0
    result: float = log_of_normal(product, 0.0, lost * (2.0 - product))
    return result if product > 0.0 else -np.inf


class Exponential(ContrastOptions):
    """kl."""

    def ratio_and_conjugate(self, s: float) -> tuple[float, float]:
        change = expm1(s)
        return 1.0 + change, change

    def link_of(self, x: float) -> float:
        return log(x)

    def slopes_at(self, x: float) -> tuple[float, float]:
        return x, x


class Quadratic(ContrastOptions):
    """The power 2."""

    def ratio_and_slopes(self, s: float) -> tuple[float, float, float]:
        return (1.0 + s, 1.0, 0.0) if s > -1.0 else (0.0, 0.0, 0.0)

    def ratio_and_conjugate(self, s: float) -> tuple[float, float]:
        return (1.0 + s, s + 0.5 * s * s) if s > -1.0 else (0.0, -0.5)

    def link_of(self, x: float) -> float:
        return x - 1.0

    def slopes_at(self, x: float) -> tuple[float, float]:  # noqa: ARG002
        return 1.0, 0.0


class Power(ContrastOptions):
    """Any other power."""

    def ratio_and_slopes(self, s: float) -> tuple[float, float, float]:
        gamma = self.alpha - 1.0
        base = 1.0 + gamma * s
        inverse = 1.0 / base if base > 0.0 else 0.0
        t = exp(log1p(gamma * s) / gamma) if base > 0.0 else 0.0
        return t, t * inverse, (1.0 - gamma) * t * inverse * inverse

    def ratio_and_conjugate(self, s: float) -> tuple[float, float]:
        gamma, below = self.alpha - 1.0, -1.0 / self.alpha
        log_ratio = log1p(gamma * s) / gamma
        cost = expm1(self.alpha * log_ratio) / self.alpha
        return (exp(log_ratio), cost) if gamma * s > -1.0 else (0.0, below)

    def link_of(self, x: float) -> float:
        gamma = self.alpha - 1.0
        return expm1(gamma * log(x)) / gamma

    def slopes_at(self, x: float) -> tuple[float, float]:
        slope = exp((2.0 - self.alpha) * log(x))
        return slope, (2.0 - self.alpha) * slope * slope / x


class LeCam(ContrastOptions):
    """le_cam."""

    def ratio_and_slopes(self, s: float) -> tuple[float, float, float]:
        r = inverse_root(1.0 - 2.0 * s)
        cube = r * r * r
        return (2.0 * r - 1.0, 2.0 * cube, 6.0 * r * r * cube) if s > -1.5 else (0.0, 0.0, 0.0)

    def ratio_and_conjugate(self, s: float) -> tuple[float, float]:
        r = inverse_root(1.0 - 2.0 * s)
        return (2.0 * r - 1.0, s * (3.0 * r - 1.0) / (1.0 + r)) if s > -1.5 else (0.0, -0.5)

    def link_of(self, x: float) -> float:
        return 0.5 * ((x - 1.0) / (1.0 + x)) * ((x + 3.0) / (1.0 + x))

    def slopes_at(self, x: float) -> tuple[float, float]:
        r = 0.5 * (1.0 + x)
        return 2.0 * r * r * r, 6.0 * r * r * r * r * r


class Half(ContrastOptions):
    """The power ½, with y = s/2."""

    def line_of(self, x: float) -> tuple[float, float]:
        return 0.5 * x, 0.5

    def means_of_powers(self, r1: float, r2: float, r3: float, r4: float) -> tuple[float, float, float]:  # noqa: ARG002
        return r2, r3, 1.5 * r4

    def weight_and_cost(self, part: float, slope: float, y: float, r: float) -> tuple[float, float]:  # noqa: ARG002
        return r * r, 2.0 * y * r

    def log_cost(self, product: float, change: float) -> float:  # noqa: ARG002
        return 0.0

    def link_of(self, x: float) -> float:
        root = np.sqrt(x)
        return float(2.0 * (x - 1.0) / (root * (root + 1.0)))

    def slopes_at(self, x: float) -> tuple[float, float]:
        return x * np.sqrt(x), 1.5 * x * x


class Reciprocal(ContrastOptions):
    """reverse_kl, with y = s."""

    def line_of(self, x: float) -> tuple[float, float]:
        return x, 1.0

    def means_of_powers(self, r1: float, r2: float, r3: float, r4: float) -> tuple[float, float, float]:  # noqa: ARG002
        return r1, r2, 2.0 * r3

    def weight_and_cost(self, part: float, slope: float, y: float, r: float) -> tuple[float, float]:  # noqa: ARG002
        return r, 0.0

    def log_cost(self, product: float, change: float) -> float:
        return -log_of(product, change)

    def link_of(self, x: float) -> float:
        return float((x - 1.0) / np.float64(x))

    def slopes_at(self, x: float) -> tuple[float, float]:
        return x * x, 2.0 * x * x * x


class Jensen(ContrastOptions):
    """js, with y = e^{2s} − 1."""

    def line_of(self, x: float) -> tuple[float, float]:
        shift = expm1(2.0 * x)
        return shift, 1.0 + shift

    def means_of_powers(self, r1: float, r2: float, r3: float, r4: float) -> tuple[float, float, float]:  # noqa: ARG002
        return 2.0 * r1 - 1.0, 8.0 * r2 - 4.0 * r1, 64.0 * r3 - 48.0 * r2 + 8.0 * r1

    def weight_and_cost(self, part: float, slope: float, y: float, r: float) -> tuple[float, float]:  # noqa: ARG002
        # 1 + y = slope (1 + q), which is 0 at a score of −∞.
        return (slope + part) * r, 0.0

    def log_cost(self, product: float, change: float) -> float:
        return -0.5 * log_of(product, change)

    def link_of(self, x: float) -> float:
        return 0.5 * (log(2.0 * x / (1.0 + x)) if x < 0.5 else log1p((x - 1.0) / (1.0 + x)))

    def slopes_at(self, x: float) -> tuple[float, float]:
        slope = 2.0 * x * (1.0 + x)
        return slope, slope * (2.0 + 4.0 * x)


RATIONAL = (Half, Reciprocal, Jensen)
FORMS = (Exponential, Quadratic, Power, LeCam, *RATIONAL)
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


def _method(name: str) -> Any:
    """The method `name` of the forms that have one, for compiled code, which knows no methods of named tuples."""
    table = Specialised(name, forceinline=True, fastmath=FUSED)
    for form in FORMS:
        if name in vars(form):
            table.register(form)(vars(form)[name])
    return table.function


# (options, s) -> t with f'(t) = s, 0 below f'(0+), with dt/ds = 1/f''(t) and d²t/ds²; for kinked forms and powers.
ratio_and_slopes = _method("ratio_and_slopes")

# (options, s) -> t and f*(s): 0 and −f(0) below f'(0+); for kinked forms and powers.
ratio_and_conjugate = _method("ratio_and_conjugate")

# (options, x) -> f'(x) for x ≥ 0, with the digits of x near 1.
link_of = _method("link_of")

# (options, x) -> dt/ds = 1/f''(x) and d²t/ds² where t = x > 0.
slopes_at = _method("slopes_at")

# Of rational forms: (options, x) -> shift and slope of y.
line_of = _method("line_of")

# (options, means of r, r², r³ and r⁴) -> means of t, dt/ds and d²t/ds².
means_of_powers = _method("means_of_powers")

# (options, slope · q, slope, y, r) -> t and what of f* is no logarithm.
weight_and_cost = _method("weight_and_cost")

# (options, Π (1 − y), the same less 1) -> the logarithms in f*, added up.
log_cost = _method("log_cost")
