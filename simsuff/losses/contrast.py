"""What does the f-contrastive risk of a known family cost, block of rows by block of rows, without a K × K table?"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.form_loops import apply_link, pull_link, weigh
from simsuff.losses.forms import EXPONENTIAL, RECIPROCAL, form_of, link_of, slope_limit
from simsuff.losses.row_kernel import extent, row_offset
from simsuff.numerics.jit import jit
from simsuff.numerics.tiles import columns_at_once, multiply_add
from simsuff.numerics.wide import wide

Array = NDArray[np.float64]

IDENTITY, LOG, DERIVATIVE = 0, 1, 2

# Rows of scores at a time: a row stays in the first cache while its offset is sought, the block in the second.
BLOCK = 16

# Anchors are split into at most so many chunks of at least so many rows. Sums over anchors are sums over chunks, so
# that K alone decides on their order.
CHUNKS, CHUNK_ROWS = 8, 256

# Tiles of doubles are a multiple of this wide.
STEP = columns_at_once(8) // 2


class ContrastOptions(NamedTuple):
    """The options of `f_contrastive` for f = scale × the member `alpha` of the family `kind`."""

    kind: int
    alpha: float
    scale: float
    link: int
    free_offset: bool
    others: bool
    symmetric: bool
    temperature: float


class Sheet(NamedTuple):
    """The counterparts of the anchors, padded with zeros: transposed (d, K'), as rows (K', d'), and work space.

    `inner` and `scores` hold a block (BLOCK, K'), `anchors` and `out` one of (BLOCK, d'), `sums` (K', d') the gradient.
    """

    columns: Array
    rows: Array
    inner: Array
    scores: Array
    anchors: Array
    out: Array
    sums: Array


def _padded(size: int) -> int:
    """`size` rounded up to tiles; not to a multiple of 64, whose rows would meet in few lines of the cache."""
    up = -(-size // STEP) * STEP
    return up + STEP if up % 64 == 0 else up


padded = jit(_padded)


def _sheet_of(others: Array, link: int) -> Sheet:
    size, width = others.shape
    tall, wide = padded(size), padded(width)
    rows, columns = np.zeros((tall, wide)), np.zeros((width, tall))
    rows[:size, :width] = others
    columns[:, :size] = others.T
    scores = np.empty((BLOCK, tall))
    inner = scores if link == IDENTITY else np.empty((BLOCK, tall))
    block = np.zeros((2, BLOCK, wide))
    return Sheet(columns, rows, inner, scores, block[0], block[1], np.zeros((tall, wide)))


sheet_of = jit(_sheet_of)


def _chunk_rows(size: int) -> int:
    """Rows of a chunk, for K = `size`."""
    return max(CHUNK_ROWS, -(-size // (CHUNKS * BLOCK)) * BLOCK)


chunk_rows = jit(_chunk_rows)


def _largest(x: Array) -> float:
    """max |x|, NaN where an entry is NaN."""
    top, bottom, mean = extent(x.reshape(x.size))
    return max(top, -bottom) if mean == mean else math.nan


largest = jit(_largest, inline="always")


def _in_range(row: Array, unbounded: bool) -> bool:
    """No score is NaN or +∞, nor −∞ where f* has no lower bound."""
    mean = extent(row)[2]
    return bool(mean < math.inf and not (unbounded and mean == -math.inf))


in_range = jit(_in_range, inline="always")


def _fill_scores(u: Array, start: int, sheet: Sheet, options: ContrastOptions) -> int:
    """Inner products and scores of the anchors from `start` on, as many as fit into a block; how many these are."""
    count = min(BLOCK, len(u) - start)
    width = u.shape[1]
    factor = 1.0 / (options.temperature * options.scale)
    sheet.anchors[:] = 0.0
    sheet.anchors[:count, :width] = u[start : start + count]
    left = sheet.anchors[:, :width]
    if options.link == IDENTITY:
        left = left * factor
    sheet.inner[:] = 0.0
    multiply_add(left, sheet.columns, sheet.inner)
    form = EXPONENTIAL if options.link == LOG else form_of(options.kind, options.alpha)
    if options.link == DERIVATIVE:
        factor = 1.0 / options.temperature
    if options.link != IDENTITY:
        for r in range(count):
            apply_link(sheet.inner[r], factor, sheet.scores[r], form, options.alpha)
    return count


fill_scores = jit(_fill_scores, inline="always")


def _take_out(row: Array, i: int) -> None:
    """Move what follows entry i to the left by one."""
    for j in range(i, row.size - 1):
        row[j] = row[j + 1]


take_out = jit(_take_out, inline="always")


def _put_back(row: Array, i: int) -> None:
    """Undo `take_out`, with 0 as entry i."""
    for j in range(row.size - 1, i, -1):
        row[j] = row[j - 1]
    row[i] = 0.0


put_back = jit(_put_back, inline="always")


def _row_cost(row: Array, i: int, share: float, options: ContrastOptions) -> float:
    """−S_i + mean_j f*(S_j − c) + c for a row of scores; overwrites it with `share` × the gradient."""
    form, positive = form_of(options.kind, options.alpha), row[i]
    counted = row[: row.size - 1] if options.others else row[:]
    if options.others:
        take_out(row, i)
    offset = 0.0
    if options.free_offset:
        most = link_of(float(row.size), form, options.alpha)
        offset = row_offset(counted, options.kind, options.alpha, most)
    elif extent(counted)[0] > slope_limit(form, options.alpha):
        return math.inf
    spread = weigh(counted, offset, share / counted.size, form, options.alpha)
    if options.others:
        put_back(row, i)
    row[i] -= share
    # c is as large as the scores and meets S_ii first.
    return float(spread / counted.size + (offset - positive))


row_cost = jit(_row_cost, inline="always")


def _contrast_rows(
    u: Array, sheet: Sheet, start: int, stop: int, share: float, options: ContrastOptions, du: Array
) -> float:
    """Σ of the costs of the anchors u_start … u_(stop−1) against all of `sheet`, at unit scale.

    Fills their rows of du with `share` × the gradient, and adds that in the counterparts to `sheet.sums`. NaN as soon
    as a score is out of range, +∞ as soon as a cost is; the gradients are unfinished then.
    """
    size, width = u.shape
    wide()
    form, power = form_of(options.kind, options.alpha), options.alpha
    if options.link == LOG:
        form, power = EXPONENTIAL, 1.0
    reach = largest(u) * largest(sheet.rows) * width / (options.temperature * options.scale)
    safe = options.link == IDENTITY and reach < 1e300
    unbounded = form_of(options.kind, options.alpha) == RECIPROCAL
    total = 0.0
    for first in range(start, stop, BLOCK):
        count = fill_scores(u[:stop], first, sheet, options)
        sheet.scores[count:] = 0.0
        sheet.scores[:, size:] = 0.0
        for r in range(count):
            row = sheet.scores[r, :size]
            if not safe and not (in_range(sheet.inner[r, :size], True) and in_range(row, unbounded)):
                return math.nan
            total += row_cost(row, first + r, share, options)
            if not total < math.inf:
                return total
            if options.link != IDENTITY:
                pull_link(sheet.inner[r, :size], row, form, power)
        sheet.out[:] = 0.0
        multiply_add(sheet.scores, sheet.rows, sheet.out)
        du[first : first + count] = sheet.out[:count, :width]
        multiply_add(sheet.scores.T, sheet.anchors, sheet.sums)
    return total


contrast_rows = jit(_contrast_rows)


def _add_side(u: Array, v: Array, share: float, options: ContrastOptions, du: Array, dv: Array) -> float:
    """Σ of the costs of the anchors u against v; adds to the gradients, chunk by chunk."""
    size, width = u.shape
    total, rows = 0.0, np.empty(u.shape)
    for start in range(0, size, chunk_rows(size)):
        work = sheet_of(v, options.link)
        stop = min(start + chunk_rows(size), size)
        total += contrast_rows(u, work, start, stop, share, options, rows)
        dv += work.sums[:size, :width]
    du += rows
    return total


add_side = jit(_add_side, inline="always")


def _contrast(u: Array, v: Array, options: ContrastOptions, du: Array, dv: Array) -> float:
    """The f-contrastive risk of one batch (K, d); fills the gradients.

    NaN where a score leaves the range or is −∞ under an f with f(0) = ∞, +∞ where a positive has score −∞ or, without
    offset, a score exceeds f'(∞); the gradients mean nothing then.
    """
    wide()
    sides = 2 if options.symmetric else 1
    share = 1.0 / (len(u) * sides * options.temperature)
    if options.link == DERIVATIVE:
        share *= options.scale
    du[:], dv[:] = 0.0, 0.0
    total = add_side(u, v, share, options, du, dv)
    if sides == 2:
        total += add_side(v, u, share, options, dv, du)
    return options.scale * total / (sides * len(u))


contrast = jit(_contrast)
