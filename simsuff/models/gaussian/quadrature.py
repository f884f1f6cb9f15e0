"""How much information do Gaussian views share under any convex f? An integral over the law of the pmi.

I_f = ∫ p₁₂(l) f(e^l) e^{−l} dl = ∫ p_⊗(l) f(e^l) dl over l = log r; the first form serves l > 0, the second l < 0.
Double exponential rules bear the singularities at l = I (of the density) and l = 0 (of f), and at kinks of f.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.general_f import growth, kinks, log_values
from simsuff.models.gaussian.pmi_law import log_density
from simsuff.numerics.numbers import Bounded

Float = NDArray[np.float64]
UNIT = float(np.finfo(np.float64).eps) / 2

# The rules run over |t| < 4.5, where their weights span more than the range that doubles resolve.
END = 4.5
FIRST_STEP, MOST_HALVINGS = 0.25, 6

# A change of 1 − ρ that an integral shows: far above its rounding, far below the scale on which I_f bends.
VISIBLE = 1e-3

# Roundings in one logarithm of the integrand, relative to its size.
LOG_UNITS = 8


class Nodes(NamedTuple):
    """Points of a rule: distances to the left and right end of its interval (inf if there is none), log weights."""

    left: Float
    right: Float
    log_weight: Float


class Terms(NamedTuple):
    """Sums over the nodes of one refinement: the integral without its step, and the error it carries."""

    total: float
    error: float


def is_finite_under(div: Divergence, spectrum: Spectrum) -> bool:
    """Whether I_f is finite: the powers of f at 0 and ∞ against the tails e^{−|l|/ρ_max} of the pmi."""
    powers = growth(div)
    steepest = max(powers.infinity - 1, 1 - powers.zero, 0.0)
    if np.isinf(steepest):
        return not (spectrum.rho > 0).any()
    return bool((spectrum.distance(steepest) > 0).all())


def quadrature(div: Divergence, full: Spectrum, coarse: Spectrum) -> Bounded:
    """I_f at `full` minus I_f at `coarse`; the error is an estimate from halved steps, rounding and errors of ρ."""
    first, second = integral(div, full), integral(div, coarse)
    error = first.error + second.error
    for value, spectrum in ((first.value, full), (second.value, coarse)):
        if spectrum.error.any():
            error += _carried(div, spectrum, value)
    return Bounded(first.value - second.value, error)


def _carried(div: Divergence, spectrum: Spectrum, value: float) -> float:
    """What the errors of the correlations make of I_f = `value`: a visible step along them, scaled down to their size."""
    with np.errstate(divide="ignore"):
        doubt = float((spectrum.error / spectrum.gap).max())
    if not doubt < VISIBLE:
        return np.inf
    step = VISIBLE * spectrum.error / (spectrum.error / spectrum.gap).max()
    moved = Spectrum(spectrum.rho + step, spectrum.gap - step)
    if not is_finite_under(div, moved):
        return np.inf
    return 2 * abs(integral(div, moved).value - value) * doubt / VISIBLE


def integral(div: Divergence, spectrum: Spectrum) -> Bounded:
    """I_f where it is finite."""
    if not (spectrum.rho > 0).any():
        return Bounded(0.0, 0.0)
    step, sums = FIRST_STEP, _refinement(div, spectrum, np.arange(-END, END, FIRST_STEP))
    value, change = step * sums.total, np.inf
    for _ in range(MOST_HALVINGS):
        more = _refinement(div, spectrum, np.arange(-END, END, step) + step / 2)
        sums, step = Terms(sums.total + more.total, sums.error + more.error), step / 2
        change, value = abs(step * sums.total - value), step * sums.total
        if change <= step * sums.error:
            break
    return Bounded(value, change + step * sums.error)


def _refinement(div: Divergence, spectrum: Spectrum, t: Float) -> Terms:
    """The sum over the nodes at `t` of the rules of all intervals."""
    mean = -float(spectrum.log_complement.sum()) / 2
    ends = [-np.inf, *sorted({0.0, mean, *kinks(div)}), np.inf]
    pieces = [_piece(div, spectrum, mean, a, b, t) for a, b in pairwise(ends)]
    return Terms(sum(piece.total for piece in pieces), sum(piece.error for piece in pieces))


def _piece(div: Divergence, spectrum: Spectrum, mean: float, a: float, b: float, t: Float) -> Terms:
    """The rule on a < l < b; `mean` = I is the point of symmetry of the density."""
    lower = b <= 0
    width = float(np.sqrt((spectrum.rho**2).sum()))
    nodes = _nodes(a, b, _scale(spectrum, width, lower), t)
    log_ratio = _from(0.0, a, b, nodes)
    logs, relative = log_density(spectrum, np.abs(_from(mean, a, b, nodes)), tilted=lower)
    values = log_values(div, log_ratio, scale=width)
    exponent = logs + values + nodes.log_weight - (mean if lower else 0.0)
    terms = np.exp(exponent)
    size = np.where(terms > 0, 1 + np.abs(logs) + np.abs(np.where(terms > 0, values, 0.0)), 0.0)
    return Terms(float(terms.sum()), float((terms * (relative + LOG_UNITS * UNIT * size)).sum()))


def _nodes(a: float, b: float, scale: float, t: Float) -> Nodes:
    """tanh-sinh on a bounded interval, exp-sinh on a half line."""
    if np.isfinite(b - a):
        bend = np.pi * np.sinh(t)
        left, right = (b - a) / (1 + np.exp(-bend)), (b - a) / (1 + np.exp(bend))
        weight = np.log(left) + np.log(right / (b - a)) + np.log(np.pi * np.cosh(t))
        return Nodes(left, right, weight)
    away = scale * np.exp(np.pi / 2 * np.sinh(t))
    weight = np.log(away) + np.log(np.pi / 2 * np.cosh(t))
    never = np.full_like(t, np.inf)
    return Nodes(away, never, weight) if np.isinf(b) else Nodes(never, away, weight)


def _from(origin: float, a: float, b: float, nodes: Nodes) -> Float:
    """l − origin at the nodes, without cancellation where `origin` is an end of the interval."""
    if np.isinf(a):
        return (b - origin) - nodes.right
    if b == origin:
        return -nodes.right
    return (a - origin) + nodes.left


def _scale(spectrum: Spectrum, width: float, lower: bool) -> float:
    """The spread of the pmi: its `width` under P₁₂, and under P₁⊗P₂, which the lower tail belongs to, its mean."""
    return max(width, float((spectrum.rho**2 / spectrum.complement).sum())) if lower else width
