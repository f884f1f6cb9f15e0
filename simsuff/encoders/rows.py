"""How do rows of inputs, dense vectors or sparse counts, meet a matrix of weights?"""

from typing import Any

import numpy as np
from scipy import sparse

from simsuff.encoders.protocol import Inputs, flat_product, outer_sum, real_inputs
from simsuff.numerics.validation import Float, real_array, require

# float64 arrays (..., inputs), or `scipy.sparse.csr_array` (n, inputs) of float64.
Rows = Any


def input_rows(argument: str, z: Inputs, inputs: int) -> Rows:
    """`z` as float64 with `inputs` entries in each row, dense or CSR as it came; raises ValueError otherwise."""
    if not sparse.issparse(z):
        return real_inputs(argument, z, inputs)
    shown, allowed = f"shape = {z.shape}", f"have {inputs} columns"
    way_out = "build the encoder for the dimension of the data"
    require(len(z.shape) == 2 and z.shape[1] == inputs, argument, shown, allowed, way_out)
    return sparse.csr_array(z, dtype=np.float64)


def times(rows: Rows, matrix: Float) -> Float:
    """rows @ matrix: (..., inputs) and (inputs, k) give a dense (..., k)."""
    if sparse.issparse(rows):
        return np.asarray(rows @ matrix)
    return flat_product(rows, matrix)


def pulled(rows: Rows, cotangents: Float) -> Float:
    """∂L/∂matrix of `times` from ∂L/∂(rows @ matrix): Σ row ⊗ cotangent, shape (inputs, k)."""
    if not sparse.issparse(rows):
        return outer_sum(rows, cotangents)
    total: Float = np.asarray(rows.T @ cotangents)
    return total


def frozen(argument: str, values: Any, ndim: int) -> Float:
    """A read-only float64 copy of a finite, non-empty array of `ndim` dimensions, or the house's error."""
    array = real_array(argument, values, ndim).copy()
    array.flags.writeable = False
    return array


def vector_of(argument: str, values: Any, size: int, meaning: str) -> Float:
    """A read-only vector of `size` entries, one for each `meaning`, or the house's error."""
    vector = frozen(argument, values, 1)
    allowed = f"have {size} entries"
    require(vector.size == size, argument, f"size = {vector.size}", allowed, f"give one for each {meaning}")
    return vector
