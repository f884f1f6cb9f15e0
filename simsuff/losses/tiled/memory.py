"""Where do all threads find the arrays of one evaluation? In two blocks of memory, which each of them cuts alike."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.tiled.layout import (
    TILE_COLUMNS,
    TILE_ROWS,
    Layout,
    Shape,
    is_bounded,
    lay_out,
    score_bound,
    shape_of,
)
from simsuff.losses.tiled.workspace import Workspace
from simsuff.numerics.jit import WRITTEN_OUT, jit

Array = NDArray[Any]

# A vector that lies across two lines of the cache costs two accesses. All arrays are a multiple of this long.
LINE = 64

# Doubles before the arrays; the first one is the bound of the scores.
FACTS = LINE // 8


class Memory(NamedTuple):
    """`doubles`, and numbers of the type of the embeddings."""

    doubles: NDArray[np.float64]
    numbers: Array


def _aligned(raw: Array, count: int) -> Array:
    """`count` numbers of `raw` from the beginning of a line on."""
    skip = -raw.ctypes.data % LINE // raw.itemsize
    return raw[skip : skip + count]


aligned = jit(_aligned)


def _reserve(u: Array) -> Memory:
    """Memory for a batch like u (K, d), not set."""
    s = shape_of(u.shape[0], u.shape[1], u.itemsize)
    doubles = FACTS + (2 + 2 * s.chunks) * s.rows + s.chunks * TILE_COLUMNS
    stored = s.rows * s.rows if s.kept else s.chunks * TILE_ROWS * TILE_COLUMNS
    numbers = zeroed(s) + 2 * s.rows + stored
    spare = LINE // u.itemsize
    return Memory(
        aligned(np.empty(doubles + LINE // 8), doubles), aligned(np.empty(numbers + spare, u.dtype), numbers)
    )


def _zeroed(s: Shape) -> int:
    """So many numbers at the beginning of `Memory.numbers` are zero before the embeddings are laid out."""
    return (3 + s.chunks) * s.rows * s.stride + s.blocks * s.depth * TILE_COLUMNS


zeroed = jit(_zeroed)
reserve = jit(_reserve)


def _layout(memory: Memory, s: Shape) -> Layout:
    """The arrays of the embeddings."""
    table = s.rows * s.stride
    start, stop = (3 + s.chunks) * table, zeroed(s)
    return Layout(
        memory.numbers[:table].reshape(s.rows, s.stride),
        memory.numbers[table : 2 * table].reshape(s.rows, s.stride),
        memory.numbers[start:stop].reshape(s.blocks, s.depth, TILE_COLUMNS),
        s.size,
        s.depth,
        memory.doubles[0],
        is_bounded(memory.doubles[0], memory.numbers.itemsize),
        s.stride * memory.numbers.itemsize <= LINE,
    )


layout = jit(_layout)


def _workspace(memory: Memory, s: Shape) -> Workspace:
    """The arrays of what follows."""
    table, rows, chunks = s.rows * s.stride, s.rows, s.chunks
    doubles, weights = memory.doubles[FACTS:], memory.numbers[zeroed(s) :]
    across, down = (s.stride, rows) if s.stride * memory.numbers.itemsize <= LINE else (rows, s.stride)
    count, height, width = (1, rows, rows) if s.kept else (chunks, TILE_ROWS, TILE_COLUMNS)
    middle, end = (2 + chunks) * rows, (2 + 2 * chunks) * rows
    return Workspace(
        doubles[:rows],
        doubles[rows : 2 * rows],
        weights[:rows],
        doubles[2 * rows : middle].reshape(chunks, rows),
        doubles[middle:end].reshape(chunks, rows),
        weights[rows : 2 * rows],
        weights[2 * rows : 2 * rows + count * height * width].reshape(count, height, width),
        doubles[end:].reshape(chunks, TILE_COLUMNS),
        memory.numbers[2 * table : 3 * table].reshape(rows, s.stride),
        memory.numbers[3 * table : (3 + chunks) * table].reshape(chunks, across, down),
    )


workspace = jit(_workspace)


def _prepare(u: Array, v: Array, temperature: float, memory: Memory) -> None:
    """Lay out a batch u, v (K, d), with sums of nothing, without a shift where scores are bounded."""
    s = shape_of(u.shape[0], u.shape[1], u.itemsize)
    memory.doubles[0] = score_bound(u, v, temperature)
    for n in range(zeroed(s)):
        memory.numbers[n] = 0
    batch, work = layout(memory, s), workspace(memory, s)
    lay_out(u, v, temperature, batch)
    top = 0.0 if batch.bounded else -np.inf
    for i in range(s.rows):
        work.row_top[i], work.row_sum[i] = top, 0.0
        for c in range(s.chunks):
            work.column_top[c, i], work.column_sum[c, i] = top, 0.0


prepare = jit(_prepare, **WRITTEN_OUT)
