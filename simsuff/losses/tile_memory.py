"""The memory of InfoNCE by tiles: embeddings padded to whole tiles, partition sums, tiles of scores, gradients."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import LOG2_E
from simsuff.kernels.jit import REORDERED, WRITTEN_OUT, jit
from simsuff.kernels.tables import LANES, LINE, aligned, fill
from simsuff.kernels.tiles import columns_at_once

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

# Where scores are not bounded, they must not come near the end of the range, and padding lies there.
FAR_DOUBLE, FAR_SINGLE = 1e300, 1e36

# Smaller squares may have lost digits.
SMALLEST_SQUARE = 1e-280


class Work(NamedTuple):
    """One batch padded to K' pairs, in whole tiles, and what its evaluation writes to, each array on lines of its own.

    `anchors` and `others` (K', D) hold it row by row, `columns` (blocks, d', TILE_COLUMNS) holds `others` transposed:
    ⟨anchors_i, others_j⟩ is S_ij / log 2. Only the first d' columns of D count: d, and two more where there is padding,
    which push its scores down to `PADDING`. No score exceeds `bound` [0] (Cauchy–Schwarz).

    Results are for each anchor (K',), and for each chunk c of anchors those for all others, [c] (K'). A `top` is a shift
    t near the largest score, a `sum` is Σ 2^(S − t), a `weight` its reciprocal times the share of its side in the loss,
    `costs` [c] what the pairs of a chunk cost. `store` holds tiles: all of them where they are few, [0] (K', K'), else
    one for each chunk, and `spare` [c] a row of one. `du` (K', D) and `dv` [c] (K', D) are sums of weights times others
    and anchors. A row of D numbers that is one vector only makes `dv` [c] (D, K'): then products run along the pairs.
    """

    anchors: Array
    others: Array
    columns: Array
    bound: Array
    row_top: Array
    row_sum: Array
    row_weight: Array
    column_top: Array
    column_sum: Array
    column_weight: Array
    costs: Array
    store: Array
    spare: Array
    du: Array
    dv: Array


@jit
def count_chunks(size: int) -> int:
    """Into how many chunks K = `size` anchors are cut.

    It depends on K only, so that no number of threads changes a bit. A chunk costs memory, K·D numbers.
    """
    return max(min(size // 128, 4), min(size // 1024, 16), 1)


@jit
def chunk(index: int, chunks: int, rows: int) -> tuple[int, int]:
    """Start and stop of chunk `index`: whole tiles, and as equal as that allows."""
    tiles = up(rows, TILE_ROWS) // TILE_ROWS
    return index * tiles // chunks * TILE_ROWS, min((index + 1) * tiles // chunks * TILE_ROWS, rows)


@jit
def up(size: int, step: int) -> int:
    return (size + step - 1) // step * step


columns_in_block = jit(columns_at_once)


@jit
def memory(u: Array) -> Any:
    """The arrays of a `Work` for a batch like u (K, d), not set, as a plain tuple for callers in Python."""
    size, width = u.shape
    step = columns_in_block(u.itemsize)
    rows, chunks = up(size, step), count_chunks(size)
    depth = width if rows == size else width + 2
    stride = up(depth, step // 2)
    blocks, spare = up(rows, TILE_COLUMNS) // TILE_COLUMNS, LINE // u.itemsize
    across, down = (stride, rows) if stride * u.itemsize <= LINE else (rows, stride)
    count, height, wide = (1, rows, rows) if rows * rows <= MOST_KEPT else (chunks, TILE_ROWS, TILE_COLUMNS)

    doubles = 2 * (1 + chunks) * rows
    sums = aligned(np.empty(doubles + LANES), doubles).reshape(2 * (1 + chunks), rows)
    facts = aligned(np.empty(up(chunks, LANES) + 2 * LANES), up(chunks, LANES) + LANES)
    tables = aligned(np.empty((3 + chunks) * rows * stride + spare, u.dtype), (3 + chunks) * rows * stride)
    tables = tables.reshape(3 + chunks, rows, stride)
    columns = blocks * depth * TILE_COLUMNS
    weights = aligned(np.empty(2 * rows + spare, u.dtype), 2 * rows)
    stored = count * height * wide
    return (
        tables[0],
        tables[1],
        aligned(np.empty(columns + spare, u.dtype), columns).reshape(blocks, depth, TILE_COLUMNS),
        facts[:1],
        sums[0],
        sums[1],
        weights[:rows],
        sums[2 : 2 + chunks],
        sums[2 + chunks :],
        weights[rows:],
        facts[LANES : LANES + chunks],
        aligned(np.empty(stored + spare, u.dtype), stored).reshape(count, height, wide),
        aligned(np.empty(chunks * TILE_COLUMNS + LANES), chunks * TILE_COLUMNS).reshape(chunks, TILE_COLUMNS),
        tables[2],
        tables[3:].reshape(chunks, across, down),
    )


@jit
def keeps_all(work: Work) -> bool:
    """Do the exponentials of the sums stay for the gradient?"""
    return bool(work.store.shape[1] == len(work.row_sum))


@jit
def home(work: Work, index: int) -> Array:
    """Where chunk `index` keeps its tiles: a contiguous table, of which compilers make vector code."""
    table: Array = work.store[0 if keeps_all(work) else index]
    return table


@jit
def corner(work: Work, i: int, j: int) -> tuple[int, int]:
    """Where in its home the tile from (i, j) on begins."""
    return (i, j) if keeps_all(work) else (0, 0)


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
def score_bound(u: Array, v: Array, temperature: float) -> float:
    """No score of a batch exceeds this many times log 2 (Cauchy–Schwarz)."""
    return longest(u) * longest(v) * (LOG2_E / temperature)


@jit(**WRITTEN_OUT)
def is_within(bound: float, itemsize: int) -> bool:
    """May exponentials of scores up to `bound` be taken as they are?"""
    return bound <= (REACH_DOUBLE if itemsize == 8 else REACH_SINGLE)


@jit(**WRITTEN_OUT)
def is_bounded(work: Work) -> bool:
    """Do all scores lie within `REACH`?"""
    return is_within(work.bound[0], work.others.itemsize)


@jit
def lay_out(u: Array, v: Array, temperature: float, work: Work) -> bool:
    """Fill in the batch and clear the sums; is a pass for the largest scores needed?

    Behind the `width` of the embeddings an anchor has the coordinates (a, 1), a counterpart (1, b): a = b = 0 for real
    pairs; the score of padding is a = b, without the 1 for anchors.
    """
    (size, width), scale = u.shape, LOG2_E / temperature
    work.bound[0] = score_bound(u, v, temperature)
    bounded, double = is_bounded(work), u.itemsize == 8
    far = (
        (PADDING_DOUBLE if double else PADDING_SINGLE)
        if bounded
        else (-FAR_DOUBLE if double else -FAR_SINGLE)
    )
    depth = work.columns.shape[1]
    for i in range(len(work.others)):
        kept = width if i < size else 0
        for k in range(kept):
            work.anchors[i, k], work.others[i, k] = u[i, k] * scale, v[i, k]
        for k in range(kept, work.others.shape[1]):
            work.anchors[i, k], work.others[i, k] = 0, 0
        if depth > width:
            score = far if i >= size else 0.0
            work.anchors[i, width], work.anchors[i, width + 1] = score, 1 if i < size else 0
            work.others[i, width], work.others[i, width + 1] = 1, score
    for k in range(0, depth, STRIP):
        for i in range(len(work.others)):
            for m in range(k, min(k + STRIP, depth)):
                work.columns[i // TILE_COLUMNS, m, i % TILE_COLUMNS] = work.others[i, m]
    top = 0.0 if bounded else -np.inf
    fill(work.row_top, top)
    fill(work.column_top.reshape(-1), top)
    fill(work.row_sum, 0.0)
    fill(work.column_sum.reshape(-1), 0.0)
    return not bounded
