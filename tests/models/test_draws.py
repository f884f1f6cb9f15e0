"""Do the draws of a compiled loop have the bits of `sample`, and those of NumPy's own stream?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.corpora import HalfDocuments, unit_rows
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_rows import SparseRows
from simsuff.models import (
    FiniteModel,
    GaussianModel,
    SubsampledTopicModel,
    TopicModel,
    TwoModalityTopicModel,
)
from simsuff.models.base import DRAW, draw
from simsuff.models.gaussian.draws import draw_gaussian

N = 40


def seeded(seed=0):
    return np.random.default_rng(seed)


FULL = GaussianModel([[2.0, 0.3], [0.3, 1.0]], [[0.5, 0.1, 0.0], [0.2, 0.3, 0.1]], np.eye(3))
FINITE = FiniteModel([[0.3, 0.05, 0.0], [0.05, 0.2, 0.1], [0.0, 0.1, 0.2]])
TOPIC = TopicModel.random(3, 6, 4, seeded())
LARGE = TopicModel.random(3, 200, 4, seeded())
TWO = TwoModalityTopicModel(TOPIC, LARGE)
SUBSETS = SubsampledTopicModel(LARGE.topics, LARGE.prior, 3, 5)
COUNTS = sparse.csr_array(TOPIC.sample(60, seeded(), sparse=True).z1)
SOURCES = {
    "full gaussian": FULL,
    "swapped gaussian": FULL.swapped(),
    "diagonal gaussian": GaussianModel.additive_noise([2.0, 0.0, 1.0], [0.3, 1.0, 0.5]),
    "finite": FINITE,
    "topic": TOPIC,
    "large topic": LARGE,
    "subsets": SUBSETS,
    "two modalities": TWO,
    "half-documents": HalfDocuments(COUNTS),
    "unit half-documents": HalfDocuments(COUNTS, unit_rows),
}


def buffer_like(z):
    if sparse.issparse(z):
        return SparseRows.buffer(z.shape[0], 10 * z.shape[0], z.shape[1])
    return np.empty(z.shape, dtype=np.int64 if z.ndim == 1 else np.float64)


def dense(z):
    table = z.table() if isinstance(z, SparseRows) else z
    return table.toarray() if sparse.issparse(table) else table


def _twice(draws, rng, z1, z2):
    """The second of two batches: buffers that were used before hold nothing back."""
    draw(draws, rng, z1, z2)
    draw(draws, rng, z1, z2)


@pytest.mark.parametrize("function", [_twice, jit(_twice, cache=False)], ids=["plain", "compiled"])
@pytest.mark.parametrize("name", SOURCES)
def test_draws_are_samples(name, function):
    source, first, second = SOURCES[name], seeded(1), seeded(1)
    source.sample(N, first)
    sample = source.sample(N, first)
    buffers = [buffer_like(z) for z in sample]
    assert DRAW.handles(type(source.draws))
    function(source.draws, second, *buffers)
    for buffer, z in zip(buffers, sample, strict=True):
        # Full covariances are mixed by one matrix product here and there.
        np.testing.assert_array_equal(dense(buffer), dense(z))
        if isinstance(buffer, SparseRows):
            assert (buffer.entries[: buffer.starts[-1]] > 0).all()
    assert first.random() == second.random()


@pytest.mark.parametrize("model", [FULL, FULL.swapped(), SOURCES["diagonal gaussian"]])
def test_the_mixing_is_that_of_the_covariances(model):
    size1, size2 = model.shape
    normal = seeded(4).standard_normal((N, size1 + size2))
    white, other = normal[:, :size1], normal[:, size1:]
    rho, common = model.canonical_correlations, min(size1, size2)
    other[:, :common] = rho * white[:, :common] + np.sqrt(1 - rho**2) * other[:, :common]
    expected = white @ (model._form.basis1 @ model.cov11), other @ (model._form.basis2 @ model.cov22)
    # Sums of up to three products of order one.
    for found, known in zip(model.sample(N, seeded(4)), expected, strict=True):
        assert np.abs(found - known).max() <= 64 * np.finfo(float).eps


@pytest.mark.parametrize("function", [draw_gaussian.py_func, draw_gaussian])
def test_independent_coordinates_need_no_product(function):
    model = GaussianModel.from_correlations([0.1, 0.9, 0.5])
    assert model.draws.first.is_simple
    assert not FULL.draws.first.is_simple
    z1, z2 = np.empty((5_000, 3)), np.empty((5_000, 3))
    function(model.draws, seeded(2), z1, z2)
    moments = (z1.T @ z2) / 5_000
    # A mean of products of standard normal numbers has a standard deviation of at most √2/√n; six of them.
    assert np.abs(moments - model.cov12).max() <= 6 * np.sqrt(2 / 5_000)


def test_topics_outside_the_model_are_refused():
    with pytest.raises(ValueError, match=r"topics must lie in \[0, 2\]: topics\[1\] = 3"):
        TOPIC.sample_given(np.array([0, 3]), seeded())
    with pytest.raises(ValueError, match=r"topics\[0\] = -1"):
        TOPIC.sample_given(np.array([-1]), seeded())


def test_views_of_ones_own_have_no_draws():
    assert HalfDocuments(COUNTS, lambda half: half).draws is None
