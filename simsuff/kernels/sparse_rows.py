"""Sparse rows as CSR, checked where they come in, for interpreted and compiled code, and products with a matrix.

`times` and `add_outer` take dense rows as well, so encoders are written once for both.
"""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.kernels.tables import add_table
from simsuff.numerics.validation import Float, Integer, require

Columns = NDArray[np.int32]


class SparseRows(NamedTuple):
    """Row i holds `entries`[p] at `columns`[p] for p in [`starts`[i], `starts`[i + 1]); the rest of both is spare."""

    starts: Integer
    columns: Columns
    entries: Float
    width: int

    @classmethod
    def buffer(cls, rows: int, capacity: int, width: int) -> Self:
        """`rows` empty rows of `width` columns, with room for `capacity` entries in all."""
        starts, columns = np.zeros(rows + 1, dtype=np.int64), np.zeros(capacity, dtype=np.int32)
        return cls(starts, columns, np.zeros(capacity), width)

    @classmethod
    def of(cls, table: Any, argument: str = "rows") -> Self:
        """The rows of a `scipy.sparse` table as float64, in its own memory where that has the right form.

        Raises
        ------
        ValueError
            Where the table is malformed: columns outside its width, or starts of rows that decrease or run over.
        """
        csr = sparse.csr_array(table)
        starts, columns, (rows, width) = csr.indptr, csr.indices, csr.shape
        orderly = starts.size == rows + 1 and starts[0] == 0 and (np.diff(starts) >= 0).all()
        fits = orderly and starts[-1] <= min(columns.size, csr.data.size)
        way_out = "build it by scipy.sparse.csr_array(dense or (data, (rows, columns)))"
        require(fits, argument, "indptr = out of order or range", "be a valid CSR table", way_out)
        low, high = columns.min(initial=0), columns.max(initial=0)
        shown = f"columns = [{low}, ..., {high}]"
        inside = low >= 0 and (high < width or columns.size == 0)
        require(inside, argument, shown, f"have columns in [0, {width})", way_out)
        parts = starts.astype(np.int64), columns.astype(np.int32, copy=False), csr.data
        return cls(parts[0], _plain(parts[1]), _plain(parts[2].astype(np.float64, copy=False)), width)

    def table(self) -> Any:
        """The rows as a new `scipy.sparse.csr_array`."""
        used = self.starts[-1]
        parts = self.entries[:used].copy(), self.columns[:used].copy(), self.starts.copy()
        return sparse.csr_array(parts, shape=(len(self.starts) - 1, self.width))


def _plain(array: Any) -> Any:
    """`array`, or a copy where it is strided or read-only: kernels of their own would be compiled for it."""
    return array if array.flags.carray else array.copy(order="C")


def most_entries(starts: Integer, rows: int) -> int:
    """The number of entries that any `rows` different rows of a CSR table can have together."""
    lengths = np.sort(np.diff(starts))
    return max(1, int(lengths[-rows:].sum()))


# row_count(rows): how many rows a batch has, dense, sparse, or symbols.
ROW_COUNT = Specialised("row_count")
row_count = ROW_COUNT.function

# times(rows, matrix, out): out = rows @ matrix, for a C-contiguous matrix (inputs, k).
TIMES = Specialised("times")
times = TIMES.function

# add_outer(rows, cotangents, total): total += rows.T @ cotangents, (inputs, k).
ADD_OUTER = Specialised("add_outer")
add_outer = ADD_OUTER.function


@ROW_COUNT.register(np.ndarray)
def _array_rows(rows: NDArray[Any]) -> int:
    return len(rows)


@TIMES.register(np.ndarray)
def _times_dense(rows: Float, matrix: Float, out: Float) -> None:
    np.dot(rows, matrix, out)


@ADD_OUTER.register(np.ndarray)
def _add_outer_dense(rows: Float, cotangents: Float, total: Float) -> None:
    add_table(np.dot(rows.T, cotangents), total)


@ROW_COUNT.register(SparseRows)
def _sparse_rows(rows: SparseRows) -> int:
    return rows.starts.size - 1


@TIMES.register(SparseRows)
@jit
def _times_sparse(rows: SparseRows, matrix: Float, out: Float) -> None:
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = 0.0
        for p in range(rows.starts[i], rows.starts[i + 1]):
            entry, line = rows.entries[p], matrix[rows.columns[p]]
            for k in range(out.shape[1]):
                out[i, k] += entry * line[k]


@ADD_OUTER.register(SparseRows)
@jit
def _add_outer_sparse(rows: SparseRows, cotangents: Float, total: Float) -> None:
    for i in range(cotangents.shape[0]):
        for p in range(rows.starts[i], rows.starts[i + 1]):
            entry, line = rows.entries[p], total[rows.columns[p]]
            for k in range(cotangents.shape[1]):
                line[k] += entry * cotangents[i, k]
