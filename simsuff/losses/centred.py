"""The χ² loss of triples under the identity link by second moments of centred embeddings, in O(K d²).

With a_i = u_i − ū, w_i = v_i − v̄ and s_i = ⟨u_i, w_i⟩ the scores of anchor u_i are ⟨u_i, w_j⟩ plus a constant, their
sum over all j is 0 and that of their squares u_iᵀ(Σ_j w_j w_jᵀ)u_i. Without the one at j = i, the mean of the others
less the positive is −K/(K−1) s_i, and their unbiased variance is [u_iᵀ(Σ_j w_j w_jᵀ)u_i − K/(K−1) s_i²]/(K−2). In the
sum over i what is linear becomes that of ⟨a_i, w_i⟩, and the squares ⟨AᵀA, WᵀW⟩ + K Σ_j ⟨ū, w_j⟩²: nothing large is
left that would cancel where embeddings are far from 0.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import REORDERED, jit, wide
from simsuff.losses.linear import add_rows, inner_products, products_with
from simsuff.losses.spectral import add_moment, fill_gradient, inner_product, multiple, padded_width

Array = NDArray[Any]
Vector = NDArray[np.float64]


@jit
def subtract(u: Array, mean: Vector, factor: float, out: Array) -> None:
    """out_i = factor · (u_i − mean)."""
    wide()
    for i in range(u.shape[0]):
        for k in range(u.shape[1]):
            out[i, k] = factor * (u[i, k] - mean[k])


@jit
def centre(u: Array, factor: float, mean: Vector, out: Array) -> None:
    """mean = factor · ū and out_i = factor · (u_i − ū).

    Doubles are centred twice: the mean of large ones is rounded by as much as they may differ among themselves.
    """
    size = len(u)
    first, second, even = np.zeros(mean.size), np.zeros(mean.size), np.full(size, 1.0 / size)
    add_rows(even, u, first)
    subtract(u, first, factor, out)
    if u.itemsize == 8:
        add_rows(even, out, second)
        subtract(out, second, 1.0, out)
    for k in range(mean.size):
        mean[k] = factor * first[k] + second[k]


@jit(fastmath=REORDERED)
def add_multiples(weights: Vector, row: Vector, out: Array) -> None:
    """out_i += w_i · row."""
    wide()
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] += weights[i] * row[k]


@jit(fastmath=REORDERED)
def cost_of(e: Vector, p: Vector, q: Vector, here: float, product: float) -> float:
    """The loss from e_i = ⟨a_i, w_i⟩, p_i = ⟨ū, w_i⟩, q_i = ⟨v̄, a_i⟩ and ⟨AᵀA, WᵀW⟩.

    `here` is the weight of u as anchor.
    """
    wide()
    size, there = e.size, 1.0 - here
    linear, spread = 0.0, 0.0
    for i in range(size):
        linear += e[i]
        first, second = e[i] + p[i], e[i] + q[i]
        spread += here * (p[i] * p[i] * (size - 1) - first * first)
        spread += there * (q[i] * q[i] * (size - 1) - second * second)
    variance = (product + spread * size / (size - 1)) / (size - 2)
    return 0.5 * variance / size - linear / (size - 1)


@jit(fastmath=REORDERED)
def side_weights(e: Vector, p: Vector, q: Vector, here: float, share: float, weights: Array) -> None:
    """Fill the three rows of `weights` (3, K), from products as in `fill_side`.

    They say how much of far_i the gradient in near_i loses, how much of far_i all gradients gain, and how much of the
    mean of the other side that in near_i gains.
    """
    wide()
    size, there = e.size, 1.0 - here
    alpha, c = share / (size - 1), share / (size * (size - 2))
    beta, middle = c * size / (size - 1), 0.0
    for i in range(size):
        middle += e[i] / size
    for i in range(size):
        first, second = e[i] + p[i], e[i] + q[i]
        weights[0, i] = alpha + beta * (here * first + there * second)
        weights[1, i] = here * c * p[i] + there * (beta / size) * second
        weights[2, i] = there * (c * size * q[i] - beta * (second - middle))


@jit
def fill_side(
    near: Array,
    far: Array,
    mean: Vector,
    moment: Array,
    products: tuple[Vector, Vector, Vector],
    here: float,
    share: float,
    out: Array,
) -> None:
    """`share` × the gradient in embeddings whose centred rows are `near`, from those of the other side and their mean.

    `products` are e, that of far_i with the mean of this side, and that of near_i with `mean`.
    """
    (e, p, q), size = products, len(near)
    weights, common = np.empty((3, size)), np.zeros(near.shape[1])
    side_weights(e, p, q, here, share, weights)
    add_rows(weights[1], far, common)
    scaled = multiple(moment, share / (size * (size - 2)), near)
    fill_gradient(near, far, weights[0], common, scaled, out)
    add_multiples(weights[2], mean, out)


@jit(inline="always")
def centred_batch(
    u: Array, v: Array, symmetric: bool, temperature: float, share: float, du: Array, dv: Array
) -> float:
    """`share` × the loss of one batch (K, d), K ≥ 3; fills the gradients."""
    size, width = u.shape
    here = 0.5 if symmetric else 1.0
    a, w, means = np.empty_like(u), np.empty_like(v), np.zeros((2, width))
    centre(u, 1.0 / temperature, means[0], a)
    centre(v, 1.0, means[1], w)
    e, p, q = np.empty(size), np.empty(size), np.empty(size)
    inner_products(a, w, e)
    products_with(w, means[0], p)
    products_with(a, means[1], q)
    moments = np.zeros((2, padded_width(u), padded_width(u)))
    add_moment(a, moments[0])
    add_moment(w, moments[1])
    cost = cost_of(e, p, q, here, inner_product(moments[0], moments[1]))
    fill_side(a, w, means[1], moments[1], (e, p, q), here, share / temperature, du)
    fill_side(w, a, means[0], moments[0], (e, q, p), 1.0 - here, share, dv)
    return float(share * cost)


@jit
def centred_chi2(u: Array, v: Array, symmetric: bool, temperature: float) -> tuple[float, Array, Array]:
    """Mean over batches of the loss, and its gradients; u, v (B, K, d) C-contiguous."""
    count = len(u)
    total = 0.0
    du, dv = np.empty_like(u), np.empty_like(v)
    for b in range(count):
        total += centred_batch(u[b], v[b], symmetric, temperature, 1 / count, du[b], dv[b])
    return total, du, dv
