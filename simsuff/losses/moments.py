"""What is the second moment of a batch of embeddings? UᵀU, block by block of rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.tiles import ROWS, columns_at_once, multiply_add

Array = NDArray[Any]

# Rows at a time: a block and its copy stay in the first cache, and sums of so many float32 keep their digits.
BLOCK = 128

# Tiles are a multiple of so many entries wide and, as moments are square, high.
DOUBLES, SINGLES = max(ROWS, columns_at_once(8) // 2), max(ROWS, columns_at_once(4) // 2)


@jit
def padded_width(u: Array) -> int:
    """The width of u (K, d), rounded up to that of tiles."""
    step = SINGLES if u.itemsize == 4 else DOUBLES
    width: int = u.shape[1]
    return -(-width // step) * step


@jit
def copy(source: Array, target: Array) -> None:
    """Fill the target with the upper left corner of the source."""
    for i in range(target.shape[0]):
        for k in range(target.shape[1]):
            target[i, k] = source[i, k]


@jit
def clear(table: Array) -> None:
    """A loop: an assignment to an array makes Numba compile the text of its error for seconds."""
    for i in range(table.shape[0]):
        for k in range(table.shape[1]):
            table[i, k] = 0


@jit
def row_block(u: Array, start: int, buffer: Array) -> Array:
    """Rows `start` … of u, as many as `buffer` has, or its copy there with zeros where u has no entries."""
    rows, width = len(buffer), u.shape[1]
    if width == buffer.shape[1] and start + rows <= len(u):
        return u[start : start + rows]
    stop = min(start + rows, len(u))
    clear(buffer)
    copy(u[start:stop], buffer[: stop - start, :width])
    return buffer


@jit
def add(part: Array, total: NDArray[np.float64]) -> None:
    for i in range(total.shape[0]):
        for k in range(total.shape[1]):
            total[i, k] += part[i, k]


@jit(inline="always")
def add_moment(u: Array, moment: NDArray[np.float64]) -> None:
    """moment += UᵀU for u (K, d), in the upper left corner of a square of `padded_width`."""
    buffer = np.zeros((BLOCK, len(moment)), u.dtype)
    part = np.empty((len(moment), len(moment)), u.dtype)
    for start in range(0, len(u), BLOCK):
        block = row_block(u, start, buffer)
        clear(part)
        multiply_add(block.T, block, part)
        add(part, moment)
