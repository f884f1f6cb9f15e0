"""How do rows of inputs, dense vectors or sparse counts, meet a matrix of weights?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from simsuff.encoders.protocol import Inputs, flat_product, outer_sum, real_inputs
from simsuff.kernels.sparse_products import PAYS, gather_rows, scatter_rows, zero_lines
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
    ready = isinstance(z, sparse.csr_array) and z.dtype == np.float64
    return z if ready else sparse.csr_array(z, dtype=np.float64)


def times(rows: Rows, matrix: Float) -> Float:
    """rows @ matrix: (..., inputs) and (inputs, k) give a dense (..., k)."""
    return products([rows], matrix)[0]


def products(sides: Sequence[Rows], matrix: Float) -> list[Float]:
    """`times` for several tables of rows."""
    counts = [rows for rows in sides if sparse.issparse(rows)]
    lines = _lines(matrix, sum(rows.nnz for rows in counts)) if counts else matrix
    return [
        _gathered(rows, lines, matrix.shape[1]) if sparse.issparse(rows) else flat_product(rows, matrix)
        for rows in sides
    ]


def pulled(*sides: tuple[Rows, Float]) -> Float:
    """∂L/∂matrix of `times` from rows and ∂L/∂(rows @ matrix): Σ row ⊗ cotangent over all sides, shape (inputs, k)."""
    dense = [outer_sum(rows, above) for rows, above in sides if not sparse.issparse(rows)]
    counts = [(rows, above) for rows, above in sides if sparse.issparse(rows)]
    if not counts:
        return sum(dense[1:], start=dense[0])
    width = counts[0][1].shape[1]
    lines = zero_lines(counts[0][0].shape[1], width)
    for rows, above in counts:
        scatter_rows(*starts_columns_entries(rows), plain(above), lines)
    total: Float = lines[:, :width]
    for part in dense:
        total += part
    return total


def _lines(matrix: Float, entries: int) -> Float:
    """`matrix` in aligned lines where they pay for this many entries."""
    if entries < PAYS * len(matrix):
        return np.ascontiguousarray(matrix)
    lines = zero_lines(matrix.shape[0], matrix.shape[1])
    lines[:, : matrix.shape[1]] = matrix
    return lines


def _gathered(rows: Rows, lines: Float, width: int) -> Float:
    out = np.empty((rows.shape[0], width))
    gather_rows(*starts_columns_entries(rows), lines, out)
    return out


def starts_columns_entries(rows: Rows) -> tuple[Any, Any, Any]:
    """CSR as kernels that are compiled once want it."""
    return rows.indptr.astype(np.int64, copy=False), plain(rows.indices), plain(rows.data)


def plain(array: Any) -> Any:
    """`array`, or a copy where it is strided or read-only: kernels of their own would be compiled for it."""
    return array if array.flags.carray else array.copy(order="C")


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
