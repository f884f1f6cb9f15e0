"""Work space for a block of scores and its gradient, padded to whole tiles."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.tiles import columns_at_once, multiply_add

Array = NDArray[np.float64]

# Rows of scores at a time, more of short ones: a row stays in the first cache while its offset is sought, the block
# in the second.
BLOCK, LARGEST_BLOCK, BLOCK_ENTRIES = 16, 64, 1 << 16

# Tiles of doubles are a multiple of this wide.
STEP = columns_at_once(8) // 2


class Sheet(NamedTuple):
    """The counterparts of the anchors, padded with zeros: transposed (d, K'), as rows (K', d'), and work space.

    `anchors` holds a block of anchors (n, d'), `scaled` its multiple, `inner` and `scores` (n, K') what follows from
    it, `out` (n, d') its gradient, and `sums` (K', d') that of the counterparts. Without a link, `inner` is
    `scores`.
    """

    columns: Array
    rows: Array
    anchors: Array
    scaled: Array
    inner: Array
    scores: Array
    out: Array
    sums: Array


@jit
def padded(size: int) -> int:
    """`size` rounded up to tiles; not to a multiple of 64, whose rows would meet in few lines of the cache."""
    up = -(-size // STEP) * STEP
    return up + STEP if up % 64 == 0 else up


@jit
def copy(source: Array, target: Array) -> None:
    """Fill the upper left corner."""
    for i in range(source.shape[0]):
        for k in range(source.shape[1]):
            target[i, k] = source[i, k]


@jit
def sheet_arrays(others: Array, linked: bool) -> Any:
    """The arrays of a `Sheet`, as a plain tuple for callers in Python."""
    size, width = others.shape
    tall, wide = padded(size), padded(width)
    rows, columns = np.zeros((tall, wide)), np.zeros((width, tall))
    copy(others, rows)
    for j in range(size):
        for k in range(width):
            columns[k, j] = others[j, k]
    height = max(BLOCK, min(LARGEST_BLOCK, BLOCK_ENTRIES // (tall * BLOCK) * BLOCK))
    scores = np.zeros((height, tall))
    inner = np.zeros((height, tall)) if linked else scores
    anchors, scaled, out = np.zeros((height, wide)), np.zeros((height, width)), np.zeros((height, wide))
    return columns, rows, anchors, scaled, inner, scores, out, np.zeros((tall, wide))


@jit
def add_product(a: Array, b: Array, c: Array) -> None:
    """c += a·b: one copy of the vector code for all products of matrices in the order of rows."""
    multiply_add(a, b, c)


@jit
def load(sheet: Sheet, block: Array, factor: float) -> None:
    """Inner products, times `factor`, of a block of anchors."""
    count = block.shape[0]
    sheet.anchors.fill(0.0)
    sheet.scaled.fill(0.0)
    for i in range(count):
        for k in range(block.shape[1]):
            sheet.anchors[i, k] = block[i, k]
            sheet.scaled[i, k] = block[i, k] * factor
    sheet.inner.fill(0.0)
    add_product(sheet.scaled, sheet.columns, sheet.inner)


@jit
def pull(sheet: Sheet, count: int, size: int, du: Array) -> None:
    """Fill the rows du of the gradient of a block from that in its scores, and add that of the counterparts."""
    for i in range(sheet.scores.shape[0]):
        for j in range(size if i < count else 0, sheet.scores.shape[1]):
            sheet.scores[i, j] = 0.0
    sheet.out.fill(0.0)
    add_product(sheet.scores, sheet.rows, sheet.out)
    copy(sheet.out[:count, : du.shape[1]], du)
    multiply_add(sheet.scores.T, sheet.anchors, sheet.sums)
