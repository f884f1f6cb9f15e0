"""What does InfoNCE cost on batches of any size, on any number of threads?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import WRITTEN_OUT, jit
from simsuff.kernels.tables import fill
from simsuff.kernels.team import (
    Turns,
    all_done,
    alone,
    begin,
    claim,
    done,
    proceed,
    together,
    watch,
)
from simsuff.kernels.threads import for_each, thread_count
from simsuff.losses.tiled.gradient import add_gradient, finish_anchors, finish_others, set_weights
from simsuff.losses.tiled.layout import (
    Layout,
    is_bounded,
    lay_out_anchors,
    lay_out_others,
    longest,
    pad_others,
    score_bound,
    shape_of,
)
from simsuff.losses.tiled.memory import Memory, layout, reserve, workspace
from simsuff.losses.tiled.partition import (
    LOG_2,
    add_costs,
    add_sums,
    find_tops,
    merge_sums,
    merge_tops,
    value,
)
from simsuff.losses.tiled.workspace import LONGEST_ANCHOR, LONGEST_OTHER, Workspace, chunk, longest_pair

Array = NDArray[Any]

# Below this many pairs, threads take longer to meet than to work; below as many in all, longer to wake up.
WORTH_HELP, WORTH_THREADS = 1 << 16, 1 << 18

# Each phase builds on what all threads did in those before.
LAYOUT, TOPS, SUMS, GRADIENTS, FINISH = range(1, 6)


@jit(**WRITTEN_OUT)
def begin_others(u: Array, v: Array, batch: Layout, work: Workspace, index: int) -> None:
    """Lay out the others of chunk `index`, and measure its pairs."""
    start, stop = chunk(index, len(work.dv), len(batch.others))
    lay_out_others(v, batch, start, stop)
    stop = min(stop, batch.size)
    work.facts[1 + index, LONGEST_ANCHOR] = longest(u[start:stop])
    work.facts[1 + index, LONGEST_OTHER] = longest(v[start:stop])


@jit(**WRITTEN_OUT)
def begin_anchors(u: Array, temperature: float, batch: Layout, work: Workspace, index: int) -> None:
    """Lay out the anchors of chunk `index`, where the thread is that works on them, and begin its sums."""
    start, stop = chunk(index, len(work.dv), len(batch.anchors))
    lay_out_anchors(u, temperature, batch, start, stop)
    top = 0.0 if is_bounded(batch) else -np.inf
    fill(work.row_top[start:stop], top)
    fill(work.column_top[index], top)
    fill(work.row_sum[start:stop], 0.0)
    fill(work.column_sum[index], 0.0)


@jit
def evaluate(
    u: Array,
    v: Array,
    symmetric: bool,
    temperature: float,
    scale: float,
    du: Array,
    dv: Array,
    memory: Memory,
    turns: Turns,
) -> float:
    """The loss of one batch (K, d), and `scale` times its gradients into du, dv, for the thread that leads.

    NaN where an entry, a score or a gradient is not finite.
    """
    begin(turns)
    shape = shape_of(u.shape[0], u.shape[1], u.itemsize)
    batch, work, chunks = layout(memory, shape), workspace(memory, shape), shape.chunks
    # Phase after phase, written out: a loop over phases, or a function for each, would hand on all arrays every time,
    # which takes two microseconds, a fifth of the loss of 64 pairs.
    if not proceed(turns, LAYOUT):
        return 0.0
    for n in range(chunks):
        index = claim(turns, LAYOUT, n, chunks)
        if index >= 0:
            begin_others(u, v, batch, work, index)
            done(turns, LAYOUT)
    if all_done(turns, LAYOUT, chunks):
        anchor, other = longest_pair(work)
        batch.bound[0] = score_bound(anchor, other, temperature)
        pad_others(batch, u.shape[1])
    if not proceed(turns, TOPS):
        return 0.0
    for n in range(0 if is_bounded(batch) else chunks):
        index = claim(turns, TOPS, n, chunks)
        if index >= 0:
            begin_anchors(u, temperature, batch, work, index)
            find_tops(batch, work, index)
            done(turns, TOPS)
    if not is_bounded(batch) and all_done(turns, TOPS, chunks):
        merge_tops(work)
    if not proceed(turns, SUMS):
        return 0.0
    for n in range(chunks):
        index = claim(turns, SUMS, n, chunks)
        if index >= 0:
            if is_bounded(batch):
                begin_anchors(u, temperature, batch, work, index)
            add_sums(batch, work, index)
            done(turns, SUMS)
    if all_done(turns, SUMS, chunks):
        merge_sums(work)
        set_weights(batch, work, symmetric)
    if not proceed(turns, GRADIENTS):
        return 0.0
    for n in range(chunks):
        index = claim(turns, GRADIENTS, n, chunks)
        if index >= 0:
            add_gradient(batch, work, index)
            # The anchors carry 1/(temperature·log 2) already.
            finish_anchors(batch, work, index, scale / (temperature * batch.size), du)
            add_costs(batch, work, index, symmetric)
            done(turns, GRADIENTS)
    all_done(turns, GRADIENTS, chunks)
    if not proceed(turns, FINISH):
        return 0.0
    for n in range(chunks):
        index = claim(turns, FINISH, n, chunks)
        if index >= 0:
            finish_others(batch, work, index, scale * LOG_2 / batch.size, dv)
            done(turns, FINISH)
    if all_done(turns, FINISH, chunks):
        return value(batch, work)
    watch(turns)
    return 0.0


@jit(**WRITTEN_OUT)
def tiled_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """The loss of one batch (K, d), and `share` times its gradients into du, dv, on the calling thread."""
    return evaluate(u, v, symmetric, temperature, share, du, dv, reserve(u), alone())


# Callers that are compiled themselves have it written out; from Python, one call that finds its memory itself saves a
# third of the time of small batches.


def tiled_infonce_batches(
    u: Array, v: Array, symmetric: bool, temperature: float
) -> tuple[float, Array, Array]:
    """The mean over batches u, v (B, K, d) of the loss, and its gradients: the same bits on any number of threads."""
    count, size = u.shape[:2]
    du, dv, values = np.empty_like(u), np.empty_like(v), [0.0] * count
    options = symmetric, temperature, 1 / count
    if count == 1 and size**2 >= WORTH_HELP and thread_count() > 1:
        value: float = together(evaluate, u[0], v[0], *options, du[0], dv[0], reserve(u[0]))
        return value, du, dv

    def loss_of(b: int) -> None:
        values[b] = tiled_infonce(u[b], v[b], *options, du[b], dv[b])

    if count * size * size < WORTH_THREADS:
        for b in range(count):
            loss_of(b)
    else:
        for_each(loss_of, count)
    return sum(values) / count, du, dv
