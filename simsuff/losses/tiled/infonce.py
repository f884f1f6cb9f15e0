"""What does InfoNCE cost on batches of any size, on any number of threads?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.tiled.gradient import add_gradient, finish, set_weights
from simsuff.losses.tiled.layout import Layout, shape_of
from simsuff.losses.tiled.memory import Memory, layout, prepare, reserve, workspace
from simsuff.losses.tiled.partition import add_sums, find_tops, merge_sums, merge_tops, value
from simsuff.losses.tiled.workspace import Workspace
from simsuff.numerics.jit import WRITTEN_OUT, jit
from simsuff.numerics.team import (
    Turns,
    all_done,
    alone,
    begin,
    by_itself,
    claim,
    done,
    proceed,
    together,
    watch,
)
from simsuff.numerics.threads import for_each

Array = NDArray[Any]

# Below this many pairs, threads take longer to meet than to work; below as many in all, longer to wake up.
WORTH_HELP, WORTH_THREADS = 1 << 16, 1 << 18

# Each phase builds on what all threads did in those before.
LAYOUT, TOPS, SUMS, GRADIENTS, END = range(1, 6)


def _share(batch: Layout, work: Workspace, phase: int, turns: Turns) -> bool:
    """Do what no other thread does of a phase; true for the thread that leads, as soon as all is complete."""
    chunks = len(work.dv)
    for n in range(chunks):
        c = claim(turns, phase, n, chunks)
        if c < 0:
            continue
        if phase == TOPS:
            find_tops(batch, work, c)
        elif phase == SUMS:
            add_sums(batch, work, c)
        else:
            add_gradient(batch, work, c)
        done(turns, phase)
    return all_done(turns, phase, chunks)


share = jit(_share, **WRITTEN_OUT)


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
    """The loss of one batch (K, d), and `scale` times its gradients into du, dv, for the thread that leads."""
    begin(turns)
    if turns.place == 0:
        prepare(u, v, temperature, memory)
    if not proceed(turns, LAYOUT):
        return 0.0
    shape = shape_of(u.shape[0], u.shape[1], u.itemsize)
    batch, work = layout(memory, shape), workspace(memory, shape)
    for phase in range(SUMS if batch.bounded else TOPS, END):
        if not proceed(turns, phase):
            return 0.0
        leads = share(batch, work, phase, turns)
        if leads and phase == TOPS:
            merge_tops(work)
        elif leads and phase == SUMS:
            merge_sums(work)
            set_weights(batch, work, symmetric)
    if turns.place == 0:
        finish(batch, work, temperature, scale, du, dv)
        return value(batch, work, symmetric)
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
    du, dv, values = np.empty_like(u), np.empty_like(v), np.empty(count)
    run = together if count == 1 and size**2 >= WORTH_HELP else by_itself

    def loss_of(b: int) -> None:
        one, other = u[b], v[b]
        values[b] = run(evaluate, one, other, symmetric, temperature, 1 / count, du[b], dv[b], reserve(one))

    if count * size * size < WORTH_THREADS:
        for b in range(count):
            loss_of(b)
    else:
        for_each(loss_of, count)
    return float(values.sum() / count), du, dv
