"""Partition sums of all rows and columns of the scores, and the value of InfoNCE."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import exp2, log
from simsuff.kernels.jit import WRITTEN_OUT, jit
from simsuff.kernels.tiles import exponential_sums, multiply_add
from simsuff.kernels.wide import REORDERED, wide
from simsuff.losses.tiled.layout import FAR_DOUBLE, FAR_SINGLE, TILE_COLUMNS, TILE_ROWS, Layout, is_bounded
from simsuff.losses.tiled.workspace import COST, FAULT, Workspace, chunk, corner, home

Array = NDArray[Any]
Vector = NDArray[np.float64]

LOG_2 = math.log(2)

# For maxima in vectors: a NaN that a maximum overlooks is met by the sums.
ORDERED = {"nnan", "nsz"}


@jit
def fill_scores(batch: Layout, i: int, j: int, out: Array) -> None:
    """Scores in units of log 2 of the tile from (i, j) on."""
    out[:] = 0
    rows, columns = out.shape
    anchors = batch.anchors[i : i + rows, : batch.depth]
    multiply_add(anchors, batch.columns[j // TILE_COLUMNS, :, :columns], out)


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


@jit(**WRITTEN_OUT)
def find_tops(batch: Layout, work: Workspace, index: int) -> None:
    """The largest scores of the rows of chunk `index`, and within them of each column."""
    total, store = len(batch.anchors), home(work, index)
    start, stop = chunk(index, len(work.column_sum), total)
    for i in range(start, stop, TILE_ROWS):
        for j in range(0, total, TILE_COLUMNS):
            rows, columns = min(TILE_ROWS, stop - i), min(TILE_COLUMNS, total - j)
            down, across = corner(work, i, j)
            fill_scores(batch, i, j, store[down : down + rows, across : across + columns])
            row_top, column_top = work.row_top[i : i + rows], work.column_top[index, j : j + columns]
            raise_tops(store, down, across, row_top, column_top)


@jit(**WRITTEN_OUT)
def merge_tops(work: Workspace) -> None:
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


@jit(**WRITTEN_OUT)
def add_sums(batch: Layout, work: Workspace, index: int) -> None:
    """Partition sums of the rows of chunk `index`, and what they add to those of the columns."""
    total, store = len(batch.anchors), home(work, index)
    start, stop = chunk(index, len(work.column_sum), total)
    for i in range(start, stop, TILE_ROWS):
        for j in range(0, total, TILE_COLUMNS):
            rows, columns = min(TILE_ROWS, stop - i), min(TILE_COLUMNS, total - j)
            row_sum, column_sum = work.row_sum[i : i + rows], work.column_sum[index, j : j + columns]
            down, across = corner(work, i, j)
            out = store[down : down + rows, across : across + columns]
            if is_bounded(batch):
                anchors = batch.anchors[i : i + rows, : batch.depth]
                others = batch.columns[j // TILE_COLUMNS, :, :columns]
                exponential_sums(anchors, others, row_sum, column_sum, out)
            else:
                fill_scores(batch, i, j, out)
                column_top = work.column_top[index, j : j + columns]
                row_top = work.row_top[i : i + rows]
                add_shifted(store, down, across, row_top, column_top, row_sum, column_sum)


@jit(**WRITTEN_OUT)
def merge_sums(work: Workspace) -> None:
    """`column_sum[0]` becomes the sum over chunks, in their order."""
    for c in range(1, len(work.column_sum)):
        for j in range(work.column_sum.shape[1]):
            work.column_sum[0, j] += work.column_sum[c, j]


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
def positives(batch: Layout, start: int, stop: int) -> Vector:
    """The scores of the pairs from `start` to `stop` in units of log 2."""
    scores = np.empty(stop - start)
    for i in range(start, stop):
        score = 0.0
        for k in range(batch.depth):
            score += float(batch.anchors[i, k]) * float(batch.others[i, k])
        scores[i - start] = score
    return scores


@jit(**WRITTEN_OUT)
def add_costs(batch: Layout, work: Workspace, index: int, symmetric: bool) -> None:
    """What the pairs of chunk `index` cost, from complete sums."""
    start, stop = chunk(index, len(work.dv), len(batch.anchors))
    stop = min(stop, batch.size)
    scores = positives(batch, start, stop)
    cost = costs(work.row_top[start:stop], work.row_sum[start:stop], scores, batch.size)
    if symmetric:
        top, total = work.column_top[0, start:stop], work.column_sum[0, start:stop]
        cost = 0.5 * (cost + costs(top, total, scores, batch.size))
    work.facts[1 + index, COST] = cost


@jit(**WRITTEN_OUT)
def value(batch: Layout, work: Workspace) -> float:
    """The loss, from complete costs; NaN where scores may have left the range or a gradient has."""
    if not batch.bound[0] <= (FAR_DOUBLE if batch.anchors.itemsize == 8 else FAR_SINGLE):
        return np.nan
    value = 0.0
    for c in range(len(work.dv)):
        value += work.facts[1 + c, COST] + work.facts[1 + c, FAULT]
    return value / batch.size
