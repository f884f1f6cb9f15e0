"""Does the spectral start find the topics, with every output alive, from unlabelled pairs?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import SoftmaxEncoder, spectral_start
from simsuff.losses import infonce
from simsuff.models import TopicModel

MODEL = TopicModel.random(5, 60, 30, np.random.default_rng(0), separation=0.5)
PAIRS = MODEL.sample(1_500, np.random.default_rng(1))

# Sums of five terms, exponentials of logarithms.
ROUNDING = 16 * float(np.finfo(np.float64).eps)


def test_outputs_are_the_topics():
    counts, topics = MODEL.sample_labelled(500, np.random.default_rng(2))
    guess = spectral_start(PAIRS, 5, np.random.default_rng(0))(counts.z1).argmax(axis=1)
    table = np.zeros((5, 5))
    np.add.at(table, (guess, topics), 1)
    # Each topic has an output of its own; half of a view's 30 words point to it, so few are mistaken.
    assert sorted(table.argmax(axis=1)) == list(range(5))
    assert table.max(axis=1).sum() >= 450


def test_the_start_costs_little_more_than_the_truth():
    def loss(encoder):
        return infonce(*(z.reshape(15, 100, -1) for z in encoder.embed(*PAIRS)), link="log")[0]

    start, truth = spectral_start(PAIRS, 5, np.random.default_rng(0)), SoftmaxEncoder.exact(MODEL)
    assert loss(truth) < loss(start) + 0.05 * abs(loss(truth))
    assert loss(start) < 0.9 * loss(truth)  # both are negative: nine tenths of the information


def test_bias_and_scale_are_those_of_f1():
    encoder = spectral_start(PAIRS, 5, np.random.default_rng(0))
    share = np.exp(encoder.bias)
    np.testing.assert_allclose(share.sum(), 1, rtol=ROUNDING)
    np.testing.assert_allclose(encoder.scale, 1 / np.sqrt(share), rtol=ROUNDING)


def test_sparse_and_dense_counts_start_alike():
    thin = tuple(sparse.csr_array(z) for z in PAIRS)
    first, second = (spectral_start(p, 4, np.random.default_rng(3)).parameters for p in (PAIRS, thin))
    np.testing.assert_array_equal(first, second)


def test_few_words_and_empty_documents():
    counts = np.array([[2, 0, 0], [0, 3, 0], [0, 0, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0]])
    encoder = spectral_start((counts, counts), 3, np.random.default_rng(0))
    assert np.isfinite(encoder.parameters).all()
    assert encoder.bias.size == 3


REFUSED = [
    (lambda: spectral_start(PAIRS, 0, np.random.default_rng(0)), "dim must be an integer >= 1"),
    (lambda: spectral_start(PAIRS, 2, None), "rng must be"),
    (
        lambda: spectral_start((PAIRS.z1, PAIRS.z2[:9]), 2, np.random.default_rng(0)),
        "pairs must have views of",
    ),
    (
        lambda: spectral_start((PAIRS.z1, -PAIRS.z2), 2, np.random.default_rng(0)),
        r"z2 must hold counts >= 0: smallest entry = -\d+\.0;",
    ),
    (lambda: spectral_start((np.eye(2), np.eye(2)), 3, np.random.default_rng(0)), "dim must leave no group"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
