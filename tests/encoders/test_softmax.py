"""Does the softmax encoder realise the ratio of a topic model, on dense and on sparse counts?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import SoftmaxEncoder
from simsuff.models import TopicModel

EPS = float(np.finfo(np.float64).eps)
MODEL = TopicModel.random(3, 6, 5, np.random.default_rng(0), prior=[0.5, 0.3, 0.2])


def test_forward_by_hand():
    encoder = SoftmaxEncoder([[np.log(2.0), 0.0], [0.0, np.log(3.0)]], [0.0, 0.0], [1.0, 10.0])
    # Counts (1, 1): weights 2 and 3.
    np.testing.assert_allclose(encoder(np.array([1, 1])), [0.4, 6.0], rtol=8 * EPS)


@pytest.mark.statement("F1-gram", kind="exact")
def test_exact_is_the_rescaled_posterior():
    counts = MODEL.sample(50, np.random.default_rng(1)).z1
    # Logits are sums of counts × logarithms of size below 100.
    bound = 100 * 8 * EPS * MODEL.largest_ratio
    assert np.abs(SoftmaxEncoder.exact(MODEL)(counts) - MODEL.rescaled_posterior()(counts)).max() <= bound


@pytest.mark.statement("F1-gram", kind="exact")
def test_the_score_of_exact_is_the_ratio():
    z1, z2 = MODEL.sample(50, np.random.default_rng(1))
    u, v = SoftmaxEncoder.exact(MODEL).embed(z1, z2)
    assert np.abs(np.log((u * v).sum(axis=1)) - MODEL.pmi(z1, z2)).max() <= 1000 * EPS


def test_words_that_a_topic_lacks():
    topics = [[0.5, 0.5, 0.0, 0.0], [0.0, 1e-5, 0.99999, 0.0], [0.1, 0.2, 0.3, 0.4]]
    model = TopicModel(topics, [0.3, 0.3, 0.4], 6)
    counts = model.states
    counts = counts[(counts[:, 3] == 0) | (counts.sum(axis=1) > 0)]
    ours, truth = SoftmaxEncoder.exact(model)(counts), model.rescaled_posterior()(counts)
    np.testing.assert_array_equal(ours == 0, truth == 0)
    # Logits carry the artificial coefficient, some thousand, times six words, where it cancels nothing.
    assert np.abs(ours - truth).max() <= 6 * 1e4 * EPS


def test_topics_without_mass_are_left_out():
    model = TopicModel(np.full((3, 4), 0.25), [0.5, 0.0, 0.5], 2)
    assert SoftmaxEncoder.exact(model)(model.states).shape == (10, 2)


def test_sparse_counts_are_dense_counts():
    encoder = SoftmaxEncoder.random(4, 6, np.random.default_rng(2), spread=1.0)
    z1, z2 = MODEL.sample(20, np.random.default_rng(1))
    du, dv = np.random.default_rng(3).standard_normal((2, 20, 4))
    dense = encoder.pullback(z1, z2, du, dv)
    for kind in (sparse.csr_array, sparse.csr_matrix, sparse.coo_array):
        s1, s2 = kind(z1), kind(z2)
        np.testing.assert_allclose(encoder(s1), encoder(z1), rtol=64 * EPS)
        assert np.abs(encoder.pullback(s1, s2, du, dv) - dense).max() <= 1000 * EPS


def test_a_fixed_scale_is_no_parameter():
    fixed = SoftmaxEncoder.exact(MODEL, learn_scale=False)
    learned = SoftmaxEncoder.exact(MODEL)
    assert learned.parameters.size == fixed.parameters.size + 3
    moved = fixed.with_parameters(np.zeros(fixed.parameters.size))
    np.testing.assert_array_equal(moved.scale, fixed.scale)
    np.testing.assert_allclose(moved(np.ones(6)), fixed.scale / 3, rtol=8 * EPS)


def test_huge_logits_do_not_overflow():
    encoder = SoftmaxEncoder([[1e4, -1e4]], [0.0, 0.0])
    np.testing.assert_array_equal(encoder(np.array([[1.0], [-1.0]])), np.eye(2))


REFUSED = [
    (lambda: SoftmaxEncoder(np.ones(3), [0.0]), "coefficients must have 2 dimensions"),
    (lambda: SoftmaxEncoder(np.ones((3, 2)), [0.0]), "bias must have 2 entries: size = 1"),
    (lambda: SoftmaxEncoder(np.ones((3, 2)), [0.0, 0.0], [1.0, 0.0]), r"scale must be positive: scale\[1\]"),
    (lambda: SoftmaxEncoder.random(2, 3, np.random.default_rng(0), spread=0.0), "spread must be positive"),
    (
        lambda: SoftmaxEncoder(np.ones((3, 2)), [0.0, 0.0])(sparse.csr_array(np.ones((2, 4)))),
        r"z must have 3 columns: shape = \(2, 4\)",
    ),
    (
        lambda: SoftmaxEncoder(np.ones((3, 2)), [0.0, 0.0])(np.ones((2, 4))),
        "z must have 3 entries in the last",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
