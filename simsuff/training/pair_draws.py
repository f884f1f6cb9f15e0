"""How does a compiled loop deal fixed pairs into batches, each pair once in an epoch?"""

from typing import Any, NamedTuple

import numpy as np

from simsuff.kernels.jit import jit
from simsuff.kernels.order import permute
from simsuff.kernels.sparse_rows import SparseRows, row_count, take_rows
from simsuff.kernels.specialised import Specialised
from simsuff.models.drawing import DRAW
from simsuff.numerics.validation import Integer


class PairDraws(NamedTuple):
    """Views of n pairs, the order of the current epoch (n,), and the place in it, `place`[0]."""

    z1: Any
    z2: Any
    order: Integer
    place: Integer


# take(table, chosen, out): row i of `out` becomes row `chosen`[i] of `table`.
TAKE = Specialised("take")
take = TAKE.function


@TAKE.register(SparseRows)
def _take_sparse(table: SparseRows, chosen: Integer, out: SparseRows) -> None:
    take_rows(table, chosen, out)


@TAKE.register(np.ndarray)
def _take_array(table: Any, chosen: Integer, out: Any) -> None:
    for i in range(chosen.size):
        out[i] = table[chosen[i]]


@jit
def next_batch(rng: np.random.Generator, order: Integer, place: Integer, size: int) -> Integer:
    """The next `size` pairs; a new epoch, in a new order, begins where fewer are left."""
    if place[0] + size > order.size:
        permute(rng, order)
        place[0] = 0
    place[0] += size
    return order[place[0] - size : place[0]]


@DRAW.register(PairDraws)
def _draw_pairs(source: PairDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    chosen = next_batch(rng, source.order, source.place, row_count(z1))
    take(source.z1, chosen, z1)
    take(source.z2, chosen, z2)


def pair_draws(z1: Any, z2: Any) -> PairDraws:
    """Pairs of views, arrays or `SparseRows`, before their first epoch."""
    n = row_count(z1)
    return PairDraws(z1, z2, np.arange(n), np.full(1, n))
