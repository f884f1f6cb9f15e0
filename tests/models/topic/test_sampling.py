import numpy as np
import pytest
from scipy import sparse
from scipy.special import ndtri

from simsuff.models import SubsampledTopicModel, TopicModel
from simsuff.models.topic import sampling as topic_sampling
from simsuff.models.topic.sampling import alias_tables

# Two-sided level of every Monte Carlo check in this file, shared between the comparisons of one test.
LEVEL = 1e-6


def implied_law(table, row):
    """The probabilities that an alias table encodes."""
    size = table.threshold.shape[1]
    law = table.threshold[row] / size
    np.add.at(law, table.alias[row], (1 - table.threshold[row]) / size)
    return law


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_alias_tables_encode_their_laws(size):
    rng = np.random.default_rng(size)
    laws = rng.gamma(0.3, size=(4, size)) + 1e-300
    laws[1] = 1.0
    if size > 2:
        laws[2:, : size // 2] = 0.0
    laws /= laws.sum(axis=1, keepdims=True)
    table = alias_tables(laws)
    for row, law in enumerate(laws):
        # Each step of the construction subtracts from one cell: at most `size` roundings of numbers below `size`.
        np.testing.assert_allclose(implied_law(table, row), law, atol=size * np.finfo(float).eps)
        assert (table.threshold[row][law == 0] == 0).all()
        assert (law[table.alias[row]] > 0).all()


def test_no_rounding_gives_mass_to_impossible_words():
    rng = np.random.default_rng(0)
    laws = rng.gamma(1.0, size=(3000, 9)) * (rng.random((3000, 9)) < 0.6)
    laws[:, 0] += 0.1
    laws /= laws.sum(axis=1, keepdims=True)
    table = alias_tables(laws)
    assert (table.threshold[laws == 0] == 0).all()
    assert (np.take_along_axis(laws, table.alias, axis=1) > 0).all()


def test_a_document_has_one_topic_and_its_words():
    model = TopicModel([[0.5, 0.5, 0, 0], [0, 0, 0.25, 0.75]], [0.3, 0.7], 4)
    (z1, z2), topics = model.sample_labelled(20_000, np.random.default_rng(0))
    for z in (z1, z2):
        assert z.dtype == np.int64
        np.testing.assert_array_equal(z.sum(axis=1), 4)
        np.testing.assert_array_equal(z[:, 2:].sum(axis=1) > 0, topics == 1)
    frequencies = [topics.mean(), z1[topics == 1, 3].mean() / 4, z2[topics == 0, 0].mean() / 4]
    counts, expected = [20_000, 4 * (topics == 1).sum(), 4 * (topics == 0).sum()], [0.7, 0.75, 0.5]
    for frequency, n, p in zip(frequencies, counts, expected, strict=True):
        assert abs(frequency - p) <= ndtri(1 - LEVEL / 6) * np.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("kind", ["halves", "subsampled"])
def test_pairs_follow_the_enumerated_law(kind):
    base = TopicModel.random(2, 3, 2, np.random.default_rng(5))
    model = base if kind == "halves" else SubsampledTopicModel(base.topics, base.prior, 2, 3)
    n = 200_000
    z1, z2 = model.sample(n, np.random.default_rng(0))
    place = {tuple(row): i for i, row in enumerate(model.states)}
    joint = model.to_finite().joint
    seen = np.zeros(joint.shape)
    np.add.at(seen, ([place[tuple(r)] for r in z1], [place[tuple(r)] for r in z2]), 1 / n)
    quantile = ndtri(1 - LEVEL / 2 / joint.size)
    assert (np.abs(seen - joint) <= quantile * np.sqrt(joint * (1 - joint) / n)).all()


@pytest.mark.parametrize("length", [None, 12])
def test_same_seed_same_documents_in_both_representations(length):
    base = TopicModel.random(4, 300, 8, np.random.default_rng(0))
    model = base if length is None else SubsampledTopicModel(base.topics, base.prior, 8, length)
    draws = [model.sample_labelled(50, np.random.default_rng(1), sparse=s) for s in (None, True, False)]
    assert sparse.issparse(draws[0].pairs.z1)
    for drawn in draws[1:]:
        np.testing.assert_array_equal(drawn.topics, draws[0].topics)
        for view, reference in zip(drawn.pairs, draws[0].pairs, strict=True):
            table = view.toarray() if sparse.issparse(view) else view
            np.testing.assert_array_equal(table, reference.toarray())


def test_kernels_draw_the_same_bits_as_plain_python():
    base = TopicModel.random(3, 5, 2, np.random.default_rng(0))
    prior, laws = alias_tables(base.prior[None, :]), alias_tables(base.topics)
    results = []
    for documents, subsets in (
        (topic_sampling.draw_documents.py_func, topic_sampling.draw_subsets.py_func),
        (topic_sampling.draw_documents, topic_sampling.draw_subsets),
    ):
        rng = np.random.default_rng(3)
        words, topics = np.empty((6, 4), dtype=np.int32), np.empty(6, dtype=np.int64)
        documents(rng, prior, laws, topics, words)
        views = np.empty((6, 2), dtype=np.int32)
        subsets(rng, words, views)
        results.append((words, topics, views))
    for plain, compiled in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, compiled)


def test_uniforms_near_one_stay_inside():
    class Top(np.random.Generator):
        def random(self, out=None):
            if out is not None:
                out[:] = 1 - 2.0**-53
            return 1 - 2.0**-53

    table = alias_tables(np.array([[0.5, 0.5, 0.0]]))
    drawn = topic_sampling.pick.py_func(
        Top(np.random.PCG64(0)).random(), table.threshold[0], table.outcomes[0]
    )
    assert drawn in (0, 1)
    words, views = np.arange(3, dtype=np.int32)[None], np.empty((1, 3), dtype=np.int32)
    topic_sampling.draw_subsets.py_func(Top(np.random.PCG64(0)), words, views)
    assert sorted(views[0]) == [0, 1, 2]


@pytest.mark.parametrize("n", [0, -1, 2.0, True])
def test_refuses_a_bad_sample_size(n):
    with pytest.raises(ValueError, match="n must be an integer >= 1"):
        TopicModel(np.eye(2), [0.5, 0.5], 1).sample(n, np.random.default_rng(0))


def test_refuses_a_missing_generator():
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator"):
        TopicModel(np.eye(2), [0.5, 0.5], 1).sample(3, None)
