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
from simsuff.divergences.kinks import places
from simsuff.models.sphere.tails import FAR, log_far, powers
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

    return adaptive(terms, graded(_angles(div, p, kappa, short), lambda at: _scale(p, kappa, at)))


def _scale(dimension: int, concentration: float, angle: float) -> float:
    """The size of the finest structure at an angle: of the weights, and of f at log r of order one."""
    return 1 / (1 + concentration * math.sin(angle) + math.sqrt(concentration + dimension))


def _angles(div: Divergence, dimension: int, concentration: float, short: float) -> list[float]:
    """Where panels end: the peaks of both laws, kinks of f, r = 1, and the poles."""
    p, kappa = dimension, concentration
    peak = math.acos(2 * kappa / ((p - 2) + math.hypot(p - 2, 2 * kappa)))
    heights = [(-short - kink) / (2 * kappa) for kink in (0.0, *kinks_of(div))]
    crossed = {2 * math.asin(math.sqrt(height)) for height in heights if 0 < height < 1}
    return sorted({0.0, peak, math.pi / 2, math.pi - peak, math.pi} | crossed)
