"""How does a compiled loop hold sparse rows of a size that changes from step to step? CSR in buffers that stay."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from simsuff.kernels.jit import jit
from simsuff.kernels.specialised import Specialised
from simsuff.numerics.validation import Float


class SparseRows(NamedTuple):
    """Row i holds `entries`[p] at `columns`[p] for p in [`starts`[i], `starts`[i + 1]); the rest of both is spare."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    entries: Float
    width: int

    @classmethod
    def buffer(cls, rows: int, capacity: int, width: int) -> Self:
        """`rows` empty rows of `width` columns, with room for `capacity` entries in all."""
        starts, columns = np.zeros(rows + 1, dtype=np.int64), np.zeros(capacity, dtype=np.int32)
        return cls(starts, columns, np.zeros(capacity), width)

    @classmethod
    def of(cls, table: Any) -> Self:
        """The rows of a `scipy.sparse` table as float64 (copied)."""
        csr = sparse.csr_array(table)
        starts, columns = csr.indptr.astype(np.int64), csr.indices.astype(np.int32)
        return cls(starts, columns, csr.data.astype(np.float64), csr.shape[1])

    def table(self) -> Any:
        """The rows as a new `scipy.sparse.csr_array`."""
        used = self.starts[-1]
        parts = self.entries[:used].copy(), self.columns[:used].copy(), self.starts.copy()
        return sparse.csr_array(parts, shape=(len(self.starts) - 1, self.width))


@jit
def take_rows(source: SparseRows, chosen: NDArray[np.int64], out: SparseRows) -> None:
    """Row i of `out` becomes row `chosen`[i] of `source`."""
    place = 0
    for i in range(chosen.size):
        for p in range(source.starts[chosen[i]], source.starts[chosen[i] + 1]):
            out.columns[place] = source.columns[p]
            out.entries[place] = source.entries[p]
            place += 1
        out.starts[i + 1] = place


def most_entries(starts: NDArray[np.int64], rows: int) -> int:
    """The number of entries that any `rows` different rows of a CSR table can have together."""
    lengths = np.sort(np.diff(starts))
    return max(1, int(lengths[-rows:].sum()))


# row_count(rows): how many rows a batch has, dense, sparse, or symbols.
ROW_COUNT = Specialised("row_count")
row_count = ROW_COUNT.function


@ROW_COUNT.register(np.ndarray)
def _array_rows(rows: NDArray[Any]) -> int:
    return len(rows)


@ROW_COUNT.register(SparseRows)
def _sparse_rows(rows: SparseRows) -> int:
    return rows.starts.size - 1
