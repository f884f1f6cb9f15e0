"""Is the word-dropout model the law that the paper describes, and does it refuse what has no meaning?"""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from simsuff.models import SubsampledTopicModel, WordDropoutModel

TOPICS = np.array([[4, 2, 1, 1], [0, 2, 2, 4], [2, 2, 2, 2]]) / 8
PRIOR = np.array([1, 1, 2]) / 4


def joint_by_hand(topics, prior):
    """P(z₁, z₂) in fractions: over topics, both words, and which of them each view keeps."""
    size = len(topics[0])
    joint = [[Fraction(0)] * size for _ in range(size)]
    for y, words in product(range(len(prior)), product(range(size), repeat=2)):
        chance = Fraction(prior[y]) * Fraction(topics[y][words[0]]) * Fraction(topics[y][words[1]])
        for i, j in product((0, 1), repeat=2):
            joint[words[i]][words[j]] += chance / 4
    return joint


def test_the_table_is_that_of_the_process():
    expected = np.array(joint_by_hand(TOPICS, PRIOR), dtype=float)
    np.testing.assert_allclose(
        WordDropoutModel(TOPICS, PRIOR).to_finite().joint, expected, rtol=1e-14, atol=1e-17
    )


def test_it_is_the_subsampled_model_and_symbol_j_is_word_j():
    model, general = WordDropoutModel(TOPICS, PRIOR), SubsampledTopicModel(TOPICS, PRIOR, 1, 2)
    np.testing.assert_array_equal(model.states, np.eye(4))
    np.testing.assert_array_equal(model.to_finite().joint, general.to_finite().joint)
    first, second = (m.sample_labelled(40, np.random.default_rng(3)) for m in (model, general))
    np.testing.assert_array_equal(first.pairs.z1, second.pairs.z1)
    np.testing.assert_array_equal(first.topics, second.topics)
    assert isinstance(WordDropoutModel.with_dropout(TOPICS, PRIOR, 4, 0.5), SubsampledTopicModel)


def test_posteriors_are_those_of_the_model():
    model = WordDropoutModel(TOPICS, PRIOR)
    np.testing.assert_allclose(model.posteriors, model.posterior(model.states), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(model.gold, model.posteriors.T / np.sqrt(PRIOR)[:, None])
    laws = np.random.default_rng(0).dirichlet(np.ones(3), size=5)
    again = WordDropoutModel.from_posteriors(laws)
    np.testing.assert_allclose(again.posteriors, laws, rtol=1e-13)
    np.testing.assert_allclose(again.word_law, 0.2, rtol=1e-14)
    np.testing.assert_allclose(again.prior, laws.mean(axis=0), rtol=1e-14)


def test_words_that_do_not_occur_tell_nothing():
    model = WordDropoutModel([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]])
    np.testing.assert_array_equal(model.posteriors[2], model.prior)
    assert model.to_finite().marginal1[2] == 0


@pytest.mark.parametrize("own", [0.0, 0.4, 1.0])
def test_balanced_models_have_equally_likely_topics_and_words(own):
    model = WordDropoutModel.balanced(3, 4, np.random.default_rng(2), own=own)
    model.require_uniform_words()
    np.testing.assert_allclose(model.prior, 1 / 3, rtol=1e-14)
    assert (model.posteriors[np.arange(12), np.arange(12) % 3] >= own * (1 - 1e-14)).all()


@pytest.mark.parametrize(
    ("posteriors", "message"),
    [
        ([[1.0, 0.0], [1.0, 0.0]], r"mass of topic\[1\] = 0.0"),
        ([[0.5, 0.4], [0.5, 0.5]], "rows that sum to 1"),
        ([[1.5, -0.5], [0.5, 0.5]], "be non-negative"),
    ],
)
def test_bad_posteriors_are_refused(posteriors, message):
    with pytest.raises(ValueError, match=message):
        WordDropoutModel.from_posteriors(posteriors)


def test_bad_shares_are_refused():
    with pytest.raises(ValueError, match=r"own must lie in \[0, 1\]"):
        WordDropoutModel.balanced(2, 2, np.random.default_rng(0), own=1.5)
