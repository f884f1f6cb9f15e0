"""How are pairs of symbols drawn one by one? By inversion of the cumulative table."""

from typing import NamedTuple

import numpy as np

from simsuff.models.drawing import DRAW
from simsuff.numerics.validation import Float, Integer


class FiniteDraws(NamedTuple):
    """The cumulative sums of a joint table, cell by cell in the order of memory, and its number of columns."""

    cumulative: Float
    columns: int


@DRAW.register(FiniteDraws)
def _draw_finite(source: FiniteDraws, rng: np.random.Generator, z1: Integer, z2: Integer) -> None:
    """Fill z1 and z2 (n,) with symbols."""
    for i in range(z1.size):
        # A uniform below 1 times the total rounds to less than the total, so that every cell found has mass.
        uniform = rng.random() * source.cumulative[-1]
        cell = np.searchsorted(source.cumulative, uniform, side="right")
        z1[i] = cell // source.columns
        z2[i] = cell % source.columns
