"""InfoNCE under the identity link, pass by pass over chunks of anchors, on one thread or several."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.tables import fill
from simsuff.kernels.threads import for_each, thread_count
from simsuff.losses.tiled.gradient import add_gradient, finish_anchors, finish_others, set_weights
from simsuff.losses.tiled.layout import (
    is_bounded,
    lay_out_anchors,
    lay_out_others,
    longest,
    pad_others,
    score_bound,
    shape_of,
)
from simsuff.losses.tiled.memory import layout, reserve, workspace
from simsuff.losses.tiled.partition import (
    LOG_2,
    add_costs,
    add_sums,
    find_tops,
    merge_sums,
    merge_tops,
    value,
)

Array = NDArray[Any]

# Below this many pairs in all, threads take longer to wake up than to work.
WORTH_THREADS = 1 << 18


class Task(NamedTuple):
    """The loss of one batch u, v (K, d), and `scale` times its gradients into du, dv; all passes share the memory."""

    u: Array
    v: Array
    symmetric: bool
    temperature: float
    scale: float
    du: Array
    dv: Array
    doubles: NDArray[np.float64]
    numbers: Array


@jit
def prepare(task: Task) -> bool:
    """Lay the batch out; is a pass for the largest scores needed?"""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    batch, work = layout(task.doubles, task.numbers, shape), workspace(task.doubles, task.numbers, shape)
    lay_out_others(task.v, batch, 0, shape.rows)
    batch.bound[0] = score_bound(longest(task.u), longest(task.v), task.temperature)
    pad_others(batch, shape.width)
    lay_out_anchors(task.u, task.temperature, batch, 0, shape.rows)
    top = 0.0 if is_bounded(batch) else -np.inf
    fill(work.row_top, top)
    fill(work.column_top.reshape(-1), top)
    fill(work.row_sum, 0.0)
    fill(work.column_sum.reshape(-1), 0.0)
    return not is_bounded(batch)


@jit
def first_pass(task: Task, index: int) -> None:
    """The largest scores of rows and columns, from chunk `index` of the anchors."""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    batch, work = layout(task.doubles, task.numbers, shape), workspace(task.doubles, task.numbers, shape)
    find_tops(batch, work, index)


@jit
def after_first(task: Task) -> None:
    """What the next pass needs of all chunks."""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    merge_tops(workspace(task.doubles, task.numbers, shape))


@jit
def second_pass(task: Task, index: int) -> None:
    """Partition sums of rows and columns, from chunk `index` of the anchors."""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    batch, work = layout(task.doubles, task.numbers, shape), workspace(task.doubles, task.numbers, shape)
    add_sums(batch, work, index)


@jit
def after_second(task: Task) -> None:
    """What the next pass needs of all chunks."""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    batch, work = layout(task.doubles, task.numbers, shape), workspace(task.doubles, task.numbers, shape)
    merge_sums(work)
    set_weights(batch, work, task.symmetric)


@jit
def third_pass(task: Task, index: int) -> None:
    """Costs and gradients, from chunk `index` of the anchors."""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    batch, work = layout(task.doubles, task.numbers, shape), workspace(task.doubles, task.numbers, shape)
    add_gradient(batch, work, index)
    # The anchors carry 1/(temperature·log 2) already.
    finish_anchors(batch, work, index, task.scale / (task.temperature * batch.size), task.du)
    add_costs(batch, work, index, task.symmetric)


@jit
def finish(task: Task) -> float:
    """The loss; adds up the gradients in the others."""
    shape = shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize)
    batch, work = layout(task.doubles, task.numbers, shape), workspace(task.doubles, task.numbers, shape)
    for index in range(shape.chunks):
        finish_others(batch, work, index, task.scale * LOG_2 / batch.size, task.dv)
    return value(batch, work)


@jit
def chunks_of(task: Task) -> int:
    """How many chunks of anchors a pass has."""
    return shape_of(task.u.shape[0], task.u.shape[1], task.u.itemsize).chunks


@jit
def tiled_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """The loss of one batch (K, d), and `share` times its gradients into du, dv, on the calling thread.

    NaN where an entry, a score or a gradient is not finite.
    """
    doubles, numbers = reserve(u)
    task = Task(u, v, symmetric, temperature, share, du, dv, doubles, numbers)
    chunks = chunks_of(task)
    if prepare(task):
        for index in range(chunks):
            first_pass(task, index)
        after_first(task)
    for index in range(chunks):
        second_pass(task, index)
    after_second(task)
    for index in range(chunks):
        third_pass(task, index)
    return finish(task)


def shared_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """`tiled_infonce`, to the same bits, on several threads."""
    task = Task(u, v, symmetric, temperature, share, du, dv, *reserve(u))
    chunks = chunks_of(task)
    if prepare(task):
        for_each(lambda index: first_pass(task, index), chunks)
        after_first(task)
    for_each(lambda index: second_pass(task, index), chunks)
    after_second(task)
    for_each(lambda index: third_pass(task, index), chunks)
    return finish(task)


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
        return shared_infonce(u[0], v[0], symmetric, temperature, 1.0, du[0], dv[0]), du, dv
    values = [0.0] * count

    def loss_of(b: int) -> None:
        values[b] = tiled_infonce(u[b], v[b], symmetric, temperature, 1 / count, du[b], dv[b])

    for_each(loss_of, count)
    total = 0.0
    for value_of_one in values:  # in the order of `batch_after_batch`, which `sum` does not promise
        total += value_of_one
    return total / count, du, dv
