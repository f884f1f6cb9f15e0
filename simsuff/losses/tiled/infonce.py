"""What does InfoNCE cost on batches of any size, on any number of threads?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.tiled.gradient import add_gradient, finish, set_weights
from simsuff.losses.tiled.layout import layout
from simsuff.losses.tiled.partition import add_sums, find_tops, merge_sums, merge_tops, value
from simsuff.losses.tiled.workspace import chunk_count, workspace
from simsuff.numerics.jit import jit
from simsuff.numerics.threads import for_each

Array = NDArray[Any]

# Below this many pairs in all, threads take longer to wake up than to work.
WORTH_THREADS = 1 << 18


def _tiled_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """The loss of one batch (K, d), and `share` times its gradients into du, dv, on the calling thread."""
    batch = layout(u, v, temperature)
    work = workspace(batch)
    chunks = len(work.store)
    if not batch.bounded:
        for c in range(chunks):
            find_tops(batch, work, c)
        merge_tops(work)
    for c in range(chunks):
        add_sums(batch, work, c)
    merge_sums(work)
    set_weights(batch, work, symmetric)
    for c in range(chunks):
        add_gradient(batch, work, c)
    finish(batch, work, temperature, share, du, dv)
    return value(batch, work, symmetric)


tiled_infonce = jit(_tiled_infonce)


def tiled_infonce_batches(
    u: Array, v: Array, symmetric: bool, temperature: float
) -> tuple[float, Array, Array]:
    """The mean over batches u, v (B, K, d) of the loss, and its gradients: the same bits on any number of threads."""
    count, size = u.shape[:2]
    du, dv, values = np.empty_like(u), np.empty_like(v), np.empty(count)

    def evaluate(b: int) -> None:
        one = tiled_infonce if count > 1 else _on_threads
        values[b] = one(u[b], v[b], symmetric, temperature, 1 / count, du[b], dv[b])

    if count * size * size < WORTH_THREADS:
        for b in range(count):
            values[b] = tiled_infonce(u[b], v[b], symmetric, temperature, 1 / count, du[b], dv[b])
    else:
        for_each(evaluate, count)
    return float(values.sum() / count), du, dv


def _on_threads(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """`tiled_infonce` with one chunk of anchors for each thread at a time."""
    batch = layout(u, v, temperature)
    work = workspace(batch)
    chunks = chunk_count(batch.size)
    if not batch.bounded:
        for_each(lambda c: find_tops(batch, work, c), chunks)
        merge_tops(work)
    for_each(lambda c: add_sums(batch, work, c), chunks)
    merge_sums(work)
    set_weights(batch, work, symmetric)
    for_each(lambda c: add_gradient(batch, work, c), chunks)
    finish(batch, work, temperature, share, du, dv)
    return float(value(batch, work, symmetric))
