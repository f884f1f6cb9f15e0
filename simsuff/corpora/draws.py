"""Halves of documents, drawn inside compiled training loops."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import permute
from simsuff.kernels.sparse_rows import SparseRows, row_count
from simsuff.models.base import DRAW
from simsuff.numerics.validation import Integer


class HalfDraws(NamedTuple):
    """Documents as CSR counts; where `is_unit`, entries are square roots of frequencies as in `unit_rows`."""

    starts: Integer
    columns: NDArray[np.int32]
    counts: Integer
    is_unit: bool


def half_draws(table: Any, is_unit: bool) -> HalfDraws:
    """The documents of an int64 `scipy.sparse.csr_array` without stored zeros (copied)."""
    starts, columns = table.indptr.astype(np.int64), table.indices.astype(np.int32)
    return HalfDraws(starts, columns, table.data.astype(np.int64), is_unit)


@jit
def deal_row(rng: np.random.Generator, data: Integer, first: Integer) -> None:
    """first[p] = how many of the data[p] words of an entry go to the first half (selection sampling, word by word)."""
    left = 0
    for p in range(data.size):
        left += data[p]
    need = left // 2
    if left % 2 == 1 and rng.random() < 0.5:
        need += 1
    for p in range(data.size):
        first[p] = 0
        for _ in range(data[p]):
            if rng.random() * left < need:
                first[p] += 1
                need -= 1
            left -= 1


@jit
def deal(rng: np.random.Generator, starts: Integer, data: Integer, first: Integer) -> None:
    """`deal_row` for each row of CSR data."""
    for i in range(len(starts) - 1):
        deal_row(rng, data[starts[i] : starts[i + 1]], first[starts[i] : starts[i + 1]])


@jit
def write_row(columns: NDArray[np.int32], part: Integer, is_unit: bool, out: SparseRows, i: int) -> None:
    """Row i of `out`, after the rows before it, becomes the counts `part` without zeros."""
    size = 0
    for p in range(part.size):
        size += part[p]
    place = out.starts[i]
    for p in range(part.size):
        if part[p] > 0:
            out.columns[place] = columns[p]
            out.entries[place] = math.sqrt(part[p] / size) if is_unit else part[p]
            place += 1
    out.starts[i + 1] = place


@DRAW.register(HalfDraws)
def _draw_half_documents(source: HalfDraws, rng: np.random.Generator, z1: SparseRows, z2: SparseRows) -> None:
    chosen = np.empty(source.starts.size - 1, dtype=np.int64)
    permute(rng, chosen)
    for i in range(row_count(z1)):
        start, stop = source.starts[chosen[i]], source.starts[chosen[i] + 1]
        columns, counts = source.columns[start:stop], source.counts[start:stop]
        first = np.empty(stop - start, dtype=np.int64)
        deal_row(rng, counts, first)
        write_row(columns, first, source.is_unit, z1, i)
        write_row(columns, counts - first, source.is_unit, z2, i)
