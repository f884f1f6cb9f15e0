"""Documents as rows of word counts, dense for small vocabularies and sparse for large ones; all count vectors."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from simsuff.kernels.compositions import advance, state_count
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Integer, plain_array, require, require_all

# Documents are either int64 arrays of shape (n, V) or `scipy.sparse.csr_array` of that shape with int64 data.
Counts = Any

# Up to here a dense row (1 kB) is no larger than a sparse one of some hundred words, and works with any encoder.
DENSE_VOCABULARY = 128

# Enough for exact entropies (a list of states); an (S, S) table is limited further by its users.
STATE_LIMIT = 500_000
LIST_WAY_OUT = "shorten the views or merge words; the pmi and information_estimate know no limit"


def as_counts(argument: str, counts: Counts, vocabulary: int) -> Counts:
    """`counts` as an int64 array or canonical CSR array (n, vocabulary): sorted, no duplicates, no stored zeros.

    Raises
    ------
    ValueError : for another shape, no rows, entries that are not whole numbers, or negative ones.
    """
    is_sparse = sparse.issparse(counts)
    table: Any = sparse.csr_array(counts) if is_sparse else plain_array(counts)
    good = table.ndim == 2 and table.shape[0] > 0 and table.shape[1] == vocabulary
    way_out = "give one row of word counts for each document"
    require(good, argument, f"shape = {table.shape}", f"have shape (n, {vocabulary}) with n >= 1", way_out)
    entries = table.data if is_sparse else table
    whole = np.issubdtype(entries.dtype, np.integer)
    require(whole, argument, f"dtype = {entries.dtype}", "hold integer counts", "convert it with astype(int)")
    require_all(entries >= 0, argument, entries, "be non-negative", "counts cannot be negative")
    if not is_sparse:
        return table.astype(np.int64, copy=False)
    tidy = sparse.csr_array(table, dtype=np.int64, copy=not table.has_canonical_format)
    tidy.sum_duplicates()
    if tidy.nnz and tidy.data.min() == 0:
        tidy = tidy.copy()
        tidy.eliminate_zeros()
    return tidy


def represented(counts: Integer) -> Counts:
    """Dense counts in the representation of samples: as they are for small vocabularies, else sparse."""
    return counts if counts.shape[1] <= DENSE_VOCABULARY else sparse.csr_array(counts)


def tallied(words: NDArray[np.int32], vocabulary: int, is_sparse: bool) -> Counts:
    """The word counts of documents given word by word, shape (n, N)."""
    if not is_sparse:
        counts = np.zeros((len(words), vocabulary), dtype=np.int64)
        tally(words, counts)
        return counts
    starts = np.zeros(len(words) + 1, dtype=np.int32 if words.size < 2**31 else np.int64)
    columns, data = np.empty(words.size, dtype=np.int32), np.zeros(words.size, dtype=np.int64)
    used = tally_sorted(np.sort(words, axis=1), starts, columns, data)
    return sparse.csr_array((data[:used], columns[:used], starts), shape=(len(words), vocabulary))


def check_states(words: int, vocabulary: int, limit: int, way_out: str) -> int:
    """The number of count vectors, or the house's error where it exceeds `limit`."""
    states = state_count(words, vocabulary)
    number = str(states) if states < 10**12 else f"about 10^{states.bit_length() * math.log10(2):.0f}"
    shown = f"count vectors = {number}, of {words} words from a vocabulary of {vocabulary}"
    require(states <= limit, "words_per_view", shown, f"leave at most {limit} count vectors", way_out)
    return states


def count_vectors(words: int, vocabulary: int) -> Integer:
    """Every count vector of `words` words, shape (states, vocabulary), from (N, 0, …) to (…, 0, N).

    Raises
    ------
    ValueError : for more than `STATE_LIMIT` of them, with their number.
    """
    states = check_states(words, vocabulary, STATE_LIMIT, LIST_WAY_OUT)
    table = np.zeros((states, vocabulary), dtype=np.int64)
    table[0, 0] = words
    enumerate_counts(table)
    return table


@jit
def tally(words: NDArray[np.int32], counts: Integer) -> None:
    """counts[i, w] = how often word w occurs in row i."""
    for i in range(words.shape[0]):
        for j in range(words.shape[1]):
            counts[i, words[i, j]] += 1


@jit
def tally_sorted(words: NDArray[np.int32], starts: Any, columns: NDArray[np.int32], data: Integer) -> int:
    """The counts of sorted rows (n, N) as CSR, without a branch that depends on the words; returns their number."""
    place: Any = -1
    for i in range(words.shape[0]):
        last = np.int32(-1)
        for j in range(words.shape[1]):
            is_new = np.int64(words[i, j] != last)
            last = words[i, j]
            place += is_new
            columns[place] = last
            data[place] = data[place] * (1 - is_new) + 1
        starts[i + 1] = place + 1
    used: int = place + 1
    return used


@jit
def enumerate_counts(table: Integer) -> None:
    """Fill the rows after the first with its successors."""
    for i in range(1, table.shape[0]):
        for j in range(table.shape[1]):
            table[i, j] = table[i - 1, j]
        advance(table[i])
