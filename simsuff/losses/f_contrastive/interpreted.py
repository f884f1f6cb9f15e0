"""The f-contrastive risk of a divergence without compiled kernels: f' inverted numerically, rows solved in NumPy calls.

First (f*)' from a table of f', then offset, value and weights of rows of scores, last the blocks of rows of a batch.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.losses.batches import overflow
from simsuff.losses.f_contrastive.rows import MAX_STEPS, TWO_ULP
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
        x = (low + high) / 2
        for _ in range(NEWTON_STEPS):
            t = np.exp(x)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                moved = x + (goal - self._div.derivative(t)) / (t * self._div.second_derivative(t))
            x = np.clip(np.where(np.isfinite(moved), moved, x), low, high)
        missed = np.abs(self._div.derivative(np.exp(x)) - goal) > RESOLVED * np.maximum(1, np.abs(goal))
        low, high = low[missed], high[missed]
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = self._div.derivative(np.exp(middle)) > goal[missed]
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        x[missed] = (low + high) / 2
        return np.where(goal < self._table[0], 0.0, np.exp(x))


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


def row_offsets(div: Divergence, slope: NumericalSlope, scores: Float) -> Float:
    """The root of mean_j t(S_j − c) = 1 for each row of `scores` (n, m), as `row_rise` finds it."""
    top, bottom = scores.max(axis=1), scores.min(axis=1)
    one, most = (float(div.derivative(t)) for t in (1.0, float(scores.shape[1])))
    low, high = np.maximum(bottom - one, top - most), top - one
    offset, moved = np.clip(scores.mean(axis=1) - one, low, high), high - low
    offsets: Float = offset.copy()
    active = np.arange(len(scores))
    for _ in range(MAX_STEPS):
        ratio = slope(scores[active] - offset[:, None])
        mean = ratio.mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            change = np.where(ratio > 0, 1 / div.second_derivative(ratio), 0.0).mean(axis=1)
            newton = offset + np.log(mean) * mean / change
        low, high = np.where(mean >= 1, offset, low), np.where(mean <= 1, offset, high)
        good = (newton >= low) & (newton <= high) & (np.abs(newton - offset) <= moved / 2)
        before, offset = offset, np.where(good, newton, (low + high) / 2)
        moved = np.abs(offset - before)
        offsets[active] = offset
        going = moved > TWO_ULP * np.maximum(np.maximum(np.abs(low), np.abs(high)), 1)
        if not going.any():
            break
        active, low, high, offset, moved = (x[going] for x in (active, low, high, offset, moved))
    return offsets


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


def _one_sided(u: Float, v: Float, setting: Setting, slope: NumericalSlope) -> tuple[float, Float, Float]:
    """Block by block: several batches, or some rows of one."""
    free, others = setting.offset == "row", setting.negatives == "others"
    count, size = u.shape[:2]
    batches_at_once, rows_at_once = max(1, TABLE_ENTRIES // size**2), max(1, min(size, TABLE_ENTRIES // size))
    value, du, dv = 0.0, np.zeros(u.shape), np.zeros(v.shape)
    for start, first in product(range(0, count, batches_at_once), range(0, size, rows_at_once)):
        batch, rows = slice(start, start + batches_at_once), slice(first, first + rows_at_once)
        anchors, partners = u[batch, rows], v[batch]
        scores, pull = _linked(anchors @ partners.swapaxes(-1, -2), setting)
        refuse_unbounded(bool(np.isinf(setting.div.at_zero) and scores.min() == -np.inf), setting)
        cost, gradient = any_rows(setting.div, slope, scores, first, free, others)
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


def refuse_unbounded(unbounded: bool, setting: Setting) -> None:
    """The refusal of a score of −∞ under a divergence whose conjugate has no lower bound."""
    allowed = f"give finite scores under {setting.div.name}"
    way_out = "use positive features, or a divergence with finite f(0)"
    require(not unbounded, "u and v", "smallest score = -inf", allowed, way_out)
