import numpy as np
import pytest
from scipy.special import ndtri

from simsuff.divergences import divergence
from simsuff.models import SubsampledTopicModel, TopicModel
from simsuff.models.topic import subsampled

EPS = np.finfo(np.float64).eps
LEVEL = 1e-6

TOPICS = np.array([[0.0, 0.3, 0.7], [0.2, 0.5, 0.3], [0.6, 0.4, 0.0]])
PRIOR = np.array([0.2, 0.3, 0.5])


def pairs_of_states(model):
    states = model.states
    i, j = np.divmod(np.arange(len(states) ** 2), len(states))
    return states[i], states[j]


@pytest.mark.parametrize(("words", "length"), [(1, 1), (1, 4), (2, 2), (2, 3), (3, 5), (4, 9)])
def test_pmi_is_that_of_the_enumerated_law(words, length):
    """A generating polynomial against the sum over all documents."""
    model = SubsampledTopicModel(TOPICS, PRIOR, words, length)
    finite = model.to_finite()
    pmi = model.pmi(*pairs_of_states(model)).reshape(finite.shape)
    with np.errstate(divide="ignore"):
        expected = np.log(finite.ratio)
    np.testing.assert_array_equal(np.isinf(pmi), np.isinf(expected))
    live = np.isfinite(pmi)
    # Logs of sums over fewer than a hundred documents and coefficients, each of a dozen factors.
    np.testing.assert_allclose(pmi[live], expected[live], atol=2000 * EPS)


def test_pmi_on_sparse_counts_and_large_vocabularies():
    base = TopicModel.random(4, 400, 20, np.random.default_rng(0))
    model = SubsampledTopicModel(base.topics, base.prior, 20, 30)
    z1, z2 = model.sample(60, np.random.default_rng(1))
    values = model.pmi(z1, z2)
    np.testing.assert_allclose(model.pmi(z1.toarray(), z2.toarray()), values, rtol=1e-12)
    np.testing.assert_allclose(model.pmi(z2, z1), values, rtol=1e-12)
    assert (values > base.pmi(z1, z2)).mean() > 0.9  # shared words say more than the topic


def test_long_documents_forget_the_overlap():
    base = TopicModel(TOPICS, PRIOR, 2)
    states = pairs_of_states(base)
    gaps = []
    for length in (50, 100, 200):
        model = SubsampledTopicModel(TOPICS, PRIOR, 2, length)
        with np.errstate(invalid="ignore"):
            gap = np.exp(model.pmi(*states)) - np.exp(base.pmi(*states))
        gaps.append(np.abs(gap).max())
    # Two subsets of two words share one with probability 4/L + O(1/L²).
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.05)
    assert gaps[1] / gaps[2] == pytest.approx(2, rel=0.05)


def test_whole_documents_know_each_other():
    model = SubsampledTopicModel(TOPICS, PRIOR, 3, 3)
    finite = model.to_finite()
    np.testing.assert_allclose(finite.joint, np.diag(finite.marginal1), atol=4 * EPS)
    assert model.augmentation_error == 0.0
    np.testing.assert_allclose(model.canonical_correlations, 1.0, rtol=8 * EPS)


def test_dropout_is_the_knob_of_the_augmentation_error():
    errors = []
    for rate in (0.0, 0.25, 0.5, 0.75):
        model = SubsampledTopicModel.with_dropout(TOPICS, PRIOR, 8, rate)
        assert model.dropout_rate == rate
        errors.append(model.augmentation_error)
    assert errors[0] == 0.0
    assert (np.diff(errors) > 0.01).all()
    assert SubsampledTopicModel.with_dropout(TOPICS, PRIOR, 8, 0.99).words_per_view == 1


def test_optimal_encoder_is_a_table_on_counts():
    model = SubsampledTopicModel(TOPICS, PRIOR, 2, 4)
    encoder = model.optimal_encoder(3)
    np.testing.assert_array_equal(encoder(model.states), model.to_finite().optimal_encoder(3).table)
    shuffled = model.states[[4, 0, 4]]
    np.testing.assert_array_equal(encoder(shuffled), encoder.table[[4, 0, 4]])
    with pytest.raises(ValueError, match="words of counts must have 2 words in each row"):
        encoder([[1, 1, 1]])


def test_the_posterior_is_not_sufficient_for_an_overlapping_view():
    """Two words with the same column say the same of the topic, but a view knows which of them it shares."""
    topics = [[0.25, 0.25, 0.5], [0.4, 0.4, 0.2]]
    halves = TopicModel(topics, [0.5, 0.5], 2)
    overlapping = SubsampledTopicModel(topics, [0.5, 0.5], 2, 4)
    kl = divergence("kl")
    assert halves.sufficiency(halves.log_odds(), kl) <= 32 * EPS
    assert overlapping.sufficiency(overlapping.log_odds(), kl) > 0.1


def test_estimates_know_no_limit():
    small = SubsampledTopicModel(TOPICS, PRIOR, 2, 4)
    kl = divergence("kl")
    estimate = small.information_estimate(kl, 20_000, np.random.default_rng(0))
    assert abs(estimate.value - small.information(kl)) <= ndtri(1 - LEVEL / 2) * estimate.stderr


def test_overlap_kernel_equals_its_plain_self():
    log_topics = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]))
    starts = np.array([0, 2])
    words, first, second = np.array([0, 2]), np.array([1, 2]), np.array([2, 1])
    weights = subsampled.log_overlap_weights(5, 3)
    plain, compiled = np.empty((1, 2)), np.empty((1, 2))
    subsampled.overlap_factors.py_func(
        starts, words, first, starts, words, second, log_topics, weights, plain
    )
    subsampled.overlap_factors(starts, words, first, starts, words, second, log_topics, weights, compiled)
    np.testing.assert_allclose(plain, compiled, rtol=8 * EPS)


@pytest.mark.parametrize(
    ("words", "length", "message"),
    [
        (
            5,
            4,
            "words_per_view must be at most document_length: words_per_view = 5, document_length = 4; keep fewer",
        ),
        (1, 0, "document_length must be an integer >= 1"),
        (0, 4, "words_per_view must be an integer >= 1"),
    ],
)
def test_refuses_views_longer_than_the_document(words, length, message):
    with pytest.raises(ValueError, match=message):
        SubsampledTopicModel(TOPICS, PRIOR, words, length)


@pytest.mark.parametrize("rate", [-0.1, 1.0, np.nan, "half"])
def test_refuses_a_bad_dropout_rate(rate):
    with pytest.raises(ValueError, match=r"dropout_rate must lie in \[0, 1\)"):
        SubsampledTopicModel.with_dropout(TOPICS, PRIOR, 8, rate)


def test_refuses_partial_views_and_huge_tables():
    model = SubsampledTopicModel(TOPICS, PRIOR, 2, 4)
    with pytest.raises(ValueError, match="z1 must have 2 words in each row: words of row 1 = 0"):
        model.pmi([[1, 1, 0], [0, 0, 0]], [[1, 1, 0], [1, 1, 0]])
    with pytest.raises(ValueError, match="z2 must have the 2 rows of z1"):
        model.pmi([[1, 1, 0], [0, 2, 0]], [[1, 1, 0]])
    with pytest.raises(ValueError, match="leave at most 20000000 cells"):
        SubsampledTopicModel(TOPICS, PRIOR, 40, 300).to_finite()
