"""What does a row of scores cost under any divergence? Offset, value and weights, in NumPy calls."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.losses.f_contrastive.offset import MAX_STEPS, TWO_ULP
from simsuff.losses.numerical_slope import NumericalSlope

Float = NDArray[np.float64]


def any_rows(
    div: Divergence, slope: NumericalSlope, scores: Float, first: int, free_offset: bool, others: bool
) -> tuple[float, Float]:
    """Σ [−S_i + mean_j f*(S_j − c) + c] over the rows of scores (B, n, K) and its gradient.

    The positive of row r of each batch is entry i = first + r; `others` leaves it out of the mean. An infinite value
    comes with gradient 0.
    """
    count, height, size = scores.shape
    counted = np.ones((height, size), dtype=bool)
    own = np.arange(height), first + np.arange(height)
    counted[own] = not others
    rows = scores[:, counted].reshape(count * height, -1)
    offset = row_offsets(div, slope, rows) if free_offset else np.zeros(len(rows))
    shifted = rows - offset[:, None]
    spread = div.conjugate(shifted).mean(axis=1)
    gradient = np.zeros(scores.shape)
    if (spread == np.inf).any():
        return float("inf"), gradient
    gradient[:, counted] = slope(shifted).reshape(count, -1) / rows.shape[1]
    gradient[:, *own] -= 1
    return float((spread + (offset - scores[:, *own].ravel())).sum()), gradient


class _Bracket(NamedTuple):
    """Roots lie in [low, high]; `moved` is the size of the last step."""

    low: Float
    high: Float
    offset: Float
    moved: Float


def row_offsets(div: Divergence, slope: NumericalSlope, scores: Float) -> Float:
    """The root of mean_j t(S_j − c) = 1 for each row of `scores` (n, m), as `f_contrastive.offset` finds it."""
    bracket = _start(div, scores)
    offsets = bracket.offset.copy()
    active = np.arange(len(scores))
    for _ in range(MAX_STEPS):
        bracket = _step(div, slope, scores[active], bracket)
        offsets[active] = bracket.offset
        size = np.maximum(np.abs(bracket.low), np.abs(bracket.high))
        going = bracket.moved > TWO_ULP * np.maximum(size, 1)
        if not going.any():
            break
        active, bracket = active[going], _Bracket(*(part[going] for part in bracket))
    return offsets


def _start(div: Divergence, scores: Float) -> _Bracket:
    top, bottom = scores.max(axis=1), scores.min(axis=1)
    one, most = (float(div.derivative(t)) for t in (1.0, float(scores.shape[1])))
    low, high = np.maximum(bottom - one, top - most), top - one
    return _Bracket(low, high, np.clip(scores.mean(axis=1) - one, low, high), high - low)


def _step(div: Divergence, slope: NumericalSlope, scores: Float, now: _Bracket) -> _Bracket:
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
