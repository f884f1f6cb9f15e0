"""Jensen–Shannon, Le Cam and total variation information of Gaussian views: Fourier integrals over the law of the pmi.

With l = log r and ψ(s) = E_⊗ r^{1/2 + is}, an even function k(l) = ∫ κ(s) e^{isl} ds gives E_⊗ √r k(l) = ∫ ψ κ ds.
Each of the three divergences is C − E_⊗ √r k(l) with C = ∫ κ, so D = ∫ (1 − ψ) κ ds: nothing cancels for small ρ.

* Le Cam: 1 − D = E_⊗ √r sech(l/2), κ = sech(πs).
* Jensen–Shannon: κ = ¼ sech(πs)/(¼ + s²), C = log 2.
* total variation: 1 − D = E_⊗ √r e^{−|l|/2}, κ = (1/2π)/(¼ + s²).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expm1, log1p

from simsuff.models.gaussian.canonical import Spectrum
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float

Complex = NDArray[np.complex128]

# Beyond |s| = 13, sech(πs) is below one unit in the last place.
LINE_END = 13.0

# The contour is s = c sinh(x + iπ/4), c sin(π/4) = 1/4. Beyond x = 42 past the scale 1/ρ of ψ, κ ds is below one
# unit in the last place.
CONTOUR_END = 42.0
CONTOUR_SCALE, CONTOUR_ANGLE = 0.25 * np.sqrt(2.0), np.pi / 4

# The trapezoidal rule converges exponentially: the integrands are analytic for |Im s| < 1/2 on the line and for
# |Im x| < π/4 on the contour, where high powers of ψ in many dimensions may ask for a few more halvings.
FIRST_STEP, MOST_HALVINGS = 0.16, 6

# Roundings in one term of log ψ and in the integrand around it.
TERM_UNITS = 8


def le_cam_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """The loss of the Le Cam divergence between the correlations `full` and `coarse`."""
    return _on_line(full, coarse, _sech)


def js_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """The loss of the Jensen–Shannon divergence."""
    return _on_line(full, coarse, lambda s: _sech(s) / 4 / (0.25 + s**2))


def total_variation_loss(full: Spectrum, coarse: Spectrum) -> Bounded:
    """The loss of total variation.

    κ decays slowly and ψ oscillates like e^{isI}, so the line is bent upwards, where that decays; the contour
    stays below the branch points of ψ on the imaginary axis, and the pole of κ at i/2 is a zero of 1 − ψ.
    """
    if not (full.rho > 0).any():
        return Bounded(0.0, 0.0)
    end = CONTOUR_END - np.log(np.min(full.rho[full.rho > 0]))

    def rule(step: float) -> Bounded:
        x = np.arange(0, end, step) + 1j * CONTOUR_ANGLE
        point, speed = CONTOUR_SCALE * np.sinh(x), CONTOUR_SCALE * np.cosh(x)
        return _trapezoid(full, coarse, point, speed / (0.25 + point**2) / (2 * np.pi), step)

    return _converged(rule)


def _on_line(full: Spectrum, coarse: Spectrum, kernel: Callable[[Float], Float]) -> Bounded:
    def rule(step: float) -> Bounded:
        s = np.arange(0, LINE_END, step)
        return _trapezoid(full, coarse, s.astype(np.complex128), kernel(s).astype(np.complex128), step)

    return _converged(rule)


def _converged(rule: Callable[[float], Bounded]) -> Bounded:
    """`rule` at halved steps until it changes by no more than its rounding; the last change is an error too."""
    step, before, change = FIRST_STEP / 2, rule(FIRST_STEP), np.inf
    for _ in range(MOST_HALVINGS):
        after = rule(step)
        change = abs(after.value - before.value)
        before, step = after, step / 2
        if change <= after.error:
            break
    return Bounded(before.value, before.error + change)


def _trapezoid(full: Spectrum, coarse: Spectrum, s: Complex, weight: Complex, step: float) -> Bounded:
    """∫ (ψ_T − ψ) κ ds over both halves of a symmetric contour, with the rounding of its terms."""
    before, after = log_psi(coarse, s), log_psi(full, s)
    differs = full.rho != coarse.rho  # what both share cancels exactly
    rise = (after.terms - before.terms)[:, differs].sum(axis=1)
    moment, whole = np.exp(before.terms.sum(axis=1)), np.exp(after.terms.sum(axis=1))
    # Far out, where both moments vanish, the rise between them is their cancelled rounding and may overflow.
    is_small = np.abs(rise) < 1
    terms = np.where(is_small, -moment * expm1(np.where(is_small, rise, 0)), moment - whole) * weight
    rounding = np.abs(whole * weight) * (after.sizes + before.sizes)[:, differs].sum(axis=1)
    blur = TERM_UNITS * UNIT * (rounding + np.abs(terms) * (2 + before.sizes.sum(axis=1)))
    for at_point, carried in ((whole, after.carried), (moment, before.carried)):
        if carried is not None:
            blur += np.abs(at_point * weight) * carried
    half = np.where(np.arange(len(s)) == 0, 0.5, 1.0)
    return Bounded(2 * step * float((half * terms.real).sum()), 2 * step * float(blur.sum()))


class LogPsi(NamedTuple):
    """The terms of log ψ, (len(s), d), the sizes of what they are differences of, and what errors of ρ make of log ψ."""

    terms: Complex
    sizes: Float
    carried: Float | None


def log_psi(spectrum: Spectrum, s: Complex) -> LogPsi:
    """log E_⊗ r^{1/2 + is} = Σ (¼ − is/2) log(1 − ρ²) − ½ log(1 − (is − ½)²ρ²), term by term."""
    shifted = (1j * s - 0.5)[:, None] * spectrum.rho
    # On the line and on the contour Im (is − ½)² ≤ 0 for Re s ≥ 0, so that the logarithm stays off its cut.
    second = log1p(-(shifted**2)) / 2
    outer = (0.25 - 0.5j * s)[:, None]
    first = outer * spectrum.log_complement
    blur = None
    used = spectrum.error > 0
    if used.any():
        top, inner = spectrum.largest, shifted[:, used]
        with np.errstate(divide="ignore"):
            slopes = np.abs(2 * outer * (top.rho / top.complement)[used])
        slopes += np.abs(inner * (1j * s - 0.5)[:, None] / (1 - inner**2))
        blur = slopes @ spectrum.error[used]
    return LogPsi(first - second, np.abs(first) + np.abs(second), blur)


def _sech(s: Float) -> Float:
    decay = np.exp(-np.pi * s)
    return np.asarray(2 * decay / (1 + decay**2))
