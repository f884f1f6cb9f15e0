"""How are millions of words drawn from known laws, the same ones from the same seed? Alias tables in a kernel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import fill_uniforms
from simsuff.numerics.validation import Float

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
    rng: np.random.Generator,
    prior_threshold: Float,
    prior_outcomes: Words,
    threshold: Float,
    outcomes: Words,
    topics: NDArray[np.int64],
    words: Words,
) -> None:
    """Fill `topics` (n,) and `words` (n, L): a topic for each document, then its words, document by document."""
    length = words.shape[1]
    uniform = np.empty(1 + length)
    for i in range(words.shape[0]):
        fill_uniforms(rng, uniform)
        y = pick(uniform[0], prior_threshold, prior_outcomes)
        topics[i] = y
        for j in range(length):
            words[i, j] = pick(uniform[1 + j], threshold[y], outcomes[y])


@jit
def draw_given(
    rng: np.random.Generator, topics: NDArray[np.int64], threshold: Float, outcomes: Words, words: Words
) -> None:
    """Fill `words` (n, L) with words of the given topics (n,), topic by topic and then document by document."""
    length = words.shape[1]
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
