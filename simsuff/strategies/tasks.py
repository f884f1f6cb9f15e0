"""Which targets and labels should a statement about regression or classification be tried on, on which views?"""

import numpy as np
from hypothesis import strategies as st

from simsuff.downstream import (
    ABSOLUTE,
    SQUARE,
    FiniteClassification,
    FiniteRegression,
    GaussianRegression,
    PairRegression,
    Semimetric,
    SphereRegression,
    StationaryRegression,
    huber,
    power,
)
from simsuff.models import FiniteModel, GaussianModel, SphereModel
from simsuff.strategies.models import (
    channels,
    permutation_models,
    probability_vectors,
    reversible_models,
    score_tables,
    stationary_models,
    subsampled_models,
    topic_models,
)


def finite_tasks(model: FiniteModel) -> st.SearchStrategy[FiniteRegression]:
    """Any targets on x and on views."""
    nx, nz = np.asarray(model.channel).shape
    return st.builds(FiniteRegression, st.just(model), score_tables((nx,)), score_tables((nz,)))


def gaussian_tasks(model: GaussianModel) -> st.SearchStrategy[GaussianRegression]:
    """Any linear target on two noisy views."""
    coefficients = score_tables((len(model.cov11),))
    return st.builds(GaussianRegression, st.just(model), coefficients, st.floats(0.0, 2.0))


def sphere_tasks(model: SphereModel) -> st.SearchStrategy[SphereRegression]:
    """Any linear target on a sphere."""
    coefficients = score_tables((model.dimension,))
    return st.builds(SphereRegression, st.just(model), coefficients, st.floats(0.0, 2.0))


@st.composite
def document_tasks(draw: st.DrawFn) -> FiniteRegression:
    """A target on documents and on their sub-sampled views."""
    finite = draw(subsampled_models()).to_finite()
    nx, nz = np.asarray(finite.channel).shape
    return FiniteRegression(finite, draw(score_tables((nx,))), draw(score_tables((nz,))))


@st.composite
def halves_tasks(draw: st.DrawFn) -> PairRegression:
    """A target on documents that are two halves: the mean or the sum over the halves, with or without a correction."""
    views = draw(topic_models(max_words=draw(st.integers(1, 2)))).to_finite()
    n = views.shape[0]
    on_view = draw(st.one_of(score_tables((n,)), st.just(np.linspace(-1.0, 1.0, n))))
    target = draw(st.sampled_from([0.5, 1.0])) * (on_view[:, None] + on_view[None, :])
    if draw(st.booleans()):
        target = target + draw(score_tables((n, n), bound=2.0))
    return PairRegression(FiniteModel(views.joint), (target + target.T) / 2, on_view)


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
