"""Embeddings padded and transposed in memory, so that any number of pairs fills whole tiles."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import LOG2_E
from simsuff.kernels.jit import WRITTEN_OUT, jit
from simsuff.kernels.tiles import columns_at_once
from simsuff.kernels.wide import REORDERED

Array = NDArray[Any]

# A tile of doubles has 64 kB: it stays in the second level of the cache, the columns it is made of in the first.
TILE_ROWS, TILE_COLUMNS = 64, 128

# Exponentials of up to this many pairs are kept from the sums for the gradient (1 MB of doubles).
MOST_KEPT = 1 << 17

# Coordinates that are transposed together: more lines than that push each other out of the cache.
STRIP = 8

# |scores| in units of log 2 up to which exponentials, their sums and the quotients of both are normal numbers, and
# the score of padding: its exponentials are normal, too, and vanish in a sum of the smallest others.
REACH_DOUBLE, PADDING_DOUBLE = 490.0, -900.0
REACH_SINGLE, PADDING_SINGLE = 55.0, -100.0

# Shares of a softmax below 2^this count as 0 where scores are not bounded: no sum sees them, and subnormal numbers
# slow the processor down by a factor of ten.
LEAST_DOUBLE, LEAST_SINGLE = -960.0, -90.0

# Where scores are not bounded, they must not come near the end of the range, and padding lies there.
FAR_DOUBLE, FAR_SINGLE = 1e300, 1e36

# Smaller squares may have lost digits.
SMALLEST_SQUARE = 1e-280


class Shape(NamedTuple):
    """How many of what: `size` pairs of `width` coordinates become `rows` of `depth` coordinates in rows of `stride`.

    `chunks` of anchors, `blocks` of columns, and whether the exponentials of the sums are kept for the gradient.
    """

    size: int
    width: int
    rows: int
    depth: int
    stride: int
    chunks: int
    blocks: int
    kept: bool


class Layout(NamedTuple):
    """One batch padded to K' pairs, in arrays of whole blocks: ⟨anchors_i, others_j⟩ is S_ij / log 2.

    `anchors` and `others` (K', D) hold it row by row, `columns` (blocks, d', TILE_COLUMNS) holds `others` transposed.
    Only the first d' = `depth` columns of D count: d, and two more where there is padding, which push its scores down
    to `PADDING`. No score exceeds `bound` [0] (Cauchy–Schwarz), once all pairs were measured. `narrow` says that a row
    of D numbers is one vector only: then products run along the pairs where they can.
    """

    anchors: Array
    others: Array
    columns: Array
    size: int
    depth: int
    bound: Array
    narrow: bool


@jit
def count_chunks(size: int) -> int:
    """Into how many chunks K = `size` anchors are cut.

    It depends on K only, so that no number of threads changes a bit. A chunk costs memory, K·D numbers.
    """
    return max(min(size // 128, 4), min(size // 1024, 16), 1)


@jit
def up(size: int, step: int) -> int:
    return (size + step - 1) // step * step


@jit
def shape_of(size: int, width: int, itemsize: int) -> Shape:
    """The shape of a batch (K, d) of numbers of `itemsize` bytes."""
    step = columns_in_block(itemsize)
    rows = up(size, step)
    depth = width if rows == size else width + 2
    blocks = up(rows, TILE_COLUMNS) // TILE_COLUMNS
    kept = rows * rows <= MOST_KEPT
    return Shape(size, width, rows, depth, up(depth, step // 2), count_chunks(size), blocks, kept)


columns_in_block = jit(columns_at_once)


@jit(fastmath=REORDERED)
def longest(rows: Array) -> float:
    """The largest Euclidean length of a row, or a bound of it where squares leave the range; NaN if one is NaN."""
    longest = 0.0
    for i in range(len(rows)):
        squared = 0.0
        for k in range(rows.shape[1]):
            squared += float(rows[i, k]) * float(rows[i, k])
        if squared > longest or squared != squared:
            longest = squared
    if SMALLEST_SQUARE <= longest < np.inf:
        return math.sqrt(longest)
    peak = 0.0
    for x in rows.flat:
        peak = max(peak, abs(float(x)))
    return math.nan if longest != longest else peak * math.sqrt(rows.shape[1])


@jit(**WRITTEN_OUT)
def score_bound(anchor: float, other: float, temperature: float) -> float:
    """No score of anchors and others up to these lengths exceeds this many times log 2 (Cauchy–Schwarz)."""
    return anchor * other * (LOG2_E / temperature)


@jit
def transpose(rows: Array, start: int, stop: int, columns: Array) -> None:
    """columns[b, k, n] = rows[b·TILE_COLUMNS + n, k] for the rows from `start` to `stop` and all coordinates k."""
    depth = columns.shape[1]
    for k in range(0, depth, STRIP):
        for i in range(start, stop):
            b, n = i // TILE_COLUMNS, i % TILE_COLUMNS
            for m in range(k, min(k + STRIP, depth)):
                columns[b, m, n] = rows[i, m]


@jit(**WRITTEN_OUT)
def is_within(bound: float, itemsize: int) -> bool:
    """May exponentials of scores up to `bound` be taken as they are?"""
    return bound <= (REACH_DOUBLE if itemsize == 8 else REACH_SINGLE)


@jit(**WRITTEN_OUT)
def is_bounded(batch: Layout) -> bool:
    """Do all scores lie within `REACH`?"""
    return is_within(batch.bound[0], batch.others.itemsize)


@jit(**WRITTEN_OUT)
def padding(batch: Layout) -> float:
    """The score of padding, in units of log 2."""
    double = batch.others.itemsize == 8
    if is_bounded(batch):
        return PADDING_DOUBLE if double else PADDING_SINGLE
    return -FAR_DOUBLE if double else -FAR_SINGLE


@jit(**WRITTEN_OUT)
def lay_out_others(v: Array, batch: Layout, start: int, stop: int) -> None:
    """Fill the rows from `start` to `stop` of the others, row by row and transposed; of padding, all but its score."""
    width = v.shape[1]
    for i in range(start, stop):
        kept = width if i < batch.size else 0
        for k in range(kept):
            batch.others[i, k] = v[i, k]
        for k in range(kept, batch.others.shape[1]):
            batch.others[i, k] = 0
        if batch.depth > width:
            batch.others[i, width] = 1
    transpose(batch.others, start, stop, batch.columns)


@jit(**WRITTEN_OUT)
def pad_others(batch: Layout, width: int) -> None:
    """Give padding its score, now that the bound is known.

    Coordinates (a, 1)·(1, b) behind the `width` of the embeddings, a = b = 0 for real pairs.
    """
    score = padding(batch)
    for i in range(batch.size, len(batch.others)):
        batch.others[i, width + 1] = score
        batch.columns[i // TILE_COLUMNS, width + 1, i % TILE_COLUMNS] = score


@jit(**WRITTEN_OUT)
def lay_out_anchors(u: Array, temperature: float, batch: Layout, start: int, stop: int) -> None:
    """Fill the rows from `start` to `stop` of the anchors."""
    width, scale, score = u.shape[1], LOG2_E / temperature, padding(batch)
    for i in range(start, stop):
        kept = width if i < batch.size else 0
        for k in range(kept):
            batch.anchors[i, k] = u[i, k] * scale
        for k in range(kept, batch.anchors.shape[1]):
            batch.anchors[i, k] = 0
        if batch.depth > width:
            batch.anchors[i, width] = score if i >= batch.size else 0
            batch.anchors[i, width + 1] = 1 if i < batch.size else 0
