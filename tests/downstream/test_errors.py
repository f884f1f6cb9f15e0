"""Stated errors of downstream risks and topic entropies against rational or high-precision truths."""

import itertools
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from simsuff import statements
from simsuff.downstream import FiniteClassification, FiniteRegression, GaussianRegression, PairRegression
from simsuff.models import FiniteModel, GaussianModel, SubsampledTopicModel, TopicModel


def _holds(found, truth, relative):
    """The error bounds the distance from the truth, and is no more than `relative` of it."""
    assert abs(mp.mpf(found.value) - truth) <= found.error
    assert found.error <= relative * abs(found.value)


@pytest.mark.statement("E7", "E7-risk", kind="exact")
@pytest.mark.parametrize("noise", [1e-3, 1e-7, 1e-8, 1e-12])
def test_small_noise_keeps_its_augmentation_error(noise):
    """ε = σ²‖θ‖²: at σ = 1e-7 the difference of variances was 9.992e-15, at σ = 1e-8 it was 0."""
    theta = [1.0, -0.5]
    task = GaussianRegression(GaussianModel.additive_noise([1.0, 2.0], noise), theta)
    exact = Fraction(noise) ** 2
    _holds(task.augmentation_error, mp.mpf(exact.numerator) / exact.denominator * mp.mpf("1.25"), 1e-13)
    risks = [Fraction(t) ** 2 * s * exact / (s + exact) for t, s in zip(theta, (1, 2), strict=True)]
    with mp.workdps(60):
        view, lost = (mp.mpf(x.numerator) / x.denominator for x in (sum(risks), risks[0] + Fraction(1, 2)))
        _holds(task.view_risk, view, 1e-13)
        # z₁ without its second coordinate leaves all of θ₂²s₂ = ½.
        _holds(task.risk([[1.0, 0.0]]), lost, 1e-12)
    for statement in ("E7", "E7-risk"):
        extra = [] if statement == "E7" else [1]
        arguments = (np.array([1.0, 2.0]), noise, np.array(theta), *extra)
        assert statements.get(statement).evaluate(*arguments).holds


@pytest.mark.parametrize("seed", range(4))
def test_finite_risks_are_within_their_errors(seed):
    rng = np.random.default_rng(seed)
    # Dyadic laws, so that tables are exact; targets far from zero, so that squares cancel.
    prior, channel = (
        [Fraction(1, 4), Fraction(3, 4)],
        [[Fraction(1, 8), Fraction(7, 8)], [Fraction(1, 2)] * 2],
    )
    model = FiniteModel.from_views([float(p) for p in prior], [[float(c) for c in row] for row in channel])
    target_x, target_z = 1e6 + rng.random(2), 1e6 + rng.random(2)
    task = FiniteRegression(model, target_x, target_z)
    u, v = ([Fraction(x) for x in values] for values in (target_x, target_z))
    joint = {(x, z): prior[x] * channel[x][z] for x in range(2) for z in range(2)}
    mean = [sum(joint[x, z] * u[x] for x in range(2)) / sum(joint[x, z] for x in range(2)) for z in range(2)]
    truths = {
        "augmentation_error": sum(w * (v[z] - u[x]) ** 2 for (x, z), w in joint.items()),
        "view_risk": sum(w * (u[x] - mean[z]) ** 2 for (x, z), w in joint.items()),
    }
    for name, truth in truths.items():
        found = getattr(task, name)
        assert abs(Fraction(found.value) - truth) <= Fraction(found.error) <= Fraction(1, 10**6)


def test_pair_risks_are_within_their_errors():
    law = np.array([[0.5, 0.125], [0.125, 0.25]])
    target, halves = np.array([[1e6, 1e6 + 1], [1e6 + 1, 1e6 + 3]]), np.array([1e6, 1e6 + 2])
    task = PairRegression(FiniteModel(law), target, halves)
    joint = {(i, j): Fraction(law[i, j]) for i, j in itertools.product(range(2), repeat=2)}
    mean = [
        sum(joint[i, j] * Fraction(target[i, j]) for j in range(2)) / sum(joint[i, j] for j in range(2))
        for i in range(2)
    ]
    truth = sum(w * (mean[i] - Fraction(target[i, j])) ** 2 for (i, j), w in joint.items())
    found = task.risk([0, 1])
    assert abs(Fraction(found.value) - truth) <= Fraction(found.error) <= Fraction(1, 10**6)


def _topic_truth(topics, words):
    """H(y | z) for two equally likely topics on two words, at 60 digits."""
    total = mp.mpf(0)
    for count in range(words + 1):
        laws = [mp.binomial(words, count) * p**count * q ** (words - count) / 2 for p, q in topics]
        total -= sum(law * mp.log(law / sum(laws)) for law in laws)
    return total


@pytest.mark.statement("F4", "F4-augmentation", "F7", kind="exact")
@pytest.mark.parametrize(("share", "words"), [(0.99, 9), (0.9, 3), (0.999, 20), (0.6, 40)])
def test_topic_entropies_keep_their_digits(share, words):
    """ε_KL of two clear topics is 6.8995e-8, of 18 words that nearly tell all."""
    model = TopicModel([[share, 1 - share], [1 - share, share]], [0.5, 0.5], words)
    with mp.workdps(60):
        topics = [[mp.mpf(x) for x in row] for row in model.topics.tolist()]
        one, two = _topic_truth(topics, words), _topic_truth(topics, 2 * words)
        _holds(model.topic_entropy(), one, 1e-11)
        _holds(model.augmentation_error, one - two, 1e-10)
        _holds(FiniteClassification.of_topics(model).epsilon_kl, one - two, 1e-10)
        information = mp.log(2) - 2 * one + two
        assert (
            abs(mp.mpf(model.information("kl").value) - information) <= model.information("kl").error <= 1e-10
        )
    for statement in ("F4", "F4-augmentation", "F7"):
        assert statements.get(statement).evaluate(model).holds


def test_a_thousand_words_overflow_nothing():
    """C(1040, 520) is 1e311: P(view | document) is hypergeometric, and r does not depend on how far it is computed."""
    model = SubsampledTopicModel([[0.5, 0.5], [0.4, 0.6]], [0.5, 0.5], 520, 1040)
    finite = model.to_finite()
    assert np.isfinite(model.information("kl"))
    with mp.workdps(40):
        for x, z in ((520, 250), (1040, 520), (3, 0), (700, 400)):
            truth = mp.binomial(x, z) * mp.binomial(1040 - x, 520 - z) / mp.binomial(1040, 520)
            document = int(np.flatnonzero(model.documents[:, 0] == x)[0])
            view = int(np.flatnonzero(model.states[:, 0] == z)[0])
            found = float(np.asarray(finite.channel)[document, view])
            assert abs(mp.mpf(found) / truth - 1) <= 1e-12
