"""How do rows, dense or sparse, meet a matrix inside a compiled loop?"""

import numpy as np

from simsuff.kernels.sparse_products import add_rows_outer, times_rows
from simsuff.kernels.sparse_rows import SparseRows
from simsuff.kernels.specialised import Specialised
from simsuff.kernels.tables import add_table
from simsuff.numerics.validation import Float

# times(rows, matrix, out): out = rows @ matrix, for a matrix (inputs, k).
TIMES = Specialised("times")
times = TIMES.function

# times_transposed(rows, weight, out): out = rows @ weight.T, for a weight (k, inputs).
TIMES_TRANSPOSED = Specialised("times_transposed")
times_transposed = TIMES_TRANSPOSED.function

# add_outer(rows, cotangents, total): total += rows.T @ cotangents, (inputs, k).
ADD_OUTER = Specialised("add_outer")
add_outer = ADD_OUTER.function

# add_outer_transposed(rows, cotangents, total): total += cotangents.T @ rows, (k, inputs).
ADD_OUTER_TRANSPOSED = Specialised("add_outer_transposed")
add_outer_transposed = ADD_OUTER_TRANSPOSED.function


@TIMES.register(np.ndarray)
def _times_dense(rows: Float, matrix: Float, out: Float) -> None:
    np.dot(rows, matrix, out)


@TIMES_TRANSPOSED.register(np.ndarray)
def _times_transposed_dense(rows: Float, weight: Float, out: Float) -> None:
    np.dot(rows, weight.T, out)


@ADD_OUTER.register(np.ndarray)
def _add_outer_dense(rows: Float, cotangents: Float, total: Float) -> None:
    add_table(np.dot(rows.T, cotangents), total)


@ADD_OUTER_TRANSPOSED.register(np.ndarray)
def _add_outer_transposed_dense(rows: Float, cotangents: Float, total: Float) -> None:
    add_table(np.dot(cotangents.T, rows), total)


@TIMES.register(SparseRows)
def _times_sparse(rows: SparseRows, matrix: Float, out: Float) -> None:
    times_rows(rows.starts, rows.columns, rows.entries, matrix, out)


@ADD_OUTER.register(SparseRows)
def _add_outer_sparse(rows: SparseRows, cotangents: Float, total: Float) -> None:
    add_rows_outer(rows.starts, rows.columns, rows.entries, cotangents, total)


# Sparse rows pick lines of a matrix, so one that lies the other way round is turned first.
@TIMES_TRANSPOSED.register(SparseRows)
def _times_transposed_sparse(rows: SparseRows, weight: Float, out: Float) -> None:
    times(rows, weight.T.copy(), out)


@ADD_OUTER_TRANSPOSED.register(SparseRows)
def _add_outer_transposed_sparse(rows: SparseRows, cotangents: Float, total: Float) -> None:
    turned = np.zeros((total.shape[1], total.shape[0]))
    add_outer(rows, cotangents, turned)
    add_table(turned.T, total)
