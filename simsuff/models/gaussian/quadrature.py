"""Information of Gaussian views under any convex f: quadrature over the density of the pmi.

I_f = ∫ p₁₂(l) f(e^l) e^{−l} dl = ∫ p_⊗(l) f(e^l) dl over l = log r; the first form serves l > 0, the second l < 0.
Double exponential rules bear the singularities at l = I (of the density) and l = 0 (of f), and at kinks of f.

Under P₁₂, log r = I + Y with Y = Σ (ρ_i/2)(X_i² − X'_i²), X, X' independent standard normal, so that
E e^{isY} = Π (1 + ρ_i²s²)^{−1/2}. The density of Y at w is (1/2π) ∫ e^{−isw} Π (1 + ρ_i²s²)^{−1/2} ds.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy as sp
from scipy.special import log1p

from simsuff.divergences import Divergence
from simsuff.divergences.kinks import places
from simsuff.divergences.symbols import t
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float

# The rules run over |t| < 4.5, where their weights span more than the range that doubles resolve.
END = 4.5

# A change of 1 − ρ that an integral shows: far above its rounding, far below the scale on which I_f bends.
VISIBLE = 1e-3

# Roundings in one logarithm of the integrand, relative to its size.
LOG_UNITS = 8

# The contour leaves its saddle point at this angle below the real axis, and widens from its local scale.
ANGLE, WIDTH = np.pi / 4, 2.0

# Of both rules. The integrands are analytic near the path (|Im x| < π/4 on the contour), and the trapezoidal rule
# converges exponentially; many dimensions ask for a further halving. On the contour the last change, which far exceeds
# what is left of the error, is to be below CHANGE.
FIRST_STEP, MOST_HALVINGS, CHANGE = 0.1, 4, 1e-14

# Where e^{−isw} or the algebraic tail has fallen by this factor, the contour ends.
LOG_TAIL = 42.0

# Nearer to 0 than this (in units of ρ_max) the density is at most of order log(1/w), and has no mass to speak of.
NEAREST = 1e-22

BISECTIONS = 60
CHUNK = 16

# Enough for double precision away from r = 1; f behaves like (log r)² there and loses twice the digits of log r.
DIGITS = 60

# Slower growth than this power is measured between e^{10^12} and its square, where a logarithmic factor
# contributes less than 1e-12 to the exponent.
FASTEST_POWER = 1e4
NEAR, FAR = 300.0, 1e12
WHOLE = 1e-9


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
    error += _carried(div, full, first.value)
    error += _carried(div, coarse, second.value)
    return Bounded(first.value - second.value, error)


def _carried(div: Divergence, spectrum: Spectrum, value: float) -> float:
    """What the errors of the correlations make of I_f = `value`: a visible step along them, scaled down to their size."""
    if not spectrum.error.any():
        return 0.0
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


def _refinement(div: Divergence, spectrum: Spectrum, x: Float) -> Terms:
    """The sum over the nodes at `x` of the rules of all intervals."""
    mean = -float(spectrum.log_complement.sum()) / 2
    ends = [-np.inf, *sorted({0.0, mean, *(float(sp.log(root)) for root in places(div.expression))}), np.inf]
    pieces = [_piece(div, spectrum, mean, a, b, x) for a, b in pairwise(ends)]
    return Terms(sum(piece.total for piece in pieces), sum(piece.error for piece in pieces))


def _piece(div: Divergence, spectrum: Spectrum, mean: float, a: float, b: float, x: Float) -> Terms:
    """The rule on a < l < b; `mean` = I is the point of symmetry of the density."""
    lower = b <= 0
    width = float(np.sqrt((spectrum.rho**2).sum()))
    # The spread of the pmi: its width under P₁₂, and under P₁⊗P₂, which the lower tail belongs to, its mean.
    spread = max(width, float((spectrum.rho**2 / spectrum.complement).sum())) if lower else width
    nodes = _nodes(a, b, spread, x)
    log_ratio = _from(0.0, a, b, nodes)
    logs, relative = log_density(spectrum, np.abs(_from(mean, a, b, nodes)), tilted=lower)
    values = log_values(div, log_ratio, scale=width)
    exponent = logs + values + nodes.log_weight - (mean if lower else 0.0)
    terms = np.exp(exponent)
    # The log density falls by at most 1/ρ for each unit of l, whose rounding it sees; tilted, by 1/ρ − 1.
    steepest = (float(spectrum.gap.min()) if lower else 1.0) / float(spectrum.rho.max())
    seen = steepest * (abs(mean) + np.abs(log_ratio))
    size = np.where(terms > 0, 1 + np.abs(logs) + np.abs(np.where(terms > 0, values, 0.0)) + seen, 0.0)
    return Terms(float(terms.sum()), float((terms * (relative + LOG_UNITS * UNIT * size)).sum()))


def _nodes(a: float, b: float, scale: float, x: Float) -> Nodes:
    """tanh-sinh on a bounded interval, exp-sinh on a half line."""
    if np.isfinite(b - a):
        bend = np.pi * np.sinh(x)
        left, right = (b - a) / (1 + np.exp(-bend)), (b - a) / (1 + np.exp(bend))
        weight = np.log(left) + np.log(right / (b - a)) + np.log(np.pi * np.cosh(x))
        return Nodes(left, right, weight)
    away = scale * np.exp(np.pi / 2 * np.sinh(x))
    weight = np.log(away) + np.log(np.pi / 2 * np.cosh(x))
    never = np.full_like(x, np.inf)
    return Nodes(away, never, weight) if np.isinf(b) else Nodes(never, away, weight)


def _from(origin: float, a: float, b: float, nodes: Nodes) -> Float:
    """l − origin at the nodes, without cancellation where `origin` is an end of the interval."""
    if np.isinf(a):
        return (b - origin) - nodes.right
    if b == origin:
        return -nodes.right
    return (a - origin) + nodes.left


class Components(NamedTuple):
    """Correlations in units of the largest: q = ρ/ρ_max, 1 − q, and how often each occurs."""

    ratio: Float
    lack: Float
    times: Float


def log_density(spectrum: Spectrum, distance: Float, tilted: bool) -> tuple[Float, Float]:
    """log of the density of Y at ±`distance` ≥ 0, and an estimate of its relative error.

    With `tilted` the log of e^{distance} times the density, which is what P₁⊗P₂ sees in the lower tail; the
    large exponents are combined before they round.
    """
    parts, largest, gap = components(spectrum)
    order = np.argsort(distance)
    scaled = np.maximum(distance[order] / largest, NEAREST)
    logs, errors = np.empty_like(scaled), np.empty_like(scaled)
    for start in range(0, len(scaled), CHUNK):
        piece = slice(start, start + CHUNK)
        logs[order[piece]], errors[order[piece]] = _on_contour(parts, scaled[piece], gap if tilted else 1.0)
    return logs - np.log(largest), errors


def components(spectrum: Spectrum) -> tuple[Components, float, float]:
    """The distinct positive correlations in units of the largest, the largest, and 1 − the largest."""
    positive = spectrum.rho > 0
    rho, first, count = np.unique(spectrum.rho[positive], return_index=True, return_counts=True)
    gap = spectrum.gap[positive][first]
    largest, smallest_gap = float(rho[-1]), float(gap[-1])
    lack = np.where(rho < 0.5 * largest, 1 - rho / largest, (gap - smallest_gap) / largest)
    return Components(rho / largest, lack, count.astype(np.float64)), largest, smallest_gap


def _on_contour(parts: Components, w: Float, gap: float) -> tuple[Float, Float]:
    """log of e^{(1 − gap) w} times the density in units of ρ_max, through the saddle point s = −i(1 − κ)."""
    kappa = saddle(parts, w)[:, None]
    below = parts.lack + parts.ratio * kappa
    above = 1 + parts.ratio * (1 - kappa)
    width = WIDTH / np.sqrt((parts.times * parts.ratio**2 * (below**-2 + above**-2) / 2).sum(axis=1))
    end, step = _end(parts, w, width), FIRST_STEP
    before, rounding = _rule(parts, w, width, below, above, np.arange(0, end, step), step)
    change = np.ones_like(w)
    for _ in range(MOST_HALVINGS):
        step = step / 2
        middle, other = _rule(parts, w, width, below, above, np.arange(0, end, 2 * step) + step, 2 * step)
        mass, rounding = (before + middle) / 2, (rounding + other) / 2
        before, change = mass, np.abs(mass - before) / mass
        if change.max() < CHANGE:
            break
    base = (kappa[:, 0] - gap) * w - (parts.times * (np.log(below) + np.log(above))).sum(axis=1) / 2
    return base + np.log(before), change + rounding / before


def _rule(
    parts: Components, w: Float, width: Float, below: Float, above: Float, x: Float, step: float
) -> tuple[Float, Float]:
    """(1/π) ∫ Re e^{−isw} Π (1 + q²s²)^{−1/2} ds relative to the value at the saddle, and what the sum may round."""
    moved = width[:, None] * (np.sinh(x - 1j * ANGLE) + 1j * np.sin(ANGLE))
    exponent = -1j * w[:, None] * moved
    for ratio, near, far, count in zip(parts.ratio, below.T, above.T, parts.times, strict=True):
        turned = 1j * ratio * moved
        exponent -= count / 2 * (log1p(-turned / near[:, None]) + log1p(turned / far[:, None]))
    terms = np.exp(exponent) * np.cosh(x - 1j * ANGLE) * np.where(x == 0, 0.5, 1.0)
    lost = LOG_UNITS * UNIT * (np.abs(terms) * (1 + np.abs(exponent))).sum(axis=1)
    return step * width / np.pi * terms.real.sum(axis=1), step * width / np.pi * lost


def saddle(parts: Components, w: Float) -> Float:
    """κ with Σ q²τ/(1 − q²τ²) = w at τ = 1 − κ, by bisection of log κ; it only places the contour."""
    low, high = -np.log(2 * w + 2), np.zeros_like(w)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        kappa = np.exp(middle)[:, None]
        tau = -np.expm1(middle)[:, None]
        slopes = parts.ratio**2 * tau / ((parts.lack + parts.ratio * kappa) * (1 + parts.ratio * tau))
        too_far = (parts.times * slopes).sum(axis=1) > w
        low, high = np.where(too_far, middle, low), np.where(too_far, high, middle)
    return np.asarray(np.exp(high))


def _end(parts: Components, w: Float, width: Float) -> float:
    """Where the integrand is negligible for all of `w`: by e^{−isw}, or by the product of square roots."""
    decay = float(np.arcsinh(2 * LOG_TAIL / (w * width).min()))
    count = int(parts.times.sum())
    if count == 1:
        return decay
    scale = float((1 / (np.repeat(parts.ratio, parts.times.astype(int))[-2] * width)).max())
    return min(decay, LOG_TAIL + float(np.log1p(scale)))


class Growth(NamedTuple):
    """f(t) grows like t^`infinity` as t → ∞ and like t^`zero` as t → 0, up to factors slower than any power."""

    zero: float
    infinity: float


def log_values(div: Divergence, log_ratio: Float, scale: float = 1.0) -> Float:
    """log of f̃(r) min(1, 1/r) at log r, f̃ = f − f'(1)(r − 1) ≥ 0 (P3); −inf where it vanishes.

    Good to double precision down to |log r| = 1e-20 `scale`, `scale` ≤ 1.
    """
    digits = DIGITS - 2 * int(np.floor(np.log10(min(scale, 1.0))))
    function = _normalised(div.expression, digits)
    with mpmath.workdps(digits):
        return np.array([_log(function, float(value), float(max(value, 0.0))) for value in log_ratio])


def growth(div: Divergence) -> Growth:
    """The powers with which f̃ grows at both ends; ±inf where it outgrows every power."""
    function = _normalised(div.expression, DIGITS)
    with mpmath.workdps(DIGITS):
        return Growth(-_power(function, -1.0), _power(function, 1.0))


@lru_cache(maxsize=64)
def _normalised(expression: sp.Expr, digits: int) -> Callable[[Any], Any]:
    """r ↦ f(r) − f'(1)(r − 1) for mpmath numbers."""
    function = sp.lambdify(t, expression, "mpmath")
    with mpmath.workdps(digits):
        slope = mpmath.mpf(sp.N(sp.diff(expression, t).subs(t, 1), digits))
    return lambda ratio: function(ratio) - slope * (ratio - 1)


def _log(function: Callable[[Any], Any], log_ratio: float, discount: float) -> float:
    value = abs(function(mpmath.exp(log_ratio)))
    return -np.inf if value == 0 else float(mpmath.log(value)) - discount


def _power(function: Callable[[Any], Any], direction: float) -> float:
    """The power of e^{x} with which f̃(e^{direction x}) grows."""
    rough = _slope(function, direction, NEAR)
    if rough > FASTEST_POWER:
        return np.inf
    # A logarithmic factor adds about log(FAR) / FAR to a whole power, and 1 − ρ may be smaller than that.
    power = _slope(function, direction, FAR)
    return float(round(power)) if abs(power - round(power)) < WHOLE else power


def _slope(function: Callable[[Any], Any], direction: float, x: float) -> float:
    first, second = (_log(function, direction * scale * x, 0.0) for scale in (1, 2))
    return 0.0 if first == -np.inf or second == -np.inf else (second - first) / x
