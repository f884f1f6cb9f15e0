"""Which views in the space of x, with its law, should a property be tried on? Reversible ones, and others."""

import numpy as np
from hypothesis import strategies as st

from simsuff.downstream import ABSOLUTE, SQUARE, Semimetric, StationaryRegression, huber, power
from simsuff.models import FiniteModel
from simsuff.numerics.validation import Float
from simsuff.strategies.finite import label_vectors, probability_vectors, score_tables


@st.composite
def reversible_models(draw: st.DrawFn, max_symbols: int = 4) -> FiniteModel:
    """A channel in detailed balance with the law of x: any symmetric law of (x, z) whose rows have mass."""
    n = draw(st.integers(2, max_symbols))
    table = draw(probability_vectors(n * n, zeros=True)).reshape(n, n) + 1e-9 * np.eye(n)
    joint = (table + table.T) / (2 * table.sum())
    return FiniteModel.from_views(joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True))


@st.composite
def permutation_models(draw: st.DrawFn, max_symbols: int = 4) -> FiniteModel:
    """A uniform x, moved by one of two or three permutations at random."""
    n, count = draw(st.integers(2, max_symbols)), draw(st.integers(2, 3))
    weights = draw(probability_vectors(count))
    turns = [np.eye(n)[draw(st.permutations(range(n)))] for _ in range(count)]
    channel: Float = np.tensordot(weights, np.stack(turns), 1)
    return FiniteModel.from_views(np.full(n, 1 / n), channel)


@st.composite
def stationary_models(draw: st.DrawFn) -> FiniteModel:
    """A reversible channel after symbols of one block were exchanged, which keeps any law and is not reversible."""
    model = draw(reversible_models())
    prior, blocks = np.asarray(model.prior), draw(label_vectors(model.shape[0]))
    inside = np.where(blocks[:, None] == blocks, prior, 0.0)
    mixed = inside / inside.sum(axis=1, keepdims=True)
    return FiniteModel.from_views(prior, np.asarray(model.channel) @ mixed)


@st.composite
def turned_tasks(draw: st.DrawFn) -> StationaryRegression:
    """Three symbols that are turned or swapped, with a target for which reversibility would matter."""
    turning = draw(st.floats(0.3, 0.4))
    channel = turning * np.eye(3)[[1, 2, 0]] + (1 - turning) * np.eye(3)[[1, 0, 2]]
    target = draw(st.permutations([2.0, 1.0, -3.0]))
    return StationaryRegression(FiniteModel.from_views(np.full(3, 1 / 3), channel), target)


def reversible_tasks() -> st.SearchStrategy[StationaryRegression]:
    """Any target on reversible views."""
    return reversible_models().flatmap(_with_target)


def stationary_tasks() -> st.SearchStrategy[StationaryRegression]:
    """Any target on views with the law of x, reversible or not."""
    models = st.one_of(reversible_models(), permutation_models(), stationary_models())
    return st.one_of(models.flatmap(_with_target), turned_tasks())


def semimetrics() -> st.SearchStrategy[Semimetric]:
    """Absolute, squared and Huber losses, and powers between."""
    shapes = st.one_of(st.floats(1.0, 2.0).map(power), st.floats(0.1, 10.0).map(huber))
    return st.one_of(st.sampled_from([ABSOLUTE, SQUARE]), shapes)


def _with_target(model: FiniteModel) -> st.SearchStrategy[StationaryRegression]:
    return st.builds(StationaryRegression, st.just(model), score_tables((model.shape[0],)))
