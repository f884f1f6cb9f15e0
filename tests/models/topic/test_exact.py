import numpy as np
import pytest

from simsuff.divergences import divergence
from simsuff.models import TopicModel

EPS = np.finfo(np.float64).eps


@pytest.mark.statement("E8-topic", "F5-spectrum", kind="exact")
@pytest.mark.parametrize("separation", ["separated", "overlapping", "nearly_identical", 0.0])
def test_spectrum_is_that_of_the_enumerated_kernel(separation):
    model = TopicModel.random(3, 4, 4, np.random.default_rng(2), separation, prior=[0.2, 0.3, 0.5])
    known = model.to_finite().canonical_correlations[:2]
    np.testing.assert_allclose(model.canonical_correlations, known, atol=32 * EPS)
    used = model.to_finite().marginal1 > 0
    states = model.states[used]
    # Equal singular values (1 and 1 for disjoint topics) leave the features of k = 2 free.
    for k in (1, 3) if separation == "separated" else (1, 2, 3):
        features, expected = (
            model.optimal_encoder(k)(states),
            model.to_finite().optimal_encoder(k).table[used],
        )
        np.testing.assert_allclose(features @ features.T, expected @ expected.T, atol=1e-12)
    np.testing.assert_array_equal(model.optimal_encoder(2)(states)[:, 0], 1.0)


@pytest.mark.statement("F5-spectrum", kind="exact")
def test_tiny_eigenvalues_keep_their_digits():
    """One word, two topics (½ ± δ): λ = 4δ² exactly."""
    for delta in (1e-3, 1e-6):
        p = 0.5 + delta
        model = TopicModel([[p, 1 - p], [1 - p, p]], [0.5, 0.5], 1)
        exact = (2 * (p - 0.5)) ** 2
        assert model.canonical_correlations[0] == pytest.approx(exact, rel=4 * EPS / delta, abs=0)


@pytest.mark.statement("F5-spectrum", kind="exact")
def test_more_topics_than_count_vectors():
    topics = np.random.default_rng(0).dirichlet(np.ones(2), size=4)
    model = TopicModel(topics, np.full(4, 0.25), 1)
    assert model.canonical_correlations.shape == (3,)
    known = model.to_finite().canonical_correlations[0]
    np.testing.assert_allclose(model.canonical_correlations, [known, 0.0, 0.0], atol=8 * EPS)
    features = model.optimal_encoder(4)(model.states)
    np.testing.assert_allclose(features @ features.T, model.to_finite().ratio, atol=32 * EPS)


def test_one_topic_and_one_word():
    one = TopicModel([[0.5, 0.5]], [1.0], 3)
    assert one.canonical_correlations.shape == (0,)
    assert one.information(divergence("kl")) == pytest.approx(0.0, abs=32 * EPS)
    np.testing.assert_array_equal(one.optimal_encoder(1)(one.states), 1.0)
    word = TopicModel([[1.0], [1.0]], [0.5, 0.5], 3)
    assert word.to_finite().shape == (1, 1)
    np.testing.assert_array_equal(word.canonical_correlations, [0.0])


def test_entropies_by_hand():
    """One word of two topics (¾, ¼) and (¼, ¾): H(y | z) = h(¼); two words: ⅜ log 2 + ⅝ h(1/10)."""
    binary = lambda q: -q * np.log(q) - (1 - q) * np.log(1 - q)  # noqa: E731
    model = TopicModel([[0.75, 0.25], [0.25, 0.75]], [0.5, 0.5], 1)
    assert model.topic_entropy() == pytest.approx(binary(0.25), rel=8 * EPS)
    assert model.topic_entropy(2) == pytest.approx(0.375 * np.log(2) + 0.625 * binary(0.1), rel=8 * EPS)
    assert model.augmentation_error == pytest.approx(model.topic_entropy(1) - model.topic_entropy(2))


def test_tiny_entropies_keep_their_digits():
    """Topics that one word tells apart but for 1e-12: H is h(1e-12), of which 1 + 1e-12 would lose the second half."""
    p = 1e-12
    model = TopicModel([[1 - p, p], [p, 1 - p]], [0.5, 0.5], 1)
    exact = -p * np.log(p) - (1 - p) * np.log1p(-p)
    assert model.topic_entropy() == pytest.approx(exact, rel=1e-12, abs=0)


def test_states_without_mass_have_probability_zero():
    """Words of probability 1e-200 twice in a view underflow; the table drops the view, the pmi does not."""
    model = TopicModel([[1.0, 1e-200], [0.5, 0.5]], [1.0, 0.0], 2)
    finite = model.to_finite()
    np.testing.assert_array_equal(finite.marginal1 > 0, [True, True, False])
    assert model.pmi([[0, 2]], [[0, 2]])[0] == 0.0
