"""InfoNCE under the identity link without a K × K matrix: tiles of scores that live in cache, computed twice.

Passes over chunks of anchors, on one thread or several: the largest scores (where exponentials need them), partition
sums of rows and columns, costs and gradients. ∂L/∂S_ij × K + 1{i = j} is
row_weight_i 2^(S_ij − row_top_i) + column_weight_j 2^(S_ij − column_top_j); padding weighs nothing.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import exp2, log
from simsuff.kernels.jit import REORDERED, WRITTEN_OUT, jit, wide
from simsuff.kernels.tables import add_table, fill
from simsuff.kernels.threads import for_each, thread_count
from simsuff.kernels.tiles import exponential_sums, exponential_weights, multiply_add
from simsuff.losses.batches import is_finite
from simsuff.losses.tile_memory import (
    FAR_DOUBLE,
    FAR_SINGLE,
    TILE_COLUMNS,
    TILE_ROWS,
    Work,
    chunk,
    corner,
    home,
    is_bounded,
    keeps_all,
    lay_out,
    memory,
)

Array = NDArray[Any]
Vector = NDArray[np.float64]

LOG_2 = math.log(2)

# Below this many pairs in all, threads take longer to wake up than to work.
WORTH_THREADS = 1 << 18

# For maxima in vectors: a NaN that a maximum overlooks is met by the sums.
ORDERED = {"nnan", "nsz"}

# Shares of a softmax below 2^this count as 0 where scores are not bounded: no sum sees them, and subnormal numbers
# slow the processor down by a factor of ten.
LEAST_DOUBLE, LEAST_SINGLE = -960.0, -90.0


@jit
def fill_scores(anchors: Array, others: Array, out: Array) -> None:
    """Scores in units of log 2 of a tile."""
    out[:] = 0
    multiply_add(anchors, others, out)


@jit(fastmath=ORDERED)
def raise_tops(store: Array, down: int, across: int, row_top: Vector, column_top: Vector) -> None:
    """For the scores from (down, across) on."""
    for m in range(len(row_top)):
        row, top = store[down + m, across : across + len(column_top)], row_top[m]
        for n in range(len(column_top)):
            s = float(row[n])
            column_top[n] = s if s > column_top[n] else column_top[n]
        for n in range(len(column_top)):
            s = float(row[n])
            top = s if s > top else top
        row_top[m] = top


@jit
def find_tops(work: Work, index: int) -> None:
    """The largest scores of the rows of chunk `index`, and within them of each column."""
    total, depth, store = len(work.anchors), work.columns.shape[1], home(work, index)
    start, stop = chunk(index, len(work.costs), total)
    for i in range(start, stop, TILE_ROWS):
        for j in range(0, total, TILE_COLUMNS):
            rows, columns = min(TILE_ROWS, stop - i), min(TILE_COLUMNS, total - j)
            down, across = corner(work, i, j)
            out = store[down : down + rows, across : across + columns]
            others = work.columns[j // TILE_COLUMNS, :, :columns]
            fill_scores(work.anchors[i : i + rows, :depth], others, out)
            row_top, column_top = work.row_top[i : i + rows], work.column_top[index, j : j + columns]
            raise_tops(store, down, across, row_top, column_top)


@jit
def merge_tops(work: Work) -> None:
    """Every chunk learns the largest score of each column."""
    for j in range(work.column_top.shape[1]):
        top = -np.inf
        for c in range(len(work.column_top)):
            top = max(top, work.column_top[c, j])
        for c in range(len(work.column_top)):
            work.column_top[c, j] = top


@jit(fastmath=REORDERED)
def add_shifted(
    store: Array,
    down: int,
    across: int,
    row_top: Vector,
    column_top: Vector,
    row_sum: Vector,
    column_sum: Vector,
) -> None:
    """For the scores from (down, across) on."""
    wide()
    for m in range(len(row_top)):
        row, total, top = store[down + m, across : across + len(column_top)], 0.0, row_top[m]
        for n in range(len(column_top)):
            total += exp2(float(row[n]) - top)
        row_sum[m] += total
        for n in range(len(column_top)):
            column_sum[n] += exp2(float(row[n]) - column_top[n])


@jit
def add_sums(work: Work, index: int) -> None:
    """Partition sums of the rows of chunk `index`, and what they add to those of the columns."""
    total, depth, store = len(work.anchors), work.columns.shape[1], home(work, index)
    start, stop = chunk(index, len(work.costs), total)
    for i in range(start, stop, TILE_ROWS):
        for j in range(0, total, TILE_COLUMNS):
            rows, columns = min(TILE_ROWS, stop - i), min(TILE_COLUMNS, total - j)
            row_sum, column_sum = work.row_sum[i : i + rows], work.column_sum[index, j : j + columns]
            down, across = corner(work, i, j)
            out = store[down : down + rows, across : across + columns]
            anchors, others = work.anchors[i : i + rows, :depth], work.columns[j // TILE_COLUMNS, :, :columns]
            if is_bounded(work):
                exponential_sums(anchors, others, row_sum, column_sum, out)
            else:
                fill_scores(anchors, others, out)
                row_top, column_top = work.row_top[i : i + rows], work.column_top[index, j : j + columns]
                add_shifted(store, down, across, row_top, column_top, row_sum, column_sum)


@jit
def merge_sums(work: Work, size: int, symmetric: bool) -> None:
    """`column_sum[0]` becomes the sum over chunks, in their order; sums become weights, 0 beyond `size` pairs."""
    share = 0.5 if symmetric else 1.0
    for c in range(1, len(work.column_sum)):
        for j in range(work.column_sum.shape[1]):
            work.column_sum[0, j] += work.column_sum[c, j]
    for i in range(size):
        work.row_weight[i] = share / work.row_sum[i]
        work.column_weight[i] = share / work.column_sum[0, i] if symmetric else 0.0
    for i in range(size, len(work.row_weight)):
        work.row_weight[i] = work.column_weight[i] = 0.0


@jit
def shift(
    store: Array,
    down: int,
    across: int,
    row_top: Array,
    column_top: Array,
    row_weight: Array,
    column_weight: Array,
    of_row: Array,
) -> None:
    """Scores from (down, across) on become weights, in place; `of_row` holds a row's own meanwhile."""
    wide()
    least = LEAST_DOUBLE if store.itemsize == 8 else LEAST_SINGLE
    for m in range(len(row_top)):
        row, top, weight = store[down + m, across : across + len(column_top)], row_top[m], row_weight[m]
        # One exponential in each loop: with two of them the compiler gives up on vectors.
        for n in range(len(column_top)):
            x = float(row[n]) - top
            of_row[n] = weight * exp2(x) if x > least else 0.0
        for n in range(len(column_top)):
            x = float(row[n]) - column_top[n]
            row[n] = of_row[n] + (column_weight[n] * exp2(x) if x > least else 0.0)


@jit
def reweigh(store: Array, down: int, across: int, row_weight: Array, column_weight: Array) -> None:
    """Exponentials from (down, across) on become weights, in place."""
    wide()
    for m in range(len(row_weight)):
        row, weight = store[down + m, across : across + len(column_weight)], row_weight[m]
        for n in range(len(column_weight)):
            row[n] *= weight + column_weight[n]


@jit(**WRITTEN_OUT)
def fill_weights(work: Work, index: int, i: int, j: int, size: int, out: Array) -> None:
    """∂L/∂S × K of the tile `out` from (i, j) on, with K = `size`; from its exponentials if they are there."""
    rows, columns = out.shape
    anchors = work.anchors[i : i + rows, : work.columns.shape[1]]
    others = work.columns[j // TILE_COLUMNS, :, :columns]
    row_weight, column_weight = work.row_weight[i : i + rows], work.column_weight[j : j + columns]
    down, across = corner(work, i, j)
    if not is_bounded(work):
        fill_scores(anchors, others, out)
        row_top, column_top = work.row_top[i : i + rows], work.column_top[0, j : j + columns]
        store, spare = home(work, index), work.spare[index]
        shift(store, down, across, row_top, column_top, row_weight, column_weight, spare)
    elif keeps_all(work):
        reweigh(home(work, index), down, across, row_weight, column_weight)
    else:
        exponential_weights(anchors, others, row_weight, column_weight, out)
    for m in range(max(i, j), min(i + rows, j + columns, size)):
        out[m - i, m - j] -= 1
    # Padding has exponentials, and their products may be subnormal.
    for m in range(rows):
        for n in range(size - j if m < size - i else 0, columns):
            out[m, n] = 0


@jit(fastmath=REORDERED)
def costs(top: Vector, total: Vector, score: Vector, size: int) -> float:
    """Σ log(total·2^(top − score)/size): what these anchors of one side cost, in nats times `size`, the number of all."""
    wide()
    costs = 0.0
    for i in range(len(score)):
        # The quotient knows nothing of the size of the scores; where it leaves the range, a difference does.
        ratio = total[i] * exp2(top[i] - score[i]) / size
        inside = ratio < np.inf
        costs += log(ratio if inside else total[i] / size)
        costs += 0.0 if inside else (top[i] - score[i]) * LOG_2
    return costs


@jit(fastmath=REORDERED)
def positives(work: Work, start: int, stop: int) -> Vector:
    """The scores of the pairs from `start` to `stop` in units of log 2."""
    scores = np.empty(stop - start)
    for i in range(start, stop):
        score = 0.0
        for k in range(work.columns.shape[1]):
            score += float(work.anchors[i, k]) * float(work.others[i, k])
        scores[i - start] = score
    return scores


@jit
def add_gradients(work: Work, index: int, symmetric: bool, scale: float, du: Array) -> None:
    """Costs of chunk `index`, `scale` times the gradients in its anchors into du (K, d), and those in all others."""
    total, store = len(work.anchors), home(work, index)
    start, stop = chunk(index, len(work.costs), total)
    narrow = work.dv.shape[1] != total
    fill(work.du[start:stop].reshape(-1), 0.0)
    fill(work.dv[index].reshape(-1), 0.0)
    for i in range(start, stop, TILE_ROWS):
        for j in range(0, total, TILE_COLUMNS):
            rows, columns = min(TILE_ROWS, stop - i), min(TILE_COLUMNS, total - j)
            down, across = corner(work, i, j)
            out = store[down : down + rows, across : across + columns]
            fill_weights(work, index, i, j, len(du), out)
            multiply_add(out, work.others[j : j + columns], work.du[i : i + rows])
            if narrow:
                multiply_add(work.anchors[i : i + rows].T, out, work.dv[index, :, j : j + columns])
            else:
                multiply_add(out.T, work.anchors[i : i + rows], work.dv[index, j : j + columns])
    stop = min(stop, len(du))
    for i in range(start, stop):
        for k in range(du.shape[1]):
            du[i, k] = work.du[i, k] * scale
    scores = positives(work, start, stop)
    cost = costs(work.row_top[start:stop], work.row_sum[start:stop], scores, len(du))
    if symmetric:
        other = costs(work.column_top[0, start:stop], work.column_sum[0, start:stop], scores, len(du))
        cost = 0.5 * (cost + other)
    work.costs[index] = cost if is_finite(du[start:stop].reshape(-1)) else np.nan


@jit
def finish(work: Work, scale: float, dv: Array) -> float:
    """The loss, and `scale` times the gradients in the others, chunk after chunk, into dv (K, d).

    NaN where scores may have left the range or a gradient has.
    """
    total = work.dv[0]
    for c in range(1, len(work.dv)):
        add_table(work.dv[c], total)
    for i in range(dv.shape[0]):
        for k in range(dv.shape[1]):
            dv[i, k] = (total[i, k] if len(total) == len(work.others) else total[k, i]) * scale
    near = work.bound[0] <= (FAR_DOUBLE if work.anchors.itemsize == 8 else FAR_SINGLE)
    if not near or not is_finite(dv.reshape(-1)):
        return np.nan
    value = 0.0
    for cost in work.costs:
        value += cost
    return value / len(dv)


@jit
def tiled_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """The loss of one batch (K, d), and `share` times its gradients into du, dv, on the calling thread.

    NaN where an entry, a score or a gradient is not finite.
    """
    work, size = Work(*memory(u)), len(u)
    chunks = len(work.costs)
    if lay_out(u, v, temperature, work):
        for index in range(chunks):
            find_tops(work, index)
        merge_tops(work)
    for index in range(chunks):
        add_sums(work, index)
    merge_sums(work, size, symmetric)
    for index in range(chunks):
        add_gradients(work, index, symmetric, share / (temperature * size), du)
    # The anchors carry 1/(temperature·log 2) already.
    return finish(work, share * LOG_2 / size, dv)


def shared_infonce(u: Array, v: Array, symmetric: bool, temperature: float, du: Array, dv: Array) -> float:
    """`tiled_infonce` with a share of 1, to the same bits, on several threads."""
    work, size = Work(*memory(u)), len(u)
    chunks = len(work.costs)
    if lay_out(u, v, temperature, work):
        for_each(lambda index: find_tops(work, index), chunks)
        merge_tops(work)
    for_each(lambda index: add_sums(work, index), chunks)
    merge_sums(work, size, symmetric)
    for_each(lambda index: add_gradients(work, index, symmetric, 1.0 / (temperature * size), du), chunks)
    return finish(work, LOG_2 / size, dv)


@jit
def batch_after_batch(u: Array, v: Array, symmetric: bool, temperature: float, du: Array, dv: Array) -> float:
    """The mean over batches (B, K, d) of the loss, on the calling thread."""
    total = 0.0
    for b in range(len(u)):
        total += tiled_infonce(u[b], v[b], symmetric, temperature, 1 / len(u), du[b], dv[b])
    return total / len(u)


def tiled_infonce_batches(
    u: Array, v: Array, symmetric: bool, temperature: float
) -> tuple[float, Array, Array]:
    """The mean over batches u, v (B, K, d) of the loss, and its gradients: the same bits on any number of threads."""
    count, size = u.shape[:2]
    du, dv = np.empty_like(u), np.empty_like(v)
    if count * size * size < WORTH_THREADS or thread_count() == 1:
        return batch_after_batch(u, v, symmetric, temperature, du, dv), du, dv
    if count == 1:
        return shared_infonce(u[0], v[0], symmetric, temperature, du[0], dv[0]), du, dv
    values = [0.0] * count

    def loss_of(b: int) -> None:
        values[b] = tiled_infonce(u[b], v[b], symmetric, temperature, 1 / count, du[b], dv[b])

    for_each(loss_of, count)
    total = 0.0
    for value in values:  # in the order of `batch_after_batch`, which `sum` does not promise
        total += value
    return total / count, du, dv
