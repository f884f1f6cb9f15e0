"""How does a compiled loop draw documents? Word by word from alias tables, into rows that an encoder reads at once."""

from typing import Any, NamedTuple

import numpy as np

from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_rows import SparseRows, row_count
from simsuff.kernels.specialised import Specialised
from simsuff.models.drawing import DRAW
from simsuff.models.topic.sampling import AliasTables, Words, draw_documents, draw_given, draw_subsets
from simsuff.numerics.validation import Float, Integer


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
    prior, laws = source.prior, source.topics
    draw_documents(rng, prior.threshold[0], prior.outcomes[0], laws.threshold, laws.outcomes, topics, words)
    count_words(z1, words[:, :kept])
    count_words(z2, words[:, kept:])


@DRAW.register(SubsetsDraws)
def _draw_subsets_of(source: SubsetsDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    n = row_count(z1)
    documents, topics = np.empty((n, source.document_length), dtype=np.int32), np.empty(n, dtype=np.int64)
    prior, laws = source.prior, source.topics
    draw_documents(
        rng, prior.threshold[0], prior.outcomes[0], laws.threshold, laws.outcomes, topics, documents
    )
    views = np.empty((n, source.words_per_view), dtype=np.int32)
    draw_subsets(rng, documents, views)
    count_words(z1, views)
    draw_subsets(rng, documents, views)
    count_words(z2, views)


@jit
def draw_topics(rng: np.random.Generator, cumulative: Float, n: int) -> Integer:
    """The numbers of rng.choice with the law of `cumulative`."""
    topics = np.empty(n, dtype=np.int64)
    for i in range(n):
        topics[i] = np.searchsorted(cumulative, rng.random(), side="right")
    return topics


@jit
def words_given(rng: np.random.Generator, topics: Integer, law: GivenTopic) -> Words:
    words = np.empty((topics.size, law.words), dtype=np.int32)
    draw_given(rng, topics, law.topics.threshold, law.topics.outcomes, words)
    return words


@DRAW.register(TwoModalityDraws)
def _draw_two_modalities(source: TwoModalityDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    topics = draw_topics(rng, source.cumulative, row_count(z1))
    count_words(z1, words_given(rng, topics, source.first))
    count_words(z2, words_given(rng, topics, source.second))
