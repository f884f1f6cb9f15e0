"""Does every entry that takes `rng` take what SPEC 7 takes, and draw what `numpy.random.default_rng` would?"""

import numpy as np
import pytest
from scipy import sparse

import simsuff as ss
from simsuff.corpora import HalfDocuments, halves
from simsuff.downstream import GaussianRegression, SphereRegression
from simsuff.encoders import spectral_start
from simsuff.encoders.tempered import TemperedEncoder
from simsuff.models.finite import random
from simsuff.models.topic.model import random_topics
from simsuff.population.deviations import simulated_law
from simsuff.sufficiency.excess import encoder_excess_estimate

FINITE = ss.FiniteModel([[0.4, 0.1], [0.2, 0.3]])
GAUSSIAN = ss.GaussianModel.from_correlations([0.8, 0.3])
NOISY = ss.GaussianModel.additive_noise([2.0, 1.0], 0.5)
SPHERE = ss.SphereModel(3, 2.0)
TOPIC = ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2)
SUBSAMPLED = ss.SubsampledTopicModel(TOPIC.topics, TOPIC.prior, 2, document_length=5)
MODALITIES = ss.TwoModalityTopicModel(TOPIC, TOPIC.with_words(3))
COUNTS = sparse.csr_array(np.array([[3, 1, 2], [1, 4, 1], [2, 2, 5]]))
REGRESSION = GaussianRegression(NOISY, [1.0, 0.5])
LOOKUP = ss.LookupEncoder(np.eye(2))

# name -> what an entry makes of `rng`, as an array
ENTRIES = {
    "FiniteModel.sample": lambda rng: FINITE.sample(9, rng),
    "GaussianModel.sample": lambda rng: GAUSSIAN.sample(9, rng),
    "SphereModel.sample": lambda rng: SPHERE.sample(9, rng),
    "ProjectedSphereModel.sample": lambda rng: SPHERE.reduced([[1.0, 0.0, 0.0]]).sample(9, rng)[0],
    "NoisySphereModel.sample": lambda rng: ss.NoisySphereModel(2, 1.0).sample(9, rng),
    "TopicModel.sample": lambda rng: TOPIC.sample(9, rng),
    "TopicModel.sample_given": lambda rng: TOPIC.sample_given(np.arange(9) % 2, rng),
    "TopicModel.information_estimate": lambda rng: TOPIC.information_estimate("kl", 9, rng).value,
    "TopicModel.information_interval": lambda rng: TOPIC.information_interval(2000, rng),
    "TopicModel.random": lambda rng: ss.TopicModel.random(2, 5, 2, rng).topics,
    "SubsampledTopicModel.sample": lambda rng: SUBSAMPLED.sample(9, rng),
    "TwoModalityTopicModel.sample": lambda rng: np.hstack(MODALITIES.sample(9, rng)),
    "TwoModalityTopicModel.information_estimate": lambda rng: (
        MODALITIES.information_estimate("kl", 9, rng).value
    ),
    "WordDropoutModel.balanced": lambda rng: ss.WordDropoutModel.balanced(2, 3, rng).topics,
    "random_topics": lambda rng: random_topics(2, 5, rng),
    "random_model": lambda rng: random.random_model(3, 2, rng).joint,
    "random_views": lambda rng: random.random_views(3, 2, rng).joint,
    "reversible_views": lambda rng: random.reversible_views(3, rng).joint,
    "permutation_views": lambda rng: random.permutation_views(3, 2, rng).joint,
    "stationary_views": lambda rng: random.stationary_views(4, rng).joint,
    "random_labels": lambda rng: random.random_labels(9, 3, rng),
    "halves": lambda rng: halves(COUNTS, rng)[0].toarray(),
    "HalfDocuments.sample": lambda rng: HalfDocuments(COUNTS).sample(3, rng)[0].toarray(),
    "LinearEncoder.random": lambda rng: ss.LinearEncoder.random(2, 3, rng).parameters,
    "LookupEncoder.random": lambda rng: ss.LookupEncoder.random(2, 3, rng).parameters,
    "SoftmaxEncoder.random": lambda rng: ss.SoftmaxEncoder.random(2, 3, rng).parameters,
    "HiddenLayerEncoder.random": lambda rng: ss.HiddenLayerEncoder.random(2, 3, rng=rng, hidden=4).parameters,
    "AugmentedLinearEncoder.random": lambda rng: ss.AugmentedLinearEncoder.random(2, 3, rng).parameters,
    "QuadraticOffsetEncoder.random": lambda rng: ss.QuadraticOffsetEncoder.random(2, 3, rng).parameters,
    "TemperedEncoder.random": lambda rng: TemperedEncoder.random(2, 3, rng).parameters,
    "TwoEncoders.random": lambda rng: ss.TwoEncoders.random(2, 3, rng).parameters,
    "spectral_start": lambda rng: spectral_start((COUNTS, COUNTS), 2, rng).parameters,
    "GaussianRegression.sample": lambda rng: REGRESSION.sample(9, rng)[1],
    "least_squares_test_error": lambda rng: REGRESSION.least_squares_test_error([[1.0, 0.0]], 9, rng),
    "empirical_test_error": lambda rng: REGRESSION.empirical_test_error([[1.0, 0.0]], [1.0], 9, rng),
    "SphereRegression.sample": lambda rng: SphereRegression(SPHERE, [1.0, 0.0, 0.0], 0.1).sample(9, rng)[1],
    "finite_k_excess": lambda rng: ss.finite_k_excess(FINITE, LOOKUP, 2, 40, rng).value,
    "encoder_excess_estimate": lambda rng: encoder_excess_estimate(FINITE, LOOKUP, 2, 40, rng).value,
    "simulated_law": lambda rng: simulated_law(FINITE, np.eye(2)[None], 2, 3, 9, rng).losses,
    "MODELS": lambda rng: np.array(ss.MODELS["finite_views"](rng).joint),
    "fit": lambda rng: (
        ss.fit(GAUSSIAN, ss.LinearEncoder(np.eye(2)), batch=4, steps=2, rng=rng).encoder.parameters
    ),
    "Statement.evaluate": lambda rng: (
        ss.statements.get("E9").evaluate(task=REGRESSION, weight=np.eye(2)[:1], labelled=9, rng=rng).lhs
    ),
}
SEEDS = (7, np.int64(7), [7], np.random.SeedSequence(7))


@pytest.mark.parametrize("name", ENTRIES)
def test_a_seed_draws_what_default_rng_draws(name):
    draw = ENTRIES[name]
    for seed in SEEDS:
        assert np.array_equal(draw(seed), draw(np.random.default_rng(seed)))
    assert np.array_equal(draw(np.random.PCG64(7)), draw(np.random.default_rng(7)))
    assert not np.array_equal(draw(7), draw(8))


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize(
    "wrong", [np.random.RandomState(0), np.random, -1, "7"], ids=["legacy", "module", "negative", "text"]
)
def test_what_nobody_could_repeat_is_refused(name, wrong):
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator or a seed"):
        ENTRIES[name](wrong)


@pytest.mark.parametrize("name", sorted(set(ENTRIES) - {"Statement.evaluate"}))
def test_none_is_refused(name):
    with pytest.raises(ValueError, match=r"rng = None; pass numpy.random.default_rng\(seed\)"):
        ENTRIES[name](None)


def test_parts_drawn_from_one_seed_are_independent():
    first, second = np.split(ss.TwoEncoders.random(2, 3, 0).parameters, 2)
    assert not np.isclose(first, second).any()
    views = random.random_views(3, 3, 0)
    assert not np.allclose(views.prior, views.channel[0])
