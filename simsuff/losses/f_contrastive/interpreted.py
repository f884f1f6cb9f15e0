"""What does the f-contrastive risk cost for a divergence without compiled kernels, in blocks of rows of scores?"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from simsuff.divergences import Divergence
from simsuff.losses.batches import overflow
from simsuff.losses.f_contrastive.interpreted_row import Float, any_rows
from simsuff.losses.numerical_slope import NumericalSlope
from simsuff.numerics.validation import require

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
