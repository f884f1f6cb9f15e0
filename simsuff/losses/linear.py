"""How does InfoNCE under the log link at temperature 1 become linear? Σ_j exp log⟨u_i, v_j⟩ = ⟨u_i, Σ_j v_j⟩."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.numerics.jit import jit

Array = NDArray[Any]


def _add_side(u: Array, v: Array, share: float, du: Array, dv: Array) -> float:
    """`share` × Σ_i [−log⟨u_i, v_i⟩ + log⟨u_i, Σ_j v_j⟩ − log K] for one batch (K, d); adds to the gradients.

    +∞ as soon as one positive inner product is 0; the gradients are unfinished then. Sums are carried in
    double precision, also for float32 embeddings.
    """
    size, width = u.shape
    sum_v, anchors = np.zeros(width), np.zeros(width)
    for j in range(size):
        for k in range(width):
            sum_v[k] += v[j, k]
    value: float = -size * math.log(size)
    for i in range(size):
        positive, partition = 0.0, 0.0
        for k in range(width):
            positive += float(u[i, k]) * float(v[i, k])
            partition += float(u[i, k]) * sum_v[k]
        if positive <= 0:
            return math.inf
        value += math.log(partition) - math.log(positive)
        for k in range(width):
            du[i, k] += share * (sum_v[k] / partition - v[i, k] / positive)
            dv[i, k] -= share * (u[i, k] / positive)
            anchors[k] += u[i, k] / partition
    for j in range(size):
        for k in range(width):
            dv[j, k] += share * anchors[k]
    return float(share * value)


add_side = jit(_add_side)


def _linear_infonce(u: Array, v: Array, symmetric: bool) -> tuple[float, Array, Array]:
    """Mean over batches of the loss, and its gradients, in O(B K d); u, v (B, K, d)."""
    count, size = len(u), u.shape[1]
    value = 0.0
    du, dv = np.zeros_like(u), np.zeros_like(v)
    share = 1 / (count * size)
    if symmetric:
        share /= 2
    for b in range(count):
        value += add_side(u[b], v[b], share, du[b], dv[b])
        if symmetric:
            value += add_side(v[b], u[b], share, dv[b], du[b])
    return value, du, dv


linear_infonce = jit(_linear_infonce)
