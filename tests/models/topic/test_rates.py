import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.models import TopicModel
from simsuff.models.topic.rates import chernoff_information, chernoff_rate, topic_entropy_bound


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_chernoff_beats_every_exponent(p, q):
    value = chernoff_information([p, 1 - p], [q, 1 - q])
    s = np.linspace(0, 1, 201)
    grid = -np.log(p**s * q ** (1 - s) + (1 - p) ** s * (1 - q) ** (1 - s))
    # The grid's best is within its step squared times the curvature, log²(p/q) ≤ 22 per unit.
    assert value >= grid.max() - 1e-15
    assert value - grid.max() <= 44 * 0.005**2


def test_chernoff_by_hand():
    assert chernoff_information([0.75, 0.25], [0.25, 0.75]) == pytest.approx(
        -np.log(np.sqrt(0.75)), rel=1e-12
    )
    assert abs(chernoff_information([0.5, 0.5], [0.5, 0.5])) <= 4 * np.finfo(float).eps
    assert chernoff_information([1.0, 0.0], [0.0, 1.0]) == np.inf
    # Only the word ½ is common: −log(½^s 1^{1−s}) is largest at s = 1.
    assert chernoff_information([0.5, 0.5], [1.0, 0.0]) == pytest.approx(np.log(2), rel=1e-9)


def test_rate_is_that_of_the_closest_topics_with_mass():
    topics = [[0.75, 0.25], [0.25, 0.75], [0.7, 0.3]]
    assert chernoff_rate(topics, [0.5, 0.5, 0.0]) == chernoff_information(topics[0], topics[1])
    assert chernoff_rate(topics, [0.5, 0.25, 0.25]) == pytest.approx(
        chernoff_information(topics[0], topics[2]), rel=1e-12
    )
    assert chernoff_rate([[1.0]], [1.0]) == np.inf


@pytest.mark.statement("F4-chernoff", kind="exact")
def test_entropy_decays_at_the_rate():
    """F4: −log H(y | z^N) grows like NC + ½ log N; the slope over a doubling averages lattice effects out."""
    model = TopicModel([[0.5, 0.2, 0.3], [0.1, 0.5, 0.4], [0.3, 0.3, 0.4]], [0.3, 0.3, 0.4], 1)
    rate = chernoff_rate(model.topics, model.prior)
    entropies = {words: model.topic_entropy(words) for words in (100, 200)}
    slope = np.log(entropies[100] / entropies[200]) / 100
    assert slope > rate
    assert slope - np.log(2) / 200 == pytest.approx(rate, rel=0.02)


@pytest.mark.statement("F4-chernoff", kind="exact")
def test_bound_follows_the_entropy():
    model = TopicModel([[0.5, 0.2, 0.3], [0.1, 0.5, 0.4]], [0.3, 0.7], 1)
    for words in (1, 10, 100):
        bound = topic_entropy_bound(model.topics, model.prior, words)
        entropy = model.topic_entropy(words)
        assert entropy <= bound
        # Up to a power of N and the constants of the two exponents.
        assert bound <= 10 * np.sqrt(words) * entropy
    assert topic_entropy_bound([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5], 3) == 0.0


@pytest.mark.statement("F4-chernoff", kind="exact")
def test_bound_is_the_smallest_over_the_exponents():
    p, q, prior = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6]), (0.2, 0.8)
    s = np.linspace(1e-3, 1, 1000)[:, None]
    one = prior[0] ** (1 - s) * prior[1] ** s / s * (p ** (1 - s) * q**s).sum(axis=1, keepdims=True) ** 4
    other = prior[1] ** (1 - s) * prior[0] ** s / s * (q ** (1 - s) * p**s).sum(axis=1, keepdims=True) ** 4
    # A grid of step 1e-3 misses the minimum by the square of the step.
    assert topic_entropy_bound([p, q], prior, 4) == pytest.approx(one.min() + other.min(), rel=1e-4)


def test_refuses_other_vocabularies():
    with pytest.raises(ValueError, match=r"q must have the shape \(2,\) of p"):
        chernoff_information([0.5, 0.5], [1.0])
