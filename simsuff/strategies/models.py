"""Which laws, statistics, scores, encoders and divergences should a property be tried on?

Near-zeros and near-ties are included; what has to be enumerated is small enough for it.
"""

import numpy as np
from hypothesis import strategies as st

from simsuff.divergences import DIVERGENCES, Divergence, alpha_divergence, divergence
from simsuff.models import (
    FiniteModel,
    GaussianModel,
    NoisySphereModel,
    SphereModel,
    SubsampledTopicModel,
    TopicModel,
    WordDropoutModel,
)
from simsuff.models.finite.random import random_model
from simsuff.models.sphere.model import uniform
from simsuff.numerics.validation import Float, Integer

# Weights that cover nine orders of magnitude, with ties and near-ties of the common value 1.
_WEIGHTS = st.one_of(
    st.just(1.0),
    st.floats(0.05, 1.0),
    st.floats(-9.0, 0.0).map(lambda exponent: 10.0**exponent),
    st.floats(-12.0, -6.0).map(lambda exponent: 1.0 + 10.0**exponent),
)


@st.composite
def probability_vectors(draw: st.DrawFn, size: int, zeros: bool = False) -> Float:
    """A probability vector, shape (size,); with `zeros`, some entries may be exactly zero."""
    entries = st.one_of(_WEIGHTS, st.just(0.0)) if zeros else _WEIGHTS
    weights = np.array(draw(st.lists(entries, min_size=size, max_size=size)))
    if weights.sum() == 0:
        weights[draw(st.integers(0, size - 1))] = 1.0
    vector: Float = weights / weights.sum()
    return vector


@st.composite
def joint_tables(draw: st.DrawFn, max_rows: int = 4, max_columns: int = 4, zeros: bool = False) -> Float:
    """A joint probability table (n1, n2) with at least two rows and columns."""
    rows, columns = draw(st.integers(2, max_rows)), draw(st.integers(2, max_columns))
    return draw(probability_vectors(rows * columns, zeros=zeros)).reshape(rows, columns)


@st.composite
def channels(draw: st.DrawFn, inputs: int, outputs: int, zeros: bool = False) -> Float:
    """A channel, shape (inputs, outputs), whose rows are probability vectors."""
    return np.stack([draw(probability_vectors(outputs, zeros=zeros)) for _ in range(inputs)])


@st.composite
def view_models(
    draw: st.DrawFn, max_sources: int = 4, max_symbols: int = 4, zeros: bool = False
) -> FiniteModel:
    """A model of two views iid given x, with at least two sources and two symbols."""
    nx, nz = draw(st.integers(2, max_sources)), draw(st.integers(2, max_symbols))
    return FiniteModel.from_views(draw(probability_vectors(nx)), draw(channels(nx, nz, zeros=zeros)))


@st.composite
def label_vectors(draw: st.DrawFn, size: int) -> Integer:
    """Labels of a statistic of `size` symbols, shape (size,), numbered 0, 1, … without gaps."""
    labels = draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size))
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


@st.composite
def score_tables(draw: st.DrawFn, shape: tuple[int, ...], bound: float = 8.0) -> Float:
    """Scores in [−bound, bound], of any shape."""
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.floats(-bound, bound), min_size=size, max_size=size))).reshape(shape)


@st.composite
def exchangeable_models(draw: st.DrawFn, max_symbols: int = 4) -> FiniteModel:
    """A symmetric joint table: with zeros and ties, or typical."""
    n = draw(st.integers(2, max_symbols))
    sparse = probability_vectors(n * n, zeros=True).map(lambda vector: vector.reshape(n, n))
    table = draw(st.one_of(sparse, full_models().map(lambda model: model.joint)))
    return FiniteModel(np.asarray(table + table.T) / 2)


def full_models() -> st.SearchStrategy[FiniteModel]:
    """A typical 3 × 3 table: every cell has mass, and no two are tied."""
    return _typical_models(3, 3)


def small_models() -> st.SearchStrategy[FiniteModel]:
    """A table of 2 or 3 rows and 2 columns, some cells of which may be empty: of few enough batches to list them all."""
    sparse = joint_tables(max_rows=3, max_columns=2, zeros=True).map(FiniteModel)
    return st.one_of(sparse, _typical_models(3, 2))


def _typical_models(rows: int, columns: int) -> st.SearchStrategy[FiniteModel]:
    generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
    return st.builds(random_model, st.just(rows), st.just(columns), generators, st.sampled_from([0.3, 1.0]))


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
def topic_models(draw: st.DrawFn, max_words: int = 3) -> TopicModel:
    """Two or three topics on two or three words, views of up to `max_words` words: at most ten count vectors."""
    count, vocabulary = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    topics = draw(channels(count, vocabulary, zeros=True))
    return TopicModel(topics, draw(probability_vectors(count, zeros=True)), draw(st.integers(1, max_words)))


@st.composite
def subsampled_models(draw: st.DrawFn) -> SubsampledTopicModel:
    """Views of one or two words from documents of up to four."""
    base = draw(topic_models(max_words=2))
    length = draw(st.integers(base.words_per_view, 4))
    return SubsampledTopicModel(base.topics, base.prior, base.words_per_view, length)


@st.composite
def dropout_models(draw: st.DrawFn) -> WordDropoutModel:
    """Two or three topics on two to four words, some of which may not occur."""
    count, vocabulary = draw(st.integers(2, 3)), draw(st.integers(2, 4))
    topics = draw(channels(count, vocabulary, zeros=True))
    return WordDropoutModel(topics, draw(probability_vectors(count, zeros=True)))


@st.composite
def uniform_word_models(draw: st.DrawFn) -> WordDropoutModel:
    """Equally likely words, four to six: any posteriors of two or three topics, or equally likely topics besides.

    No word excludes a topic, which the heads of W4 and W5 cannot express.
    """
    count = draw(st.integers(2, 3))
    if draw(st.booleans()):
        return WordDropoutModel.from_posteriors(draw(channels(draw(st.integers(4, 6)), count)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return WordDropoutModel.balanced(count, 2, rng, own=draw(st.floats(0.0, 0.999)))


# Eigenvalues within a factor of 25, so that condition numbers stay where 256 ulp of the terms is a rounding bound.
_SCALES = st.floats(0.2, 5.0)


@st.composite
def weights(draw: st.DrawFn, inputs: int, max_rows: int | None = None) -> Float:
    """A well-conditioned (k, inputs) matrix of full row rank, 1 ≤ k ≤ inputs."""
    rows = draw(st.integers(1, max_rows or inputs))
    scales = np.array(draw(st.lists(_SCALES, min_size=rows, max_size=rows)))
    matrix: Float = scales[:, None] * draw(rotations(inputs))[:rows]
    return matrix


@st.composite
def rotations(draw: st.DrawFn, size: int) -> Float:
    """An orthogonal matrix, as a product of plane rotations."""
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i + 1, size):
            angle = draw(st.floats(0.0, 2 * np.pi))
            turn = np.eye(size)
            turn[[i, j], [i, j]] = np.cos(angle)
            turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
            matrix = matrix @ turn
    return matrix


@st.composite
def gaussian_models(draw: st.DrawFn, max_inputs: int = 3) -> GaussianModel:
    """A Gaussian model with general covariances and canonical correlations in [0, 0.95]."""
    d1, d2 = draw(st.integers(1, max_inputs)), draw(st.integers(1, max_inputs))
    root1, root2 = draw(weights(d1, d1).filter(lambda w: len(w) == d1)), draw(rotations(d2))
    rho = np.zeros((d1, d2))
    for i in range(min(d1, d2)):
        rho[i, i] = draw(st.floats(0.0, 0.95))
    return GaussianModel(root1 @ root1.T, root1 @ rho @ root2.T, root2 @ root2.T)


@st.composite
def additive_noise_models(draw: st.DrawFn, max_inputs: int = 3) -> GaussianModel:
    """Two noisy views of one signal (E7)."""
    variances = draw(st.lists(_SCALES, min_size=1, max_size=max_inputs))
    return GaussianModel.additive_noise(variances, draw(st.floats(0.3, 3.0)))


def sphere_models(max_dimension: int = 5) -> st.SearchStrategy[SphereModel]:
    """Models with concentrations from 0 to 8."""
    kappa = st.one_of(st.floats(0.0, 8.0), st.sampled_from([0.0, 1e-9, 1e-3]))
    return st.builds(SphereModel, st.integers(1, max_dimension), kappa)


def noisy_sphere_models(max_dimension: int = 5) -> st.SearchStrategy[NoisySphereModel]:
    """Models with noise from 0.3 to 3."""
    return st.builds(NoisySphereModel, st.integers(1, max_dimension), st.floats(0.3, 3.0))


def unit_rows(dimension: int, rows: int = 4) -> st.SearchStrategy[Float]:
    """Points of the unit sphere, shape (rows, dimension)."""
    seeds = st.integers(0, 2**32 - 1)
    return seeds.map(lambda seed: uniform(rows, dimension, np.random.default_rng(seed)))


# Convex summands with value 0 at t = 1; a positive combination of them is a generator again (P3 allows c·(t − 1)).
SUMMANDS = (
    "(t-1)**2",
    "t*log(t)",
    "-log(t)",
    "(t-1)**2/(t+1)",
    "1-sqrt(t)",
    "1/t-1",
    "t**3-1",
    "(t+1)*log(2/(t+1))+t*log(t)",
)


def divergences(smooth: bool = False) -> st.SearchStrategy[Divergence]:
    """A catalogue entry or a power divergence of order in [−2, 4]; with `smooth`, without total variation."""
    names = [name for name in DIVERGENCES if not (smooth and name == "total_variation")]
    powers = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0]).map(alpha_divergence)
    return st.one_of(st.sampled_from(names).map(divergence), powers)


@st.composite
def convex_generators(draw: st.DrawFn, max_terms: int = 3) -> str:
    """A convex f with f(1) = 0 as a formula in t, ready for `Divergence(name, f=…)`; f'(1) need not be 0."""
    terms = draw(st.lists(st.sampled_from(SUMMANDS), min_size=1, max_size=max_terms, unique=True))
    weights = draw(st.lists(st.integers(1, 20), min_size=len(terms), max_size=len(terms)))
    slope = draw(st.integers(-5, 5))
    summed = " + ".join(f"{weight}/4*({term})" for weight, term in zip(weights, terms, strict=True))
    return f"{summed} + {slope}*(t-1)" if slope else summed
