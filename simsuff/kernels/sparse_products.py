"""How are sparse rows multiplied with a matrix, and how do gradients come back to it? Entry by entry of CSR."""

import numpy as np

from simsuff.kernels.cache_lines import in_lines, room_for
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_lines import Columns, gather, scatter
from simsuff.numerics.validation import Float, Integer

# From this many entries for each line of a matrix on, a copy with aligned lines pays.
PAYS = 2

# Bytes of the nearest cache, and the entries of a row in one piece of a table that make up for going there.
CACHE, MEETINGS = 49152, 8


@jit
def zero_lines(rows: int, width: int) -> Float:
    """Zeros (rows, `width` rounded up), each row at the start of a line of the cache."""
    return in_lines(np.zeros(room_for(rows, width)), rows, width)


@jit
def pays(starts: Integer, matrix: Float) -> bool:
    """Do rows with these `starts` meet each line of `matrix` so often that aligned lines pay?"""
    return bool(starts[-1] - starts[0] >= PAYS * matrix.shape[0])


@jit
def gather_rows(starts: Integer, columns: Columns, entries: Float, table: Float, out: Float) -> None:
    """out = rows @ table for CSR rows (n, V), out (n, k) and a C-contiguous table (V, k or, aligned, more)."""
    lines = zero_lines(out.shape[0], table.shape[1])[:, : table.shape[1]]
    gather(
        starts[:-1],
        starts[1:],
        columns,
        entries,
        table.shape[0],
        table,
        lines,
        np.empty(out.shape[0], np.int64),
    )
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = lines[i, k]


@jit
def piece_of(starts: Integer, table: Float) -> int:
    """Lines of a table that are added to at a time: the nearest cache holds them, if rows have enough entries there."""
    rows, lines, width = starts.size - 1, table.shape[0], table.shape[1]
    entries = starts[-1] - starts[0]
    pieces = min(8 * lines * width // CACHE, entries // (MEETINGS * max(rows, 1)))
    return int(max(-(-lines // max(pieces, 1)), 1))


@jit
def scatter_rows(starts: Integer, columns: Columns, entries: Float, cotangents: Float, table: Float) -> None:
    """table += rows.T @ cotangents for CSR rows (n, V), cotangents (n, k) and a table as above.

    Piece by piece of the table, as far as the columns of a row increase; the last piece takes all that is left.
    """
    lines = zero_lines(cotangents.shape[0], table.shape[1])[:, : table.shape[1]]
    for i in range(cotangents.shape[0]):
        for k in range(cotangents.shape[1]):
            lines[i, k] = cotangents[i, k]
    first, left = starts[:-1].astype(np.int64), np.empty(starts.size - 1, np.int64)
    size, step = table.shape[0], piece_of(starts, table)
    for below in range(step, size + step, step):
        scatter(first, starts[1:], columns, entries, below, table, lines, left)
        first, left = left, first


@jit
def times_rows(starts: Integer, columns: Columns, entries: Float, matrix: Float, out: Float) -> None:
    """`gather_rows`, by way of aligned lines where they pay."""
    if not pays(starts, matrix):
        gather_rows(starts, columns, entries, matrix, out)
        return
    table = zero_lines(matrix.shape[0], matrix.shape[1])
    for i in range(matrix.shape[0]):
        for k in range(matrix.shape[1]):
            table[i, k] = matrix[i, k]
    gather_rows(starts, columns, entries, table, out)


@jit
def add_rows_outer(
    starts: Integer, columns: Columns, entries: Float, cotangents: Float, total: Float
) -> None:
    """`scatter_rows`, by way of aligned lines where they pay."""
    if not pays(starts, total):
        scatter_rows(starts, columns, entries, cotangents, total)
        return
    table = zero_lines(total.shape[0], total.shape[1])
    scatter_rows(starts, columns, entries, cotangents, table)
    for i in range(total.shape[0]):
        for k in range(total.shape[1]):
            total[i, k] += table[i, k]
