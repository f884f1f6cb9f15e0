"""InfoNCE under the log link at temperature 1, in linear time: Σ_j exp log⟨u_i, v_j⟩ = ⟨u_i, Σ_j v_j⟩."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import log
from simsuff.kernels.jit import REORDERED, jit, wide

Array = NDArray[Any]
Vector = NDArray[np.float64]


@jit(fastmath=REORDERED)
def add_rows(weights: Vector, u: Array, total: Vector) -> None:
    """total += Σ_i w_i u_i for u (K, d)."""
    wide()
    for i in range(u.shape[0]):
        weight = weights[i]
        for k in range(u.shape[1]):
            total[k] += weight * u[i, k]


@jit(fastmath=REORDERED)
def inner_products(u: Array, v: Array, out: Vector) -> None:
    """out_i = ⟨u_i, v_i⟩."""
    wide()
    for i in range(u.shape[0]):
        total = 0.0
        for k in range(u.shape[1]):
            total += np.float64(u[i, k]) * np.float64(v[i, k])
        out[i] = total


@jit(fastmath=REORDERED)
def products_with(u: Array, w: Vector, out: Vector) -> None:
    """out_i = ⟨u_i, w⟩."""
    wide()
    for i in range(u.shape[0]):
        total = 0.0
        for k in range(u.shape[1]):
            total += np.float64(u[i, k]) * w[k]
        out[i] = total


@jit(fastmath=REORDERED)
def log_ratios(above: Vector, below: Vector) -> float:
    """Σ_i log a_i − log b_i; the quotient itself may leave the range."""
    wide()
    total = 0.0
    for i in range(above.size):
        total += log(above[i]) - log(below[i])
    return total


@jit(fastmath=REORDERED)
def fill_gradient(v: Array, own: Vector, inverse: Vector, sums: Vector, common: Vector, du: Array) -> None:
    """du_i = inverse_i · sums + common − own_i v_i."""
    wide()
    for i in range(v.shape[0]):
        for k in range(v.shape[1]):
            du[i, k] = (inverse[i] * sums[k] + common[k]) - own[i] * v[i, k]


@jit(inline="always")
def add_sides(u: Array, v: Array, sides: int, share: float, du: Array, dv: Array) -> float:
    """`share` × Σ_i [−log⟨u_i, v_i⟩ + log⟨u_i, Σ_j v_j⟩ − log K] for one batch (K, d), with `sides` = 2 plus that of
    the other side; fills the gradients.

    +∞ as soon as one positive inner product is 0; the gradients are unfinished then. Inner products and sums are
    carried in double precision, also for float32 embeddings.
    """
    size, width = u.shape
    positive, partition, partition2 = np.empty(size), np.empty(size), np.zeros(size)
    inner_products(u, v, positive)
    if positive.min() <= 0:
        return math.inf
    ones, sums, anchors = np.ones(size), np.zeros((2, width)), np.zeros((2, width))
    add_rows(ones, v, sums[0])
    products_with(u, sums[0], partition)
    value = log_ratios(partition, positive)
    inverse = share / partition
    add_rows(inverse, u, anchors[0])
    inverse2 = np.zeros(size)
    if sides == 2:
        add_rows(ones, u, sums[1])
        products_with(v, sums[1], partition2)
        value += log_ratios(partition2, positive)
        inverse2 = share / partition2
        add_rows(inverse2, v, anchors[1])
    own = sides * share / positive
    fill_gradient(v, own, inverse, sums[0], anchors[1], du)
    fill_gradient(u, own, inverse2, sums[1], anchors[0], dv)
    return float(share * (value - sides * size * math.log(size)))


@jit
def linear_infonce(u: Array, v: Array, symmetric: bool) -> tuple[float, Array, Array]:
    """Mean over batches of the loss, and its gradients, in O(B K d); u, v (B, K, d)."""
    count, size = len(u), u.shape[1]
    value = 0.0
    du, dv = np.empty_like(u), np.empty_like(v)
    sides = 2 if symmetric else 1
    share = 1 / (count * size * sides)
    for b in range(count):
        value += add_sides(u[b], v[b], sides, share, du[b], dv[b])
    return value, du, dv
