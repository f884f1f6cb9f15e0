"""The memory of one evaluation of InfoNCE: two blocks, which every pass cuts alike."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.cache_lines import LANES, LINE, aligned
from simsuff.kernels.jit import jit
from simsuff.losses.tiled.layout import (
    TILE_COLUMNS,
    TILE_ROWS,
    Layout,
    Shape,
    shape_of,
)
from simsuff.losses.tiled.workspace import Workspace

Array = NDArray[Any]
Doubles = NDArray[np.float64]


@jit
def reserve(u: Array) -> tuple[Doubles, Array]:
    """Memory for a batch like u (K, d), not set: doubles, and numbers of the type of the embeddings.

    All arrays are a whole number of lines of the cache; each chunk has a line of its own for its facts.
    """
    s = shape_of(u.shape[0], u.shape[1], u.itemsize)
    doubles = (1 + s.chunks) * (LANES + 2 * s.rows) + s.chunks * TILE_COLUMNS
    stored = s.rows * s.rows if s.kept else s.chunks * TILE_ROWS * TILE_COLUMNS
    numbers = laid_out(s) + 2 * s.rows + stored
    spare = LINE // u.itemsize
    return aligned(np.empty(doubles + LANES), doubles), aligned(np.empty(numbers + spare, u.dtype), numbers)


@jit
def laid_out(s: Shape) -> int:
    """So many numbers hold gradients and embeddings; weights and tiles follow."""
    return (3 + s.chunks) * s.rows * s.stride + s.blocks * s.depth * TILE_COLUMNS


@jit
def layout(doubles: Doubles, numbers: Array, s: Shape) -> Layout:
    """The arrays of the embeddings."""
    table = s.rows * s.stride
    first, second, third = (1 + s.chunks) * table, (2 + s.chunks) * table, (3 + s.chunks) * table
    return Layout(
        numbers[first:second].reshape(s.rows, s.stride),
        numbers[second:third].reshape(s.rows, s.stride),
        numbers[third : laid_out(s)].reshape(s.blocks, s.depth, TILE_COLUMNS),
        s.size,
        s.depth,
        doubles[:1],
        s.stride * numbers.itemsize <= LINE,
    )


@jit
def workspace(doubles: Doubles, numbers: Array, s: Shape) -> Workspace:
    """The arrays of what follows."""
    table, rows, chunks = s.rows * s.stride, s.rows, s.chunks
    facts, doubles = doubles[: (1 + chunks) * LANES], doubles[(1 + chunks) * LANES :]
    weights = numbers[laid_out(s) :]
    across, down = (s.stride, rows) if s.stride * numbers.itemsize <= LINE else (rows, s.stride)
    count, height, width = (1, rows, rows) if s.kept else (chunks, TILE_ROWS, TILE_COLUMNS)
    half, end = (1 + chunks) * rows, 2 * (1 + chunks) * rows
    return Workspace(
        facts.reshape(1 + chunks, LANES),
        doubles[:rows],
        doubles[half : half + rows],
        weights[:rows],
        doubles[rows:half].reshape(chunks, rows),
        doubles[half + rows : end].reshape(chunks, rows),
        weights[rows : 2 * rows],
        weights[2 * rows : 2 * rows + count * height * width].reshape(count, height, width),
        doubles[end:].reshape(chunks, TILE_COLUMNS),
        numbers[:table].reshape(rows, s.stride),
        numbers[table : (1 + chunks) * table].reshape(chunks, across, down),
    )
