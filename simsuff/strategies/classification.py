"""Which labels, sources and views should a statement about classification be tried on?"""

import numpy as np
from hypothesis import strategies as st

from simsuff.downstream import FiniteClassification
from simsuff.models import FiniteModel
from simsuff.models.finite.random import random_model
from simsuff.strategies.finite import channels, joint_tables, probability_vectors
from simsuff.strategies.topic import subsampled_models, topic_models


@st.composite
def augmented_labels(draw: st.DrawFn) -> FiniteClassification:
    """Views iid given x, with any law of (y, x)."""
    labels, nx, nz = draw(st.integers(2, 3)), draw(st.integers(2, 3)), draw(st.integers(2, 4))
    joint = draw(probability_vectors(labels * nx)).reshape(labels, nx)
    return FiniteClassification.from_augmentation(joint, draw(channels(nx, nz, zeros=True)))


@st.composite
def labelled_pairs(draw: st.DrawFn) -> FiniteClassification:
    """x = (z₁, z₂), with any exchangeable law of the views given y."""
    labels, n = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    joint = draw(probability_vectors(labels * n * n, zeros=True)).reshape(labels, n, n)
    return FiniteClassification.from_pairs((joint + joint.swapaxes(1, 2)) / 2)


def classifications() -> st.SearchStrategy[FiniteClassification]:
    """Labels on augmented sources, on pairs, and the topics of documents."""
    topics = st.one_of(topic_models(max_words=2), subsampled_models())
    return st.one_of(augmented_labels(), labelled_pairs(), topics.map(FiniteClassification.of_topics))


@st.composite
def skewed_classifications(draw: st.DrawFn) -> FiniteClassification:
    """A rare x whose label law lies, on a logarithmic scale, half-way between those of two common ones."""
    level = 10.0 ** draw(st.floats(-8.0, -2.0))
    common = draw(st.floats(0.5, 4.0)) / level
    prior = np.array([common, 1.0, common]) / (2 * common + 1)
    low, high = level**2 * draw(st.floats(0.1, 1.0)), draw(st.floats(0.3, 0.7))
    chance = np.array([low, level, high])
    crossing = draw(st.floats(0.05, 0.5))
    channel = [[1.0, 0.0], [1 - crossing, crossing], [0.0, 1.0]]
    return FiniteClassification.from_augmentation(prior * np.stack([chance, 1 - chance]), channel)


@st.composite
def exchangeable_models(draw: st.DrawFn, max_symbols: int = 4) -> FiniteModel:
    """A symmetric joint table: with zeros and ties, or typical."""
    n = draw(st.integers(2, max_symbols))
    sparse = probability_vectors(n * n, zeros=True).map(lambda vector: vector.reshape(n, n))
    table = draw(st.one_of(sparse, full_models().map(lambda model: model.joint)))
    return FiniteModel(np.asarray(table + table.T) / 2)


def full_models() -> st.SearchStrategy[FiniteModel]:
    """A typical 3 × 3 table: every cell has mass, and no two are tied."""
    generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
    return st.builds(random_model, st.just(3), st.just(3), generators, st.sampled_from([0.3, 1.0]))


def small_models() -> st.SearchStrategy[FiniteModel]:
    """A table of 2 or 3 rows and 2 columns, some cells of which may be empty: of few enough batches to list them all."""
    sparse = joint_tables(max_rows=3, max_columns=2, zeros=True).map(FiniteModel)
    generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
    typical = st.builds(random_model, st.just(3), st.just(2), generators, st.sampled_from([0.3, 1.0]))
    return st.one_of(sparse, typical)
