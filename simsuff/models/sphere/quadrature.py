"""Integrals over angles between points of the unit sphere: Gauss–Legendre rules on panels that shrink towards peaks.

In angles every weight is a product of powers sin^a cos^b with integers a, b ≥ 0, which has no singularity.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import mpmath
import numpy as np

from simsuff.divergences import Divergence
from simsuff.divergences.compiling import POWER
from simsuff.divergences.kinks import places
from simsuff.models.gaussian.quadrature import Growth, growth, log_values
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float

# Nodes on a panel, for rules that halve their panels, and for products of rules (a coarse and a fine one).
NODES, COARSE, FINE = 12, 12, 16

# A panel is halved while this share of the integral changes, at most so often, and while there are not too many.
SHARE, MOST_HALVINGS, MOST_PANELS = 1e-16, 40, 1 << 13

# What underflows on the way to an integral: changes below it are none.
UNDERFLOW = 1e-290

# Roundings in one term of a sum, its weight and f included.
TERM_UNITS = 16

# A rule that is cut at no kink of f converges like a power of the panels; the change is then not far above the error.
KINKED = 8.0

CHUNK = 1 << 16

# |log r| beyond which e^{−|log r|} is far below rounding, even times |log r|: f(r) would overflow, or r underflow, and
# the logarithm of f is computed.
FAR = 150.0

# Beyond this exponent 1 does not show beside e^x.
LARGE = 50.0

Terms = tuple[Float, Float]


@lru_cache(maxsize=8)
def legendre(count: int) -> tuple[Float, Float]:
    """Nodes and weights of the Gauss–Legendre rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


@lru_cache(maxsize=64)
def kinks_of(div: Divergence) -> tuple[float, ...]:
    """log t at the t > 0 where f is not analytic."""
    return tuple(math.log(float(place)) for place in places(div.expression))


@lru_cache(maxsize=64)
def log_beta(a: float, b: float) -> float:
    """log B(a, b), of which differences of logarithms of the gamma function have lost digits."""
    with mpmath.workdps(30):
        return float(mpmath.log(mpmath.beta(a, b)))


def graded(points: list[float], smallest: Callable[[float], float]) -> Float:
    """Edges of panels between sorted `points`: halves, quarters, … of each interval, down to `smallest(point)` there."""
    edges = set(points)
    for a, b in pairwise(points):
        for end, sign in ((a, 1), (b, -1)):
            count = math.ceil(math.log2((b - a) / smallest(end))) if b > a else 0
            edges.update(end + sign * (b - a) * 0.5**j for j in range(1, count + 1))
    return np.array(sorted(edges))


def composite(edges: Float, count: int) -> Terms:
    """Nodes and weights of the rule of `count` nodes on each panel."""
    nodes, weights = legendre(count)
    width = np.diff(edges)[:, None]
    return (edges[:-1, None] + width * nodes).ravel(), (width * weights).ravel()


def adaptive(terms: Callable[[Float], Terms], edges: Float) -> Bounded:
    """∫ of a non-negative function, which `terms` gives with its rounding, over panels that are halved as needed.

    The error is the last change of each panel, which far exceeds what is left, and the rounding of the terms.
    """
    left, right = edges[:-1], edges[1:]
    known, _ = _on_panels(terms, left, right)
    kept, error = 0.0, 0.0
    for _ in range(MOST_HALVINGS):
        middle = (left + right) / 2
        halves = [_on_panels(terms, left, middle), _on_panels(terms, middle, right)]
        better = halves[0][0] + halves[1][0]
        if not (np.isfinite(better).all() and np.isfinite(known).all()):
            return Bounded(math.inf, 0.0)
        change, lost = np.abs(better - known), halves[0][1] + halves[1][1]
        total = kept + float(better.sum())
        open_ = change > np.maximum(SHARE * total, lost) + UNDERFLOW
        kept += float(better[~open_].sum())
        error += float((change + lost)[~open_].sum())
        if not open_.any() or open_.sum() > MOST_PANELS:
            kept, error = kept + float(better[open_].sum()), error + float(change[open_].sum())
            break
        left = np.concatenate([left[open_], middle[open_]])
        right = np.concatenate([middle[open_], right[open_]])
        known = np.concatenate([half[0][open_] for half in halves])
    else:
        kept, error = kept + float(known.sum()), error + float(change[open_].sum())
    return Bounded(kept, error + TERM_UNITS * UNIT * kept + UNDERFLOW)


def _on_panels(terms: Callable[[Float], Terms], left: Float, right: Float) -> Terms:
    nodes, weights = legendre(NODES)
    width = (right - left)[:, None]
    values, lost = (part.reshape(-1, NODES) for part in terms((left[:, None] + width * nodes).ravel()))
    if not np.isfinite(values).all():
        return np.full(left.shape, np.inf), np.zeros(left.shape)
    return (width * weights * values).sum(axis=1), (width * weights * lost).sum(axis=1)


def weighted(div: Divergence, log_ratio: Float, gross: Float, log_weight: Float) -> Terms:
    """e^`log_weight` f̃(r) at log r, known up to roundings of `gross`, f̃ = f − f'(1)(r − 1) ≥ 0; and its rounding.

    Nothing overflows but a product that is itself too large.
    """
    far = np.abs(log_ratio) > FAR
    values = np.exp(log_weight) * div.centred(np.where(far, 0.0, log_ratio))
    if far.any():
        with np.errstate(over="ignore"):
            values[far] = np.exp(log_weight[far] + log_far(div, log_ratio[far]))
    ends = powers(div)
    steepest = np.where(log_ratio < -FAR, -ends.zero, 2 + abs(ends.zero) + ends.infinity)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.abs(log_weight) + gross * steepest + 2 * (gross / np.abs(log_ratio))
        lost = np.where(values > 0, UNIT * values * (TERM_UNITS + relative), 0.0)
    return values, lost


def over_angle(div: Divergence, dimension: int, concentration: float, short: float) -> Bounded:
    """I_f of von Mises–Fisher pairs: E f(r) over the angle θ of two independent points, log r = −2κ sin²(θ/2) − `short`.

    `short` = log 𝓔_p(κ) − κ. Two points for p = 1; else the density of θ is sin^{p−2} θ/B((p − 1)/2, ½).
    """
    p, kappa = dimension, concentration
    if kappa == 0:
        return Bounded(0.0, 0.0)
    if p == 1:
        ratio = np.array([-short, -2 * kappa - short])
        values, lost = weighted(div, ratio, np.abs(ratio), np.full(2, -math.log(2)))
        return Bounded(float(values.sum()), float(lost.sum()) + UNDERFLOW)
    norm = log_beta((p - 1) / 2, 0.5)

    def terms(theta: Float) -> Terms:
        fall = 2 * kappa * np.sin(theta / 2) ** 2
        weight = (p - 2) * np.log(np.sin(theta)) - norm
        return weighted(div, -fall - short, fall + abs(short), weight)

    def finest(angle: float) -> float:
        """The size of the finest structure at an angle: of the weights, and of f at log r of order one."""
        return 1 / (1 + kappa * math.sin(angle) + math.sqrt(kappa + p))

    # Panels end at the peaks of both laws, at kinks of f, where r = 1, and at the poles.
    peak = math.acos(2 * kappa / ((p - 2) + math.hypot(p - 2, 2 * kappa)))
    heights = [(-short - kink) / (2 * kappa) for kink in (0.0, *kinks_of(div))]
    crossed = {2 * math.asin(math.sqrt(height)) for height in heights if 0 < height < 1}
    ends = sorted({0.0, peak, math.pi / 2, math.pi - peak, math.pi} | crossed)
    return adaptive(terms, graded(ends, finest))


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
    # Towards r = 0 the log of (r^α − 1 + α)/(α(α − 1)), of −log r − 1 for α = 0, of 1 for α = 1;
    # towards ∞ that of (r^α − αr)/(α(α − 1)), of r log r − r for α = 1, of r for α = 0.
    if alpha == 0:
        near, far = np.log(np.maximum(-x, 2.0) - 1), x
    elif alpha == 1:
        near, far = np.zeros_like(x), x + np.log(np.maximum(x, 2.0) - 1)
    else:
        norm = math.log(abs(alpha * (alpha - 1)))
        near = _log_sum(alpha * np.minimum(x, 0.0), alpha) - norm
        far = x + _log_sum((alpha - 1) * np.maximum(x, 0.0), 1 - alpha) - norm
    return math.log(scale) + np.where(x < 0, near, far)


def _log_sum(y: Float, shift: float) -> Float:
    """log |e^y − 1 + `shift`|."""
    small = np.minimum(y, LARGE)
    return np.where(y > LARGE, y, np.log(np.abs(np.expm1(small) + shift)))
