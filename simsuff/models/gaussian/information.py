"""How much information do Gaussian views share, and how much of it is lost? One function for both."""

import math
from collections.abc import Callable

import sympy as sp

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.closed_forms import is_finite, kl_loss, power_loss, reverse_kl_loss
from simsuff.models.gaussian.fourier import js_loss, le_cam_loss, total_variation_loss
from simsuff.models.gaussian.quadrature import is_finite_under, quadrature
from simsuff.numerics.bounded import Bounded
from simsuff.numerics.validation import refuse

Loss = Callable[[Spectrum, Spectrum], Bounded]

NAMED: dict[str, Loss] = {
    "kl": kl_loss,
    "reverse_kl": reverse_kl_loss,
    "js": js_loss,
    "le_cam": le_cam_loss,
    "total_variation": total_variation_loss,
}

# f as a multiple of the power divergence of order α: name -> (α, multiple).
POWERS: dict[str, tuple[float, float]] = {"chi2": (2.0, 2.0), "squared_hellinger": (0.5, 0.5)}


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
    name = next((name for name, known in DIVERGENCES.items() if known.expression == div.expression), None)
    if name in NAMED:
        return NAMED[name], lambda _: True
    order = POWERS[name] if name in POWERS else _order(div)
    if order is not None:
        alpha, factor = order
        return (lambda full, coarse: power_loss(full, coarse, alpha, factor)), (lambda s: is_finite(s, alpha))
    return (lambda full, coarse: quadrature(div, full, coarse)), (lambda s: is_finite_under(div, s))


def _order(div: Divergence) -> tuple[float, float] | None:
    """(α, 1) where f is the power divergence of order α that the catalogue makes, else None."""
    powers = sp.sympify(div.expression).atoms(sp.Pow)
    exponents = {float(power.exp) for power in powers if power.exp.is_number} - {0.0, 1.0}
    match = [a for a in sorted(exponents) if alpha_divergence(a).expression == div.expression]
    return (match[0], 1.0) if match else None
