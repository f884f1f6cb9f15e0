"""How much information do Gaussian views share, and how much of it is lost? One function for both."""

import math
from collections.abc import Callable

import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence
from simsuff.divergences.compiling import JS, LE_CAM, POWER, TOTAL_VARIATION, Family
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.closed_forms import is_finite, kl_loss, power_loss, reverse_kl_loss
from simsuff.models.gaussian.fourier import js_loss, le_cam_loss, total_variation_loss
from simsuff.models.gaussian.quadrature import is_finite_under, quadrature
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import refuse

Loss = Callable[[Spectrum, Spectrum], Bounded]

NAMED: dict[int, Loss] = {JS: js_loss, LE_CAM: le_cam_loss, TOTAL_VARIATION: total_variation_loss}


def information_loss(div: Divergence, full: Spectrum, coarse: Spectrum) -> Bounded:
    """I_f at the correlations `full` minus I_f at `coarse`, which has at most as many; inf − finite is inf.

    With `coarse` = 0 this is I_f itself. The error is a rounding bound for the closed forms of E1, and an
    estimate for the quadratures (js, le_cam, total_variation, and every other f).

    Raises
    ------
    ValueError : if I_f at `coarse` is infinite.
    """
    loss, exists = _method(div)
    if not exists(coarse):
        largest = float(coarse.rho.max())
        allowed = "leave I_f(T; z2) finite (the condition of A1)"
        way_out = f"{div.name} is infinite at correlation {largest}; take a divergence that grows more slowly"
        raise refuse("div", div.name, allowed, way_out)
    if not exists(full):
        return Bounded(math.inf, 0.0)
    aligned = coarse.aligned_with(full)
    if full.pairs == aligned.pairs:
        return Bounded(0.0, 0.0)
    return loss(full, aligned)


def _method(div: Divergence) -> tuple[Loss, Callable[[Spectrum], bool]]:
    """The way to the loss, and whether I_f is finite; chosen by f itself, not by the name it goes under."""
    family = div.family or _recognised(div)
    if family is None:
        return (lambda full, coarse: quadrature(div, full, coarse)), (lambda s: is_finite_under(div, s))
    kind, alpha, factor = family
    if kind != POWER:
        return NAMED[kind], lambda _: True
    if alpha in (0.0, 1.0):
        return (kl_loss if alpha == 1 else reverse_kl_loss), lambda _: True
    return (lambda full, coarse: power_loss(full, coarse, alpha, factor)), (lambda s: is_finite(s, alpha))


def _recognised(div: Divergence) -> Family | None:
    """The family of the catalogue entry or power divergence that has the expression of a user's f, else None."""
    powers = sp.sympify(div.expression).atoms(sp.Pow)
    exponents = {float(power.exp) for power in powers if power.exp.is_number} - {0.0, 1.0}
    known = [*DIVERGENCES.values(), *map(alpha_divergence, sorted(exponents))]
    return next((k.family for k in known if k.expression == div.expression), None)
