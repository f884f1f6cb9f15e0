"""The f-contrastive risk of a known family in compiled code, block of rows by block, without a K × K table."""

import math
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit, plain, wide
from simsuff.kernels.tables import add_table, copy_table, largest
from simsuff.kernels.threads import for_each, threads
from simsuff.kernels.tiles import columns_at_once, multiply_add
from simsuff.losses.f_contrastive.formulas import DERIVATIVE, IDENTITY, ContrastOptions, link_of
from simsuff.losses.f_contrastive.rows import apply_link, extent, prepare, pull_link, row_rise, weigh

Array = NDArray[np.float64]

# Rows of scores at a time, more of short ones: a row stays in the first cache while its offset is sought, the block
# in the second.
BLOCK, LARGEST_BLOCK, BLOCK_ENTRIES = 16, 64, 1 << 16

# Tiles of doubles are a multiple of this wide.
STEP = columns_at_once(8) // 2

# Anchors are split into at most so many chunks of at least so many rows. Sums over anchors are sums over chunks, so
# that K alone decides on their order.
CHUNKS, CHUNK_ROWS = 8, 256

# Sums and products of numbers up to here stay in range.
FAR = 1e300


@jit
def chunk_rows(size: int) -> int:
    """Rows of a chunk, for K = `size`."""
    return max(CHUNK_ROWS, -(-size // (CHUNKS * BLOCK)) * BLOCK)


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
def sheet_arrays(others: Array, linked: bool) -> Any:
    """The arrays of a `Sheet`, as a plain tuple for callers in Python."""
    size, width = others.shape
    tall, wide = padded(size), padded(width)
    rows, columns = np.zeros((tall, wide)), np.zeros((width, tall))
    copy_table(others, rows)
    copy_table(others.T, columns)
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
    sheet.anchors.fill(0.0)
    sheet.scaled.fill(0.0)
    for i in range(block.shape[0]):
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
    copy_table(sheet.out, du)
    multiply_add(sheet.scores.T, sheet.anchors, sheet.sums)


@jit
def in_range(row: Array, unbounded: bool) -> bool:
    """No score is NaN or +∞, nor −∞ where f* has no lower bound."""
    mean = extent(row)[2]
    return bool(mean < math.inf and not (unbounded and mean == -math.inf))


@jit
def take_out(row: Array, i: int) -> None:
    """Move what follows entry i to the left by one."""
    for j in range(i, row.size - 1):
        row[j] = row[j + 1]


@jit
def put_back(row: Array, i: int) -> None:
    """Undo `take_out`, with 0 as entry i."""
    for j in range(row.size - 1, i, -1):
        row[j] = row[j - 1]
    row[i] = 0.0


# Products of eight numbers up to here stay in range.
TAME = 1e35

# What a row tells the next of its chunk: max S − c, mean S − c, and which of the two was the better guess.
HINTS = 3


@jit
def guess(hints: Array, top: float, mean: float) -> float:
    """max S − c, if the row is like the one before."""
    return float(hints[0] if hints[2] > 0.0 else hints[1] + (top - mean))


@jit
def learn(hints: Array, rise: float, top: float, mean: float) -> None:
    by_mean = rise - (top - mean)
    hints[2] = 1.0 if abs(rise - hints[0]) < abs(by_mean - hints[1]) else 0.0
    hints[0], hints[1] = rise, by_mean if by_mean > -math.inf else 0.0


@jit(inline="always")
def row_cost(options: ContrastOptions, row: Array, i: int, share: float, hints: Array) -> float:
    """−S_i + mean_j f*(S_j − c) + c for a row of scores; overwrites it with `share` × the gradient."""
    positive, count = row[i], row.size
    if options.others:
        take_out(row, i)
        count -= 1
    counted = row[:count]
    top, bottom, mean = extent(counted)
    origin, rise = 0.0, 0.0
    if options.free_offset:
        origin = top
    elif top > options.limit:
        return math.inf
    # Without offset, a score may be at the limit itself.
    tame = bottom - origin > -TAME and top - origin < options.limit
    prepare(options, counted, origin)
    if options.free_offset:
        most = min(link_of(options, float(row.size)), top - bottom)
        rise = row_rise(options, counted, guess(hints, top, mean), most, tame)
        learn(hints, rise, top, mean)
    spread = weigh(options, counted, rise, share / count, tame)
    if options.others:
        put_back(row, i)
    row[i] -= share
    # max S is as large as the scores and meets S_ii first.
    return float(spread / count + ((origin - positive) - rise))


@jit(inline="always")
def block_cost(
    options: ContrastOptions,
    table: Array,
    scores: Array,
    size: int,
    first: int,
    share: float,
    safe: bool,
    hints: Array,
) -> float:
    """Σ of the costs of a block of anchors, of which the first has number `first`, with K = `size` counterparts.

    `table` holds inner products and is `scores` without a link; `safe` says that all scores are in range. Turns the
    scores into `share` × the gradient in the inner products. `hints` are those of the row before, and of the last.
    """
    wide()
    total = 0.0
    for r in range(len(scores)):
        row, inner = scores[r, :size], table[r, :size]
        if options.link != IDENTITY:
            scale = 1.0 if options.link == DERIVATIVE else options.scale
            apply_link(options, inner, 1.0 / (options.temperature * scale), row)
        if not safe and not (in_range(inner, True) and in_range(row, options.unbounded)):
            return math.nan
        total += row_cost(options, row, first + r, share, hints)
        if options.link != IDENTITY:
            pull_link(options, inner, row)
    return total


@jit(inline="always")
def contrast_rows(
    options: ContrastOptions, u: Array, sheet: Sheet, size: int, start: int, share: float, du: Array
) -> float:
    """Σ of the costs of anchors u (n, d), of which the first has number `start`, against the K = `size` of `sheet`.

    Fills du with `share` × the gradient, and adds that in the counterparts to `sheet.sums`. At unit scale. NaN as soon
    as a score is out of range, +∞ as soon as a cost is; the gradients are unfinished then.
    """
    wide()
    factor = 1.0
    if options.link == IDENTITY:
        factor = 1.0 / (options.temperature * options.scale)
    reach = largest(u) * largest(sheet.rows) * u.shape[1] * factor
    safe = options.link == IDENTITY and reach < FAR
    total, hints = 0.0, np.zeros(HINTS)
    height = len(sheet.scores)
    for first in range(0, len(u), height):
        stop = min(first + height, len(u))
        load(sheet, u[first:stop], factor)
        table, scores = sheet.inner[: stop - first], sheet.scores[: stop - first]
        total += block_cost(options, table, scores, size, start + first, share, safe, hints)
        if not total < math.inf:
            break
        pull(sheet, stop - first, size, du[first:stop])
    return total


@jit(inline="always")
def part(options: ContrastOptions, u: Array, v: Array, chunk: int, du: Array) -> tuple[float, Array]:
    """Σ of the costs of the anchors u in a chunk against all of v, and its gradient in v; fills the chunk of du."""
    size = len(u)
    sides = 2.0 if options.symmetric else 1.0
    share = 1.0 / (size * sides * options.temperature)
    if options.link == DERIVATIVE:
        share *= options.scale
    sheet = Sheet(*sheet_arrays(v, options.link != IDENTITY))
    start = chunk * chunk_rows(size)
    stop = min(start + chunk_rows(size), size)
    cost = contrast_rows(options, u[start:stop], sheet, size, start, share, du[start:stop])
    return cost, sheet.sums[:size, : u.shape[1]]


@jit
def contrast(options: ContrastOptions, u: Array, v: Array, du: Array, dv: Array) -> float:
    """The f-contrastive risk of one batch (K, d); fills the gradients.

    NaN where a score leaves the range or is −∞ under an f with f(0) = ∞, +∞ where a positive has score −∞ or, without
    offset, a score exceeds f'(∞); the gradients mean nothing then.
    """
    sides, chunks = 2 if options.symmetric else 1, -(-len(u) // chunk_rows(len(u)))
    total, rows = 0.0, (np.zeros(u.shape), np.zeros(v.shape))
    du.fill(0.0)
    dv.fill(0.0)
    for index in range(sides * chunks):
        side, chunk = index // chunks, index % chunks
        first, second, right = (u, v, dv) if side == 0 else (v, u, du)
        cost, sums = part(options, first, second, chunk, rows[side])
        total += cost
        add_table(sums, right)
    add_table(rows[0], du)
    add_table(rows[1], dv)
    return options.scale * total / (sides * len(u))


# Scores that take longer than threads take to start.
WORTH_THREADS = 1 << 16


def contrast_batches(options: ContrastOptions, u: Array, v: Array) -> tuple[float, Array, Array]:
    """The mean over batches (B, K, d) of what `contrast` computes for one, on several threads; NaN, +∞ as there."""
    count, size = u.shape[:2]
    sides, chunks = 2 if options.symmetric else 1, -(-size // chunk_rows(size))
    parts = [(b, side, chunk) for b in range(count) for side in range(sides) for chunk in range(chunks)]
    costs, sums = [0.0] * len(parts), [np.empty(0)] * len(parts)
    own = np.zeros((2, *u.shape))

    def run(index: int) -> None:
        batch, side, chunk = parts[index]
        first, second = (u, v) if side == 0 else (v, u)
        # Plain Python over compiled blocks: compiled as a whole for each form, it would cost seconds.
        answer = plain(part)(options, first[batch], second[batch], chunk, own[side, batch])
        costs[index], sums[index] = answer

    with threads(1) if count * size**2 < WORTH_THREADS else nullcontext():
        for_each(run, len(parts))
    gradients = np.zeros_like(own)
    for (batch, side, _), part_sums in zip(parts, sums, strict=True):
        gradients[1 - side, batch] += part_sums
    gradients += own
    if count > 1:
        gradients /= count
    return options.scale * sum(costs) / (sides * size) / count, gradients[0], gradients[1]
