"""Do two modalities that share a topic have the law that direct sums say?"""

import numpy as np
import pytest

from simsuff import DIVERGENCES, TopicModel, TwoModalityTopicModel, divergence
from simsuff.encoders import SoftmaxEncoder, TwoEncoders
from simsuff.numerics.numbers import ROUNDING
from simsuff.sufficiency import encoder_excess
from simsuff.verdicts import Comparison

PRIOR = [0.5, 0.3, 0.2]


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    first = TopicModel.random(3, 4, 2, rng, prior=PRIOR)
    return TwoModalityTopicModel(first, TopicModel.random(3, 3, 3, rng, prior=PRIOR))


def direct_joint(model):
    """Σ_y π_y P(z₁|y) P(z₂|y) by loops."""
    first, second = model.first.state_law(), model.second.state_law()
    return sum(p * np.outer(a, b) for p, a, b in zip(PRIOR, first, second, strict=True))


def test_law_and_pmi_are_direct_sums(model):
    finite, (rows, columns) = model.to_finite(), model.states
    assert np.abs(finite.joint - direct_joint(model)).max() <= ROUNDING
    table = model.pmi_table(rows, columns)
    assert np.abs(np.exp(table) - finite.ratio).max() <= ROUNDING * finite.ratio.max()
    assert np.array_equal(model.pmi(rows[:3], columns[:3]), np.diag(table)[:3])


def test_samples_follow_the_law(model):
    """The mean pmi of samples is the information, and both marginals have the right mean counts."""
    pairs = model.sample(40_000, np.random.default_rng(1))
    estimate = model.information_estimate(divergence("kl"), 40_000, np.random.default_rng(2))
    assert Comparison(estimate, "==", model.information(divergence("kl"))).verdict == "holds"
    for counts, side in ((pairs.z1, model.first), (pairs.z2, model.second)):
        mean = side.words_per_view * side.prior @ side.topics
        spread = counts.std(axis=0, ddof=1) / np.sqrt(len(counts))
        assert (np.abs(counts.mean(axis=0) - mean) <= 5 * spread).all()


def test_dependence_between_the_modalities_is_sampled(model):
    """Cov(z₁, z₂) of counts against the exact one; independent views would have covariance zero."""
    z1, z2 = model.sample(100_000, np.random.default_rng(3))
    rows, columns = model.states
    joint = model.to_finite().joint
    exact = rows.T @ (joint - np.outer(joint.sum(axis=1), joint.sum(axis=0))) @ columns
    products = (z1 - z1.mean(axis=0))[:, :, None] * (z2 - z2.mean(axis=0))[:, None, :]
    error = products.std(axis=0, ddof=1) / np.sqrt(len(z1))
    assert (np.abs(products.mean(axis=0) - exact) <= 5 * error).all()
    assert (np.abs(exact) > 5 * error).any()


def test_exact_encoders_have_no_excess(model):
    encoders = TwoEncoders(SoftmaxEncoder.exact(model.first), SoftmaxEncoder.exact(model.second))
    for K in (2, 3, np.inf):
        assert encoder_excess(model, encoders, K, link="log") <= ROUNDING


@pytest.mark.parametrize("name", DIVERGENCES)
def test_posterior_of_the_first_modality_is_sufficient(model, name):
    assert abs(model.sufficiency(model.first.posterior, divergence(name))) <= 10 * ROUNDING
    assert model.sufficiency(np.zeros(len(model.states[0]), dtype=int), divergence(name)) > 1e-3


def test_swapping_and_reproducibility(model):
    swapped = model.swapped()
    assert np.allclose(swapped.to_finite().joint, model.to_finite().joint.T, rtol=0, atol=ROUNDING)
    first, second = (model.sample(50, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first.z1, second.z1)
    sparse = model.sample(50, np.random.default_rng(7), sparse=True)
    assert np.array_equal(sparse.z2.toarray(), first.z2)


def test_bad_input_is_refused(model):
    with pytest.raises(ValueError, match=r"second\.prior must equal first\.prior"):
        TwoModalityTopicModel(model.first, TopicModel.random(3, 3, 3, np.random.default_rng(0)))
    with pytest.raises(ValueError, match="number at most 3"):
        model.to_finite(limit=3)
    with pytest.raises(ValueError, match="z2 must have the 2 rows of z1"):
        model.pmi(model.states[0][:2], model.states[1][:3])
