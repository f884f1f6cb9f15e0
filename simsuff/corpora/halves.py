"""Two views of one document: its words, dealt at random into two disjoint halves, in compiled training loops too."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import permute
from simsuff.kernels.sparse_rows import SparseRows, most_entries, row_count
from simsuff.models.base import DRAW, Pairs
from simsuff.numerics.validation import Integer, RNGLike, generator, integer, require, require_all

# Beyond it sums of counts are no longer exact in float64, and soon wrap in int64.
MOST_WORDS = 2.0**53
# Word counts as `scipy.sparse.csr_array` (n, V) of int64.
Counts = Any


class HalfDraws(NamedTuple):
    """Documents as CSR counts; where `is_unit`, entries are square roots of frequencies as in `unit_rows`."""

    starts: Integer
    columns: NDArray[np.int32]
    counts: Integer
    is_unit: bool


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


def halves(counts: Counts, rng: RNGLike) -> Pairs:
    """Two disjoint random halves of each document, which sum to `counts`: the views (z₁, z₂) of F6.

    Every split of the words into ⌊N/2⌋ and ⌈N/2⌉ is equally likely; a fair coin decides which view is longer.

    Raises
    ------
    ValueError : for counts that are not whole, non-negative and sparse, or a document of fewer than two words.
    """
    table = _checked(counts)
    return _split(table, generator("rng", rng))


class HalfDocuments:
    """A source of pairs for `fit`: each draw takes documents without repetition and splits them anew.

    Within a batch every document occurs once, so no negative is secretly a positive.
    """

    def __init__(self, counts: Counts, view: Callable[[Counts], Any] | None = None) -> None:
        """`counts` CSR (n, V); `view` maps the counts of a half to what the encoder sees, the counts unless given."""
        self._counts = _checked(counts)
        self._view = view

    @property
    def shape(self) -> tuple[int, int]:
        """(n, V), the number of documents and of words in the vocabulary."""
        rows, columns = self._counts.shape
        return rows, columns

    @property
    def draws(self) -> HalfDraws | None:
        """What a compiled loop needs to draw from this source; None for a view of one's own."""
        if not (self._view is None or self._view is unit_rows):
            return None
        table = self._counts
        starts, columns = table.indptr.astype(np.int64), table.indices.astype(np.int32)
        return HalfDraws(starts, columns, table.data.astype(np.int64), self._view is unit_rows)

    def capacity(self, n: int) -> tuple[int, int]:
        """The most entries that `n` halves have together, for buffers of sparse rows."""
        most = most_entries(self._counts.indptr, n)
        return most, most

    def sample(self, n: int, rng: RNGLike) -> Pairs:
        """The halves of `n` distinct documents; ValueError for more than there are."""
        total = self._counts.shape[0]
        integer("n", n, 1, "lower the batch or add documents", high=total)
        source = generator("rng", rng)
        z1, z2 = _split(self._counts[source.permutation(total)[:n]], source)
        return Pairs(z1, z2) if self._view is None else Pairs(self._view(z1), self._view(z2))


def unit_rows(counts: Counts) -> Any:
    """The square roots of the word frequencies: float64 CSR rows of norm 1, and 0 for an empty document.

    Their inner products are Hellinger affinities; unlike counts they do not grow with the document.

    Raises
    ------
    ValueError : for negative or infinite counts.
    """
    table = sparse.csr_array(counts, dtype=np.float64, copy=True)
    table.sum_duplicates()
    table.eliminate_zeros()
    good = np.isfinite(table.data) & (table.data > 0)
    require_all(good, "counts", table.data, "be non-negative and finite", "pass word counts")
    sizes = np.asarray(table.sum(axis=1)).ravel()
    table.data = np.sqrt(table.data / np.repeat(sizes, np.diff(table.indptr)))
    return table


def _checked(counts: Counts) -> Counts:
    """`counts` as int64 CSR without stored zeros, or the house's error."""
    is_table = sparse.issparse(counts) and counts.ndim == 2 and counts.shape[0] > 0
    way_out = "pass Vocabulary.counts(texts)"
    require(
        is_table, "counts", f"type = {type(counts).__name__}", "be a sparse (n, V) table, n >= 1", way_out
    )
    table = sparse.csr_array(counts)
    whole = np.issubdtype(table.dtype, np.integer) and (table.data >= 0).all()
    require(whole, "counts", f"dtype = {table.dtype}", "hold non-negative integers", way_out)
    totals = np.asarray(table.astype(np.float64).sum(axis=1)).ravel()
    require_all(
        totals < MOST_WORDS, "words in counts", totals, "be below 2**53", "drop or cut the longer documents"
    )
    table = table.astype(np.int64)
    table.sum_duplicates()
    table.eliminate_zeros()
    sizes = np.asarray(table.sum(axis=1)).ravel()
    require_all(sizes >= 2, "words in counts", sizes, "be at least 2", "drop the shorter documents")
    return table


def _split(table: Counts, rng: np.random.Generator) -> Pairs:
    first = np.empty_like(table.data)
    deal(rng, table.indptr, table.data, first)
    second = table.data - first
    return Pairs(_with_data(table, first), _with_data(table, second))


def _with_data(table: Counts, data: Integer) -> Any:
    # Removing zeros works in place, so each half needs indices of its own.
    part = sparse.csr_array((data, table.indices.copy(), table.indptr.copy()), shape=table.shape)
    part.eliminate_zeros()
    return part
