"""Which arrays does one evaluation write to, and how is its work cut into chunks?"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.tiled.layout import TILE_COLUMNS, TILE_ROWS, Layout, up
from simsuff.numerics.jit import jit

Array = NDArray[Any]

# Exponentials of up to this many pairs are kept from the sums for the gradient (1 MB of doubles).
MOST_KEPT = 1 << 17


class Workspace(NamedTuple):
    """Results for each anchor (K',), and for each chunk c of anchors the results for all others, [c] (K',).

    A `top` is a shift t near the largest score, a `sum` is Σ 2^(S − t), a `weight` its reciprocal times the share of
    its side in the loss. `store` holds tiles: all of them where they are few, else one for each chunk. `du` (K', D)
    and `dv` [c] (K', D), or (D, K') if `narrow`, are sums of weights times others and anchors.
    """

    row_top: Array
    row_sum: Array
    row_weight: Array
    column_top: Array
    column_sum: Array
    column_weight: Array
    store: Array
    du: Array
    dv: Array


def chunk_count(size: int) -> int:
    """Into how many chunks K = `size` anchors are cut.

    It depends on K only, so that no number of threads changes a bit. A chunk costs memory, K·D numbers.
    """
    return max(min(size // 256, 4), min(size // 1024, 16), 1)


count_chunks = jit(chunk_count)


def _workspace(batch: Layout) -> Workspace:
    """Sums of nothing, without a shift where scores are bounded."""
    rows, width = batch.anchors.shape
    dtype, top = batch.anchors.dtype, 0.0 if batch.bounded else -np.inf
    chunks = count_chunks(batch.size)
    kept = rows * rows <= MOST_KEPT
    shape = (chunks, rows, rows) if kept else (chunks, TILE_ROWS, TILE_COLUMNS)
    return Workspace(
        np.full(rows, top),
        np.zeros(rows),
        np.zeros(rows, dtype),
        np.full((chunks, rows), top),
        np.zeros((chunks, rows)),
        np.zeros(rows, dtype),
        np.empty(shape, dtype),
        np.zeros((rows, width), dtype),
        np.zeros((chunks, width, rows) if batch.narrow else (chunks, rows, width), dtype),
    )


workspace = jit(_workspace)


def _chunk(index: int, chunks: int, rows: int) -> tuple[int, int]:
    """Start and stop of chunk `index`: whole tiles, and as equal as that allows."""
    tiles = up(rows, TILE_ROWS) // TILE_ROWS
    return index * tiles // chunks * TILE_ROWS, min((index + 1) * tiles // chunks * TILE_ROWS, rows)


chunk = jit(_chunk)


def _corner(store: Array, i: int, j: int, total: int) -> tuple[int, int]:
    """Where the tile from (i, j) on begins in a store for `total` rows in all."""
    return (i, j) if len(store) == total else (0, 0)


corner = jit(_corner)
