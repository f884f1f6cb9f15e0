"""What does InfoNCE cost on batches of any size, on any number of threads?"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.tiled.gradient import add_gradient, finish_anchors, finish_others, set_weights
from simsuff.losses.tiled.layout import (
    Layout,
    Shape,
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
from simsuff.numerics.jit import WRITTEN_OUT, jit
from simsuff.numerics.tables import fill
from simsuff.numerics.team import (
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
from simsuff.numerics.threads import for_each, thread_count

Array = NDArray[Any]

# Below this many pairs, threads take longer to meet than to work; below as many in all, longer to wake up.
WORTH_HELP, WORTH_THREADS = 1 << 16, 1 << 18

# Each phase builds on what all threads did in those before.
LAYOUT, TOPS, SUMS, GRADIENTS, FINISH, END = range(1, 7)


class Call(NamedTuple):
    """What was asked, and where the answer goes."""

    u: Array
    v: Array
    symmetric: bool
    temperature: float
    scale: float
    du: Array
    dv: Array


def _begin_others(call: Call, batch: Layout, work: Workspace, index: int) -> None:
    """Lay out the others of chunk `index`, and measure its pairs."""
    start, stop = chunk(index, len(work.dv), len(batch.others))
    lay_out_others(call.v, batch, start, stop)
    stop = min(stop, batch.size)
    work.facts[1 + index, LONGEST_ANCHOR] = longest(call.u[start:stop])
    work.facts[1 + index, LONGEST_OTHER] = longest(call.v[start:stop])


begin_others = jit(_begin_others, **WRITTEN_OUT)


def _begin_anchors(call: Call, batch: Layout, work: Workspace, index: int) -> None:
    """Lay out the anchors of chunk `index`, where the thread is that works on them, and begin its sums."""
    start, stop = chunk(index, len(work.dv), len(batch.anchors))
    lay_out_anchors(call.u, call.temperature, batch, start, stop)
    top = 0.0 if batch.bounded else -np.inf
    fill(work.row_top[start:stop], top)
    fill(work.column_top[index], top)
    fill(work.row_sum[start:stop], 0.0)
    fill(work.column_sum[index], 0.0)


begin_anchors = jit(_begin_anchors)


def _do(call: Call, batch: Layout, work: Workspace, phase: int, index: int) -> None:
    """The part of chunk `index` in a phase."""
    size = batch.size
    if phase == LAYOUT:
        begin_others(call, batch, work, index)
    elif phase == TOPS:
        begin_anchors(call, batch, work, index)
        find_tops(batch, work, index)
    elif phase == SUMS:
        if batch.bounded:
            begin_anchors(call, batch, work, index)
        add_sums(batch, work, index)
    elif phase == GRADIENTS:
        add_gradient(batch, work, index)
        # The anchors carry 1/(temperature·log 2) already.
        finish_anchors(batch, work, index, call.scale / (call.temperature * size), call.du)
        add_costs(batch, work, index, call.symmetric)
    else:
        finish_others(batch, work, index, call.scale * LOG_2 / size, call.dv)


do = jit(_do, **WRITTEN_OUT)


def _conclude(call: Call, memory: Memory, shape: Shape, work: Workspace, phase: int) -> None:
    """What is left of a phase once all chunks are done."""
    if phase == LAYOUT:
        anchor, other = longest_pair(work)
        work.facts[0, 0] = score_bound(anchor, other, call.temperature)
        pad_others(layout(memory, shape), call.u.shape[1])
    elif phase == TOPS:
        merge_tops(work)
    elif phase == SUMS:
        merge_sums(work)
        set_weights(layout(memory, shape), work, call.symmetric)


conclude = jit(_conclude, **WRITTEN_OUT)


def _evaluate(
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
    call = Call(u, v, symmetric, temperature, scale, du, dv)
    shape = shape_of(u.shape[0], u.shape[1], u.itemsize)
    batch, work = layout(memory, shape), workspace(memory, shape)
    for phase in range(LAYOUT, END):
        if not proceed(turns, phase):
            return 0.0
        if phase == TOPS:
            # Now its bound is known.
            batch = layout(memory, shape)
            if batch.bounded:
                continue
        for n in range(shape.chunks):
            index = claim(turns, phase, n, shape.chunks)
            if index >= 0:
                do(call, batch, work, phase, index)
                done(turns, phase)
        if all_done(turns, phase, shape.chunks):
            conclude(call, memory, shape, work, phase)
    if turns.place == 0:
        return value(batch, work)
    watch(turns)
    return 0.0


evaluate = jit(_evaluate)


def _tiled_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """The loss of one batch (K, d), and `share` times its gradients into du, dv, on the calling thread."""
    return evaluate(u, v, symmetric, temperature, share, du, dv, reserve(u), alone())


# For callers that are compiled themselves: written out there, it is not compiled twice.
tiled_infonce = jit(_tiled_infonce, **WRITTEN_OUT)


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
