"""The f-contrastive risk of a divergence without compiled kernels: f' inverted numerically, rows solved in NumPy calls.

First (f*)' from a table of f', then offset, value and weights of rows of scores, last the blocks of rows of a batch.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.losses.batches import overflow
from simsuff.losses.f_contrastive.offset import MAX_STEPS, TWO_ULP
from simsuff.numerics.validation import require

Float = NDArray[np.float64]

# log t from −150 to 150: polynomials of degree four in t stay in range, and a smaller t counts as 0.
GRID = np.linspace(-150.0, 150.0, 1201)

# A start within a quarter of the solution in log t has all its digits after five doublings; what Newton's method
# leaves over, at kinks of f', is halved until a double cannot be halved further.
NEWTON_STEPS, BISECTIONS = 6, 60
RESOLVED = 8 * float(np.finfo(np.float64).eps)


class NumericalSlope:
    """(f*)' by inverting f': a table of f'(eˣ) on `GRID`, then Newton's method in x within a cell of the table."""

    def __init__(self, div: Divergence) -> None:
        self._div = div
        self._table: Float = np.maximum.accumulate(div.derivative(np.exp(GRID)))

    def __call__(self, s: Float) -> Float:
        """t for each s < f'(∞): 0 where s ≤ f'(0+)."""
        goal = np.asarray(s, dtype=np.float64)
        cell = np.clip(np.searchsorted(self._table, goal), 1, GRID.size - 1)
        low, high = GRID[cell - 1], GRID[cell]
        x = self._newton(goal, (low + high) / 2, low, high)
        missed = np.abs(self._div.derivative(np.exp(x)) - goal) > RESOLVED * np.maximum(1, np.abs(goal))
        x[missed] = self._bisected(goal[missed], low[missed], high[missed])
        return np.where(goal < self._table[0], 0.0, np.exp(x))

    def _newton(self, goal: Float, x: Float, low: Float, high: Float) -> Float:
        for _ in range(NEWTON_STEPS):
            t = np.exp(x)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                moved = x + (goal - self._div.derivative(t)) / (t * self._div.second_derivative(t))
            x = np.clip(np.where(np.isfinite(moved), moved, x), low, high)
        return x

    def _bisected(self, goal: Float, low: Float, high: Float) -> Float:
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = self._div.derivative(np.exp(middle)) > goal
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return (low + high) / 2


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


# Scores held at a time: 2 MB for each table of doubles.
TABLE_ENTRIES = 1 << 18


class Setting(NamedTuple):
    """The options of `f_contrastive`, checked."""

    div: Divergence
    link: str
    offset: str
    negatives: str
    symmetric: bool
    temperature: float

    @property
    def bottomless(self) -> bool:
        """Is −∞ the score of an inner product 0?"""
        return self.link == "log" or (self.link == "derivative" and self.div.derivative(0.0) == -np.inf)


def any_contrast(u: Float, v: Float, setting: Setting) -> tuple[float, Float, Float]:
    """The mean over batches (B, K, d) of the loss, and its gradients.

    +∞ as soon as a score without offset exceeds f'(∞); the gradients are unfinished then.
    """
    slope = NumericalSlope(setting.div)
    value, du, dv = _one_sided(u, v, setting, slope)
    if setting.symmetric:
        value2, dv2, du2 = _one_sided(v, u, setting, slope)
        value, du, dv = (value + value2) / 2, (du + du2) / 2, (dv + dv2) / 2
    return value, du, dv


def _blocks(count: int, size: int) -> Iterator[tuple[slice, slice]]:
    """Batches and rows of each block: several batches, or some rows of one."""
    batches_at_once, rows = max(1, TABLE_ENTRIES // size**2), max(1, min(size, TABLE_ENTRIES // size))
    for batch in range(0, count, batches_at_once):
        for row in range(0, size, rows):
            yield slice(batch, batch + batches_at_once), slice(row, row + rows)


def _one_sided(u: Float, v: Float, setting: Setting, slope: NumericalSlope) -> tuple[float, Float, Float]:
    free, others = setting.offset == "row", setting.negatives == "others"
    count, size = u.shape[:2]
    value, du, dv = 0.0, np.zeros(u.shape), np.zeros(v.shape)
    for batch, rows in _blocks(count, size):
        anchors, partners = u[batch, rows], v[batch]
        scores, pull = _linked(anchors @ partners.swapaxes(-1, -2), setting)
        _refuse_unbounded(scores, setting)
        cost, gradient = any_rows(setting.div, slope, scores, rows.start, free, others)
        gradient *= pull / (count * size)
        value += cost / (count * size)
        du[batch, rows] = gradient @ partners
        dv[batch] += gradient.swapaxes(-1, -2) @ anchors
    return value, du, dv


def _linked(inner: Float, setting: Setting) -> tuple[Float, Float | float]:
    """S = τ(x)/temperature and dS/dx; a derivative that is infinite at x = 0 is left out."""
    if not np.isfinite(inner).all():
        raise overflow(inner.dtype)
    if setting.link == "identity":
        return inner / setting.temperature, 1 / setting.temperature
    if setting.link == "log":
        scores, slopes = np.log(inner), 1 / inner
    else:
        scores, slopes = setting.div.derivative(inner), setting.div.second_derivative(inner)
    slopes = np.where(inner > 0, slopes, 0)
    return scores / setting.temperature, slopes / setting.temperature


def _refuse_unbounded(scores: Float, setting: Setting) -> None:
    unbounded = np.isinf(setting.div.at_zero) and scores.min() == -np.inf
    refuse_unbounded(bool(unbounded), setting)


def refuse_unbounded(unbounded: bool, setting: Setting) -> None:
    """The refusal of a score of −∞ under a divergence whose conjugate has no lower bound."""
    allowed = f"give finite scores under {setting.div.name}"
    way_out = "use positive features, or a divergence with finite f(0)"
    require(not unbounded, "u and v", "smallest score = -inf", allowed, way_out)
