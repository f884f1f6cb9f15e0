"""Which counts are shared among threads, by how many of them, and in which memory?"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from simsuff.encoders.rows import Rows, starts_columns_entries
from simsuff.kernels.cache_lines import in_lines, room_for
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_lines import Columns
from simsuff.kernels.sparse_products import PAYS
from simsuff.kernels.team import by_itself, together
from simsuff.kernels.threads import thread_count
from simsuff.numerics.validation import Float, Integer

# Chunks of rows of each side: their number must not depend on that of the threads.
CHUNKS = 8

# Below this many products of an entry and a weight, it takes longer to wake another thread, and to hand it lines of
# the cache, than it saves; two that are awake gain from a quarter of it on.
WORTH_HELP = 1 << 21


class Counts(NamedTuple):
    """CSR: row i holds `entries`[p] at `columns`[p] for p in [`starts`[i], `starts`[i + 1])."""

    starts: Integer
    columns: Columns
    entries: Float


def counts_of(sides: Sequence[Rows], matrix: Float) -> tuple[Counts, Counts] | None:
    """Both sides, if they are sparse and meet each word so often that a copy of its weights in aligned lines pays."""
    if not all(sparse.issparse(rows) for rows in sides):
        return None
    if sum(rows.nnz for rows in sides) < PAYS * len(matrix):
        return None
    first, second = (Counts(*starts_columns_entries(rows)) for rows in sides)
    return first, second


def team_for(first: Counts, second: Counts, width: int) -> tuple[Callable[..., Any], int]:
    """How to run a kernel on both sides, and on how many threads."""
    if (first.entries.size + second.entries.size) * width >= WORTH_HELP:
        return together, thread_count()
    return by_itself, 1


def lines_for(rows: int, width: int) -> Float:
    """Lines (rows, `width` rounded up), each at the start of a line of the cache, not set."""
    return in_lines(np.empty(room_for(rows, width)), rows, width)


@jit
def copy_lines(source: Float, start: int, stop: int, lines: Float, first: int) -> None:
    """Lines from `first` on become rows [start, stop) of a narrower array, and zeros beside them."""
    for i in range(stop - start):
        for k in range(source.shape[1]):
            lines[first + i, k] = source[start + i, k]
        for k in range(source.shape[1], lines.shape[1]):
            lines[first + i, k] = 0.0
