"""How do threads pull gradients back through a softmax of sparse counts?"""

import numpy as np
from numpy.typing import NDArray

from simsuff.encoders.rows import plain
from simsuff.encoders.softmax_rows import pull_rescaled_rows
from simsuff.encoders.softmax_team.counts import CHUNKS, Counts, copy_lines, lines_for, team_for
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_lines import Columns, scatter
from simsuff.kernels.sparse_products import piece_of
from simsuff.kernels.team import MOST_PIECES, Turns, all_done, begin, claim, done, proceed, watch
from simsuff.kernels.wide import wide
from simsuff.numerics.validation import Float, Integer

# Entries that tell how often words are met.
SAMPLE = 256

# Each phase builds on what all threads did in those before.
LOGITS, WORDS = 1, 2


def pull_counts(
    first: Counts,
    second: Counts,
    features: tuple[Float, Float],
    cotangents: tuple[Float, Float],
    scale: Float,
    gradient: Float,
) -> Float:
    """Fill `gradient` (V, M) in the matrix, from the `cotangents` of the `features` that `embed_counts` gave.

    Returns ∂L/∂bias and ∂L/∂log scale, (2, M).
    """
    (u, v), (inputs, width) = features, gradient.shape
    du, dv = (
        plain(np.asarray(x, dtype=np.float64).reshape(y.shape))
        for x, y in zip(cotangents, features, strict=True)
    )
    rows, rest = len(u) + len(v), np.empty((2, width))
    table, lines, parts = lines_for(inputs, width), lines_for(rows, width), np.zeros((2 * CHUNKS, 2, width))
    run, threads = team_for(first, second, width)
    limits = _limits(first.columns, inputs, threads)
    left, ordered = np.empty((2, limits.size - 1, rows), np.int64), np.empty(2 * CHUNKS, np.bool_)
    run(pull, first, second, u, v, du, dv, scale, gradient, rest, table, lines, parts, limits, left, ordered)
    return rest


def _limits(columns: Columns, inputs: int, threads: int) -> Integer:
    """Where groups of words begin and end, one for each thread, of about equally many entries, by a sample of these.

    No sum knows of it: that of a word goes through the rows in their order.
    """
    groups = min(threads, MOST_PIECES) if columns.size else 1
    limits = np.full(groups + 1, inputs, np.int64)
    limits[0] = 0
    if groups > 1:
        sample = np.sort(columns[:: -(-columns.size // SAMPLE)])
        limits[1:-1] = sample[np.arange(1, groups) * sample.size // groups]
    return limits


@jit
def in_order(side: Counts, start: int, stop: int) -> bool:
    """Do the columns of each of these rows nowhere decrease?"""
    wide()
    first, last = side.starts[start], side.starts[stop]
    if first == last:
        return True
    columns = side.columns[first:last]
    here, after = columns[:-1], columns[1:]
    falls = 0
    for p in range(after.size):
        falls += after[p] < here[p]
    # From the end of one row to the beginning of the next they may.
    for i in range(start + 1, stop):
        p = side.starts[i]
        if first < p < side.starts[i + 1]:
            falls -= side.columns[p] < side.columns[p - 1]
    return falls == 0


@jit
def find_words(side: Counts, start: int, stop: int, limits: Integer, left: Integer) -> None:
    """left[g, i] becomes the first entry of row i that belongs to group g of words or a later one."""
    wide()
    for i in range(start, stop):
        first, columns = side.starts[i], side.columns[side.starts[i] : side.starts[i + 1]]
        left[0, i] = first
        for g in range(1, len(left)):
            limit, before = np.int32(limits[g]), 0
            for p in range(columns.size):
                before += columns[p] < limit
            left[g, i] = first + before


@jit
def pull_chunk(
    side: Counts,
    chunk: int,
    features: Float,
    cotangents: Float,
    scale: Float,
    limits: Integer,
    lines: Float,
    part: Float,
    left: Integer,
) -> bool:
    """One chunk of rows of one side: ∂L/∂logits in `lines`, a part of ∂L/∂bias and ∂L/∂log scale, and `find_words`.

    False if the words of a row are in no order.
    """
    start, stop = chunk * len(features) // CHUNKS, (chunk + 1) * len(features) // CHUNKS
    copy_lines(cotangents, start, stop, lines, start)
    pull_rescaled_rows(features[start:stop], scale, lines[start:stop], part[0], part[1])
    find_words(side, start, stop, limits, left)
    return len(left) == 1 or in_order(side, start, stop)


@jit
def scatter_side(side: Counts, start: int, stop: int, table: Float, lines: Float, left: Integer) -> None:
    """Add the entries of one side at words [start, stop) to the table; left[0] says where they begin."""
    step = piece_of(side.starts, table)
    end, now = side.starts[1:], 0
    pieces = -(-(stop - start) // step)
    for n in range(1, pieces + 1):
        below = start + n * (stop - start) // pieces
        scatter(left[now], end, side.columns, side.entries, below, table, lines, left[1 - now])
        now = 1 - now


@jit
def pull_words(
    first: Counts,
    second: Counts,
    start: int,
    stop: int,
    table: Float,
    lines: Float,
    left: Integer,
    gradient: Float,
) -> None:
    """∂L/∂matrix at words [start, stop)."""
    for i in range(start, stop):
        for k in range(table.shape[1]):
            table[i, k] = 0.0
    n = first.starts.size - 1
    scatter_side(first, start, stop, table, lines[:n], left[:, :n])
    scatter_side(second, start, stop, table, lines[n:], left[:, n:])
    for i in range(start, stop):
        for k in range(gradient.shape[1]):
            gradient[i, k] = table[i, k]


@jit
def add_parts(parts: Float, rest: Float) -> None:
    """Sums over chunks, in their order."""
    for n in range(rest.shape[0]):
        for k in range(rest.shape[1]):
            total = 0.0
            for c in range(len(parts)):
                total += parts[c, n, k]
            rest[n, k] = total


@jit
def pull(
    first: Counts,
    second: Counts,
    u: Float,
    v: Float,
    du: Float,
    dv: Float,
    scale: Float,
    gradient: Float,
    rest: Float,
    table: Float,
    lines: Float,
    parts: Float,
    limits: Integer,
    left: Integer,
    ordered: NDArray[np.bool_],
    turns: Turns,
) -> None:
    """∂L/∂logits in chunks of rows, then ∂L/∂matrix in groups of words, which add up alike however many there are."""
    begin(turns)
    if not proceed(turns, LOGITS):
        return
    n = len(u)
    for c in range(2 * CHUNKS):
        index = claim(turns, LOGITS, c, 2 * CHUNKS)
        if index < 0:
            continue
        if index < CHUNKS:
            ordered[index] = pull_chunk(
                first, index, u, du, scale, limits, lines[:n], parts[index], left[0, :, :n]
            )
        else:
            ordered[index] = pull_chunk(
                second, index - CHUNKS, v, dv, scale, limits, lines[n:], parts[index], left[0, :, n:]
            )
        done(turns, LOGITS)
    all_done(turns, LOGITS, 2 * CHUNKS)
    if not proceed(turns, WORDS):
        return
    in_groups = ordered.all()
    groups = limits.size - 1 if in_groups else 1
    for c in range(groups):
        g = claim(turns, WORDS, c, groups)
        if g >= 0:
            stop = limits[g + 1] if in_groups else len(gradient)
            pull_words(first, second, limits[g], stop, table, lines, left[:, g], gradient)
            done(turns, WORDS)
    if all_done(turns, WORDS, groups):
        add_parts(parts, rest)
    else:
        watch(turns)
