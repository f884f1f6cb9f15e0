"""Which offset c of a row of scores S minimises (1/m) Σ_j f*(S_j − c) + c?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.losses.conjugate_slope import Slope, known_form

Float = NDArray[np.float64]

# Halving alone resolves a bracket to its last bit in some 60 steps; Newton's method takes about five.
MAX_STEPS = 200
EPS = float(np.finfo(np.float64).eps)


def row_offsets(div: Divergence, slope: Slope, scores: Float) -> Float:
    """The minimising offset of each row of `scores` (n, m), shape (n,): the root of mean_j t(S_j − c) = 1.

    t = (f*)' is `slope`. The root lies between max S − f'(m) and max S − f'(1), where f* is finite: no t_j exceeds
    m. Closed forms are log-mean-exp for kl and sorting for chi2 (the quadratic f), otherwise safeguarded Newton
    steps on log mean t, to the last digits of c. Scores may be −∞, but not a whole row.
    """
    name, alpha = known_form(div)
    if name == "kl":
        return log_mean_exp(scores)
    if name == "chi2":
        return quadratic_offsets(scores, 2.0)
    if alpha == 2:
        return quadratic_offsets(scores, 1.0)
    return newton_offsets(div, slope, scores)


def log_mean_exp(scores: Float) -> Float:
    """c for kl, t = eˢ."""
    top = scores.max(axis=1, keepdims=True)
    values: Float = top[:, 0] + np.log(np.exp(scores - top).mean(axis=1))
    return values


def quadratic_offsets(scores: Float, curvature: float) -> Float:
    """c for f'' = κ = `curvature`, t = max(0, 1 + s/κ): the Euclidean projection of the row on the simplex.

    If the ρ largest scores carry the weight, c = mean of them + κ − κm/ρ; ρ is the largest number for which the
    ρ-th score has a positive weight.
    """
    ordered = -np.sort(-scores, axis=1)
    m = scores.shape[1]
    count = np.arange(1, m + 1)
    # Relative to the largest score, so that large scores do not spoil the sums.
    below = ordered - ordered[:, :1]
    with np.errstate(invalid="ignore"):  # −∞ among the scores ends the candidates
        offsets = np.cumsum(below, axis=1) / count + curvature - curvature * m / count
        carries = curvature + below - offsets > 0
    support = m - np.argmax(carries[:, ::-1], axis=1)
    rows = np.arange(len(scores))
    chosen: Float = ordered[:, 0] + offsets[rows, support - 1]
    return chosen


class _Bracket(NamedTuple):
    """Roots lie in [low, high]; `moved` is the size of the last step."""

    low: Float
    high: Float
    offset: Float
    moved: Float


def newton_offsets(div: Divergence, slope: Slope, scores: Float) -> Float:
    """c by Newton steps, with a halving of the bracket where a step leaves it or does not shrink fast enough."""
    bracket = _start(div, scores)
    offsets = bracket.offset.copy()
    active = np.arange(len(scores))
    for _ in range(MAX_STEPS):
        bracket = _step(div, slope, scores[active], bracket)
        offsets[active] = bracket.offset
        size = np.maximum(np.abs(bracket.low), np.abs(bracket.high))
        going = bracket.moved > 2 * EPS * np.maximum(size, 1)
        if not going.any():
            break
        active, bracket = active[going], _Bracket(*(part[going] for part in bracket))
    return offsets


def _start(div: Divergence, scores: Float) -> _Bracket:
    top, bottom = scores.max(axis=1), scores.min(axis=1)
    one, most = (float(div.derivative(t)) for t in (1.0, float(scores.shape[1])))
    low, high = np.maximum(bottom - one, top - most), top - one
    return _Bracket(low, high, np.clip(scores.mean(axis=1) - one, low, high), high - low)


def _step(div: Divergence, slope: Slope, scores: Float, now: _Bracket) -> _Bracket:
    ratio = slope(scores - now.offset[:, None])
    mean = ratio.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        change = np.where(ratio > 0, 1 / div.second_derivative(ratio), 0.0).mean(axis=1)
        newton = now.offset + np.log(mean) * mean / change
    low = np.where(mean >= 1, now.offset, now.low)
    high = np.where(mean <= 1, now.offset, now.high)
    shrinks = np.abs(newton - now.offset) <= now.moved / 2
    good = (newton >= low) & (newton <= high) & shrinks
    offset = np.where(good, newton, (low + high) / 2)
    return _Bracket(low, high, offset, np.abs(offset - now.offset))
