"""What are the sums and inner products of the rows of a batch, in double precision and in few passes?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.numerics.jit import jit
from simsuff.numerics.wide import REORDERED, wide

Array = NDArray[Any]
Vector = NDArray[np.float64]


def _add_rows(weights: Vector, u: Array, total: Vector) -> None:
    """total += Σ_i w_i u_i for u (K, d)."""
    wide()
    for i in range(u.shape[0]):
        weight = weights[i]
        for k in range(u.shape[1]):
            total[k] += weight * u[i, k]


add_rows = jit(_add_rows, fastmath=REORDERED)


def _inner_products(u: Array, v: Array, out: Vector) -> None:
    """out_i = ⟨u_i, v_i⟩."""
    wide()
    for i in range(u.shape[0]):
        total = 0.0
        for k in range(u.shape[1]):
            total += np.float64(u[i, k]) * np.float64(v[i, k])
        out[i] = total


inner_products = jit(_inner_products, fastmath=REORDERED)


def _products_with(u: Array, w: Vector, out: Vector) -> None:
    """out_i = ⟨u_i, w⟩."""
    wide()
    for i in range(u.shape[0]):
        total = 0.0
        for k in range(u.shape[1]):
            total += np.float64(u[i, k]) * w[k]
        out[i] = total


products_with = jit(_products_with, fastmath=REORDERED)
