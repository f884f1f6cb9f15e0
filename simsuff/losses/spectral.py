"""The χ² (spectral) contrastive loss by second moments: value and gradients in O(K d²)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.kernels.jit import REORDERED, jit, wide
from simsuff.kernels.tables import add_table, copy_table, fill
from simsuff.kernels.tiles import ROWS, columns_at_once, multiply_add
from simsuff.losses.batches import LossValue, answer, batches, overflow
from simsuff.losses.linear import add_rows, inner_products

Array = NDArray[Any]
Vector = NDArray[np.float64]


def spectral(u: ArrayLike, v: ArrayLike) -> LossValue:
    """The χ² contrastive loss of G6 with in-batch negatives, and its gradients.

    L = (1/K) Σ_i (−S_ii) + 1/(K(K−1)) Σ_{i≠j} (½ S_ij² + S_ij),  S_ij = ⟨u_i, v_j⟩: the risk of
    f = (t−1)²/2, unbiased for every K ≥ 2. Its population minimiser is S = r − 1.

    Parameters
    ----------
    u, v : embeddings of the first and second views, shape (K, d) for one batch of K pairs, or (B, K, d)
        for B batches whose mean is taken.

    Returns
    -------
    value, du, dv : a float and two arrays of the shape of `u`; float32 if both arguments are float32.

    Notes
    -----
    The cost is O(K d²), by second moments: Σ_ij S_ij² = ⟨UᵀU, VᵀV⟩ and Σ_ij S_ij = ⟨Σ_i u_i, Σ_j v_j⟩, from which
    the diagonal is taken off. So rounding errors are units of max |u_i| |v_j| and of its square, as those of the
    scores themselves are, and not of the scores where these are smaller.

    Raises
    ------
    ValueError : K < 2, unequal or wrong shapes, NaN or infinite entries, scores or gradients that overflow.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> u, v = np.random.default_rng(0).normal(size=(2, 8, 3))
    >>> value, du, dv = ss.losses.spectral(u, v)
    >>> S = u @ v.T
    >>> others = ~np.eye(8, dtype=bool)
    >>> bool(np.isclose(value, -np.trace(S) / 8 + (S**2 / 2 + S)[others].mean()))
    True
    """
    pairs = batches(u, v)
    with np.errstate(all="ignore"):  # overflow is refused by name afterwards
        value, du, dv = moment_spectral(pairs.u, pairs.v)
        if not np.isfinite(value):
            value, du, dv = balanced(moment_spectral, pairs.u, pairs.v)
    if not np.isfinite(value):
        raise overflow(pairs.u.dtype)
    return answer(value, du, dv, pairs.shape)


def balanced(
    loss: Callable[[Array, Array], tuple[float, Array, Array]], u: Array, v: Array
) -> tuple[float, Array, Array]:
    """`loss` at (2^n u, 2^−n v), which are of one size: UᵀU or VᵀV may overflow where no score does."""
    n = int(np.frexp(np.abs(v).max())[1] - np.frexp(np.abs(u).max())[1]) // 2
    value, du, dv = loss(np.ldexp(u, n), np.ldexp(v, -n))
    return value, np.ldexp(du, n), np.ldexp(dv, -n)


# Rows at a time: a block and its copy stay in the first cache, and sums of so many float32 keep their digits.
BLOCK = 128

# Tiles are a multiple of so many entries wide and, as moments are square, high.
DOUBLES, SINGLES = max(ROWS, columns_at_once(8) // 2), max(ROWS, columns_at_once(4) // 2)


@jit
def padded_width(u: Array) -> int:
    """The width of u (K, d), rounded up to that of tiles."""
    step = SINGLES if u.itemsize == 4 else DOUBLES
    width: int = u.shape[1]
    return -(-width // step) * step


@jit
def row_block(u: Array, start: int, buffer: Array) -> Array:
    """Rows `start` … of u, as many as `buffer` has, or its copy there with zeros where u has no entries."""
    rows, width = len(buffer), u.shape[1]
    if width == buffer.shape[1] and start + rows <= len(u):
        return u[start : start + rows]
    fill(buffer.reshape(-1), 0)
    copy_table(u[start:], buffer)
    return buffer


@jit(inline="always")
def add_moment(u: Array, moment: NDArray[np.float64]) -> None:
    """moment += UᵀU for u (K, d), in the upper left corner of a square of `padded_width`."""
    buffer = np.zeros((BLOCK, len(moment)), u.dtype)
    part = np.empty((len(moment), len(moment)), u.dtype)
    for start in range(0, len(u), BLOCK):
        block = row_block(u, start, buffer)
        fill(part.reshape(-1), 0)
        multiply_add(block.T, block, part)
        add_table(part, moment)


@jit(fastmath=REORDERED)
def value(positives: Vector, squares: float, total: float) -> float:
    """The loss from the positive scores, Σ_ij S_ij² and Σ_ij S_ij."""
    wide()
    size = positives.size
    trace, diagonal = 0.0, 0.0
    for i in range(size):
        trace += positives[i]
        diagonal += positives[i] * positives[i]
    negatives = 0.5 * (squares - diagonal) + (total - trace)
    return negatives / (size * (size - 1)) - trace / size


@jit(fastmath=REORDERED)
def start_gradient(v: Array, own: Vector, common: Vector, out: Array) -> None:
    """out_i = common − own_i v_i; `out` may have more rows and columns, which are set to 0."""
    wide()
    out.fill(0)
    for i in range(v.shape[0]):
        for k in range(v.shape[1]):
            out[i, k] = common[k] - own[i] * v[i, k]


@jit(fastmath=REORDERED)
def inner_product(a: Array, b: Array) -> float:
    wide()
    total = 0.0
    for k in range(a.shape[0]):
        for m in range(a.shape[1]):
            total += a[k, m] * b[k, m]
    return total


@jit
def multiple(a: Array, factor: float, like: Array) -> Array:
    """factor · a, of the type of `like`."""
    out = np.empty(a.shape, like.dtype)
    for k in range(a.shape[0]):
        for m in range(a.shape[1]):
            out[k, m] = factor * a[k, m]
    return out


@jit(inline="always")
def fill_gradient(u: Array, v: Array, own: Vector, common: Vector, moment: Array, du: Array) -> None:
    """du_i = moment · u_i + common − own_i v_i, for u, v, du (K, d) and a symmetric moment (padded_width,)²."""
    size = u.shape[0]
    shape = (BLOCK, moment.shape[0])
    buffer, out = np.zeros(shape, u.dtype), np.empty(shape, u.dtype)
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        start_gradient(v[start:stop], own[start:stop], common, out)
        multiply_add(row_block(u, start, buffer), moment, out)
        copy_table(out, du[start:stop])


@jit(inline="always")
def one_batch(u: Array, v: Array, share: float, du: Array, dv: Array) -> float:
    """`share` × the loss of one batch (K, d); fills the gradients."""
    size, width = u.shape
    ones, positives = np.ones(size), np.empty(size)
    inner_products(u, v, positives)
    sums = np.zeros((2, width))
    add_rows(ones, u, sums[0])
    add_rows(ones, v, sums[1])
    moments = np.zeros((2, padded_width(u), padded_width(u)))
    add_moment(u, moments[0])
    add_moment(v, moments[1])
    cost = value(positives, inner_product(moments[0], moments[1]), inner_product(sums[:1], sums[1:]))
    each = share / (size * (size - 1))
    sums = multiple(sums, each, sums)
    # What v_i loses: the diagonal of the sums over all pairs, and the positive score itself.
    own = np.empty(size)
    for i in range(size):
        own[i] = each * (positives[i] + 1.0) + share / size
    fill_gradient(u, v, own, sums[1], multiple(moments[1], each, u), du)
    fill_gradient(v, u, own, sums[0], multiple(moments[0], each, u), dv)
    return float(share * cost)


@jit
def moment_spectral(u: Array, v: Array) -> tuple[float, Array, Array]:
    """Mean over batches of the loss, and its gradients; u, v (B, K, d) C-contiguous."""
    count = len(u)
    total = 0.0
    du, dv = np.empty_like(u), np.empty_like(v)
    for b in range(count):
        total += one_batch(u[b], v[b], 1 / count, du[b], dv[b])
    return total, du, dv
