"""The gradient of InfoNCE in the embeddings, from the partition sums."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import exp2
from simsuff.kernels.jit import WRITTEN_OUT, jit
from simsuff.kernels.tables import add_table, fill
from simsuff.kernels.tiles import exponential_weights, multiply_add
from simsuff.kernels.wide import wide
from simsuff.losses.batches import is_finite
from simsuff.losses.tiled.layout import (
    LEAST_DOUBLE,
    LEAST_SINGLE,
    TILE_COLUMNS,
    TILE_ROWS,
    Layout,
    is_bounded,
)
from simsuff.losses.tiled.partition import fill_scores
from simsuff.losses.tiled.workspace import FAULT, Workspace, chunk, corner, home, keeps_all

Array = NDArray[Any]


@jit(**WRITTEN_OUT)
def set_weights(batch: Layout, work: Workspace, symmetric: bool) -> None:
    """∂L/∂S_ij × K + 1{i = j} = row_weight_i 2^(S_ij − row_top_i) + column_weight_j 2^(S_ij − column_top_j).

    Padding weighs nothing.
    """
    share = 0.5 if symmetric else 1.0
    for i in range(batch.size):
        work.row_weight[i] = share / work.row_sum[i]
        work.column_weight[i] = share / work.column_sum[0, i] if symmetric else 0.0
    for i in range(batch.size, len(work.row_weight)):
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


@jit
def clear_padding(weights: Array, rows: int, columns: int) -> None:
    """Nothing beyond the first `rows` and `columns`: padding has exponentials, and their products may be subnormal."""
    for m in range(len(weights)):
        for n in range(columns if m < rows else 0, weights.shape[1]):
            weights[m, n] = 0


@jit(**WRITTEN_OUT)
def fill_weights(batch: Layout, work: Workspace, index: int, i: int, j: int, out: Array) -> None:
    """∂L/∂S × K of the tile `out` from (i, j) on; from its exponentials if they are there."""
    rows, columns = out.shape
    row_weight, column_weight = work.row_weight[i : i + rows], work.column_weight[j : j + columns]
    down, across = corner(work, i, j)
    if not is_bounded(batch):
        fill_scores(batch, i, j, out)
        row_top, column_top = work.row_top[i : i + rows], work.column_top[0, j : j + columns]
        store, spare = home(work, index), work.spare[index]
        shift(store, down, across, row_top, column_top, row_weight, column_weight, spare)
    elif keeps_all(work):
        reweigh(home(work, index), down, across, row_weight, column_weight)
    else:
        anchors = batch.anchors[i : i + rows, : batch.depth]
        others = batch.columns[j // TILE_COLUMNS, :, :columns]
        exponential_weights(anchors, others, row_weight, column_weight, out)
    for m in range(max(i, j), min(i + rows, j + columns, batch.size)):
        out[m - i, m - j] -= 1
    clear_padding(out, batch.size - i, batch.size - j)


@jit(**WRITTEN_OUT)
def add_gradient(batch: Layout, work: Workspace, index: int) -> None:
    """Gradients in the anchors of chunk `index`, and what these add to the gradients in the others."""
    total, store = len(batch.anchors), home(work, index)
    start, stop = chunk(index, len(work.dv), total)
    fill(work.du[start:stop].reshape(-1), 0.0)
    fill(work.dv[index].reshape(-1), 0.0)
    for i in range(start, stop, TILE_ROWS):
        for j in range(0, total, TILE_COLUMNS):
            rows, columns = min(TILE_ROWS, stop - i), min(TILE_COLUMNS, total - j)
            down, across = corner(work, i, j)
            out = store[down : down + rows, across : across + columns]
            fill_weights(batch, work, index, i, j, out)
            multiply_add(out, batch.others[j : j + columns], work.du[i : i + rows])
            if batch.narrow:
                multiply_add(batch.anchors[i : i + rows].T, out, work.dv[index, :, j : j + columns])
            else:
                multiply_add(out.T, batch.anchors[i : i + rows], work.dv[index, j : j + columns])


@jit(**WRITTEN_OUT)
def finish_anchors(batch: Layout, work: Workspace, index: int, scale: float, du: Array) -> None:
    """Write `scale` times the gradients in the anchors of chunk `index` into du (K, d)."""
    start, stop = chunk(index, len(work.dv), len(batch.anchors))
    for i in range(start, min(stop, batch.size)):
        for k in range(du.shape[1]):
            du[i, k] = work.du[i, k] * scale
    is_good = is_finite(du[start : min(stop, batch.size)].reshape(-1))
    work.facts[1 + index, FAULT] = 0.0 if is_good else np.nan


@jit(**WRITTEN_OUT)
def finish_others(batch: Layout, work: Workspace, index: int, scale: float, dv: Array) -> None:
    """Write `scale` times the gradients in the others of chunk `index` into dv (K, d), adding chunks in their order."""
    chunks, width = len(work.dv), dv.shape[1]
    start, stop = chunk(index, chunks, len(batch.anchors))
    stop = min(stop, batch.size)
    for c in range(1, chunks):
        if batch.narrow:
            add_table(work.dv[c, :width, start:stop], work.dv[0, :width, start:stop])
        else:
            add_table(work.dv[c, start:stop, :width], work.dv[0, start:stop, :width])
    for i in range(start, stop):
        for k in range(width):
            dv[i, k] = (work.dv[0, k, i] if batch.narrow else work.dv[0, i, k]) * scale
    work.facts[1 + index, FAULT] += 0.0 if is_finite(dv[start:stop].reshape(-1)) else np.nan
