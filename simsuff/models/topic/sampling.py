"""Drawing documents: words from alias tables in kernels, into arrays or into the rows that an encoder reads at once."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import fill_uniforms
from simsuff.kernels.sparse_rows import SparseRows, row_count
from simsuff.kernels.specialised import Specialised
from simsuff.models.base import DRAW
from simsuff.numerics.validation import Float, Integer

Words = NDArray[np.int32]


class AliasTables(NamedTuple):
    """Walker's alias tables of several laws on one alphabet.

    Cell c keeps `threshold`[law, c] of its mass for the outcome `outcomes`[law, 2c] = c and gives the rest to
    `outcomes`[law, 2c + 1], side by side so that a draw needs no branch; shapes (laws, size) and (laws, 2 size).
    """

    threshold: Float
    outcomes: Words

    @property
    def alias(self) -> Words:
        """The outcomes that get the rest of each cell, shape (laws, size)."""
        return self.outcomes[:, 1::2]


def alias_tables(laws: Float) -> AliasTables:
    """Alias tables of the rows of `laws`; an outcome without mass is never drawn."""
    rows, size = laws.shape
    outcomes = np.empty((rows, 2 * size), dtype=np.int32)
    outcomes[:, ::2] = np.arange(size)
    tables = AliasTables(np.empty(laws.shape), outcomes)
    fill_alias_tables(np.ascontiguousarray(laws), tables.threshold, tables.alias)
    return tables


@jit
def fill_alias_tables(laws: Float, threshold: Float, alias: Words) -> None:
    """Vose's construction, row by row: each cell keeps `threshold` of its mass and gives the rest to `alias`."""
    size = laws.shape[1]
    small, large = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    for row in range(laws.shape[0]):
        mass = laws[row] * size
        n_small, n_large = 0, 0
        for i in range(size):
            # Cells that rounding leaves over at the end have mass 1 up to rounding, and keep themselves.
            threshold[row, i] = 1.0
            alias[row, i] = i
            if mass[i] < 1:
                small[n_small] = i
                n_small += 1
            else:
                large[n_large] = i
                n_large += 1
        while n_small > 0 and n_large > 0:
            n_small -= 1
            low, high = small[n_small], large[n_large - 1]
            threshold[row, low] = mass[low]
            alias[row, low] = high
            mass[high] -= 1 - mass[low]
            if mass[high] < 1:
                n_large -= 1
                small[n_small] = high
                n_small += 1


@jit
def pick(uniform: float, threshold: Float, outcomes: Words) -> int:
    """The outcome that a uniform number in [0, 1) selects.

    Without a branch, which no processor could predict, and with unsigned indices, which cannot count from the end.
    """
    scaled = uniform * threshold.size
    cell = min(np.uint64(np.int64(scaled)), np.uint64(threshold.size - 1))
    moved = np.uint64(scaled - cell >= threshold[cell])
    outcome: int = outcomes[(cell << np.uint64(1)) + moved]
    return outcome


@jit
def draw_documents(
    rng: np.random.Generator, prior: AliasTables, laws: AliasTables, topics: Integer, words: Words
) -> None:
    """Fill `topics` (n,) and `words` (n, L): a topic for each document, then its words, document by document."""
    length = words.shape[1]
    prior_threshold, prior_outcomes = prior.threshold[0], prior.outcomes[0]
    threshold, outcomes = laws.threshold, laws.outcomes
    uniform = np.empty(1 + length)
    for i in range(words.shape[0]):
        fill_uniforms(rng, uniform)
        y = pick(uniform[0], prior_threshold, prior_outcomes)
        topics[i] = y
        for j in range(length):
            words[i, j] = pick(uniform[1 + j], threshold[y], outcomes[y])


@jit
def draw_given(rng: np.random.Generator, topics: Integer, laws: AliasTables, words: Words) -> None:
    """Fill `words` (n, L) with words of the given topics (n,), topic by topic and then document by document."""
    length, threshold, outcomes = words.shape[1], laws.threshold, laws.outcomes
    # The first one is where `draw_documents` draws the topic.
    uniform = np.empty(1 + length)
    for y in range(threshold.shape[0]):
        for i in range(topics.size):
            if topics[i] == y:
                fill_uniforms(rng, uniform)
                for j in range(length):
                    words[i, j] = pick(uniform[1 + j], threshold[y], outcomes[y])


@jit
def draw_subsets(rng: np.random.Generator, documents: Words, views: Words) -> None:
    """Fill each row of `views` (n, N) with N words of the same row of `documents` (n, L), without replacement."""
    length, kept = documents.shape[1], views.shape[1]
    uniform = np.empty(kept)
    for i in range(documents.shape[0]):
        row = documents[i].copy()
        fill_uniforms(rng, uniform)
        for j in range(kept):
            other = j + min(int(uniform[j] * (length - j)), length - j - 1)
            views[i, j] = row[other]
            row[other] = row[j]


class HalvesDraws(NamedTuple):
    """Documents of 2N words, whose halves are the views."""

    prior: AliasTables
    topics: AliasTables
    words_per_view: int


class SubsetsDraws(NamedTuple):
    """Documents of `document_length` words; each view keeps N of them."""

    prior: AliasTables
    topics: AliasTables
    words_per_view: int
    document_length: int


class GivenTopic(NamedTuple):
    """Words of one modality, given the topic."""

    topics: AliasTables
    words: int


class TwoModalityDraws(NamedTuple):
    """A topic from its cumulative law, then the words of each modality."""

    cumulative: Float
    first: GivenTopic
    second: GivenTopic


# count_words(rows, words): the rows of counts of documents that are given word by word, shape (K, N).
COUNT = Specialised("count_words")
count_words = COUNT.function


@COUNT.register(np.ndarray)
def _count_dense(rows: Float, words: Words) -> None:
    rows[:] = 0.0
    for i in range(words.shape[0]):
        for j in range(words.shape[1]):
            rows[i, words[i, j]] += 1.0


@COUNT.register(SparseRows)
def _count_sparse(rows: SparseRows, words: Words) -> None:
    """A word that occurs twice has two entries: products with a matrix ask for no more."""
    length = words.shape[1]
    for i in range(words.shape[0]):
        rows.starts[i + 1] = (i + 1) * length
        for j in range(length):
            rows.columns[i * length + j] = words[i, j]
            rows.entries[i * length + j] = 1.0


@DRAW.register(HalvesDraws)
def _draw_halves(source: HalvesDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    n, kept = row_count(z1), source.words_per_view
    words, topics = np.empty((n, 2 * kept), dtype=np.int32), np.empty(n, dtype=np.int64)
    draw_documents(rng, source.prior, source.topics, topics, words)
    count_words(z1, words[:, :kept])
    count_words(z2, words[:, kept:])


@DRAW.register(SubsetsDraws)
def _draw_subsets_of(source: SubsetsDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    n = row_count(z1)
    documents, topics = np.empty((n, source.document_length), dtype=np.int32), np.empty(n, dtype=np.int64)
    draw_documents(rng, source.prior, source.topics, topics, documents)
    views = np.empty((n, source.words_per_view), dtype=np.int32)
    draw_subsets(rng, documents, views)
    count_words(z1, views)
    draw_subsets(rng, documents, views)
    count_words(z2, views)


@jit
def words_given(rng: np.random.Generator, topics: Integer, law: GivenTopic) -> Words:
    words = np.empty((topics.size, law.words), dtype=np.int32)
    draw_given(rng, topics, law.topics, words)
    return words


@DRAW.register(TwoModalityDraws)
def _draw_two_modalities(source: TwoModalityDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    topics = np.empty(row_count(z1), dtype=np.int64)
    for i in range(topics.size):  # the numbers of rng.choice
        topics[i] = np.searchsorted(source.cumulative, rng.random(), side="right")
    count_words(z1, words_given(rng, topics, source.first))
    count_words(z2, words_given(rng, topics, source.second))
