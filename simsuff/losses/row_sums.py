"""What are the sums and inner products of the rows of a batch, in double precision and in few passes?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.wide import REORDERED, wide

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
