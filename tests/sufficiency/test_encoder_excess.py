"""Is the excess of a trained encoder's score right, exactly and by Monte Carlo, under both links?"""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import HiddenLayerEncoder, LinearEncoder, LookupEncoder, SoftmaxEncoder, TwoEncoders
from simsuff.models import FiniteModel, GaussianModel, TopicModel
from simsuff.models.finite.random import random_model
from simsuff.population.finite_k import excess_risk
from simsuff.sufficiency import encoder_excess, encoder_excess_estimate, excess, finite_k_excess
from simsuff.sufficiency.excess import _log_partition, checked_link

# Seeds are fixed and one check looks at fewer than ten estimates: four standard errors are exceeded with
# probability below 1e-3 by a right formula.
ERRORS = 4
TOPICS = TopicModel.random(3, 4, 3, np.random.default_rng(5))
# Sums of some hundred terms of order one.
ROUNDING = 1000 * float(np.finfo(np.float64).eps)


def rng(seed=0):
    return np.random.default_rng(seed)


def softmax(outputs=3, seed=1):
    return SoftmaxEncoder.random(outputs, 4, rng(seed), spread=1.0)


@pytest.mark.statement("F1-gram", kind="exact")
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("K", [2, 3, math.inf])
def test_the_exact_encoder_has_no_excess(K, symmetric):
    exact = SoftmaxEncoder.exact(TOPICS)
    assert abs(encoder_excess(TOPICS, exact, K, link="log", symmetric=symmetric)) <= ROUNDING
    # The same features under the wrong link.
    assert encoder_excess(TOPICS, exact, K, symmetric=symmetric) > 0.01


@pytest.mark.parametrize("temperature", [1.0, 0.5])
@pytest.mark.parametrize("link", ["identity", "log"])
def test_excess_is_that_of_the_table_of_scores(link, temperature):
    encoder = softmax(2)
    features = encoder(TOPICS.states)
    inner = features @ features.T
    scores = (np.log(inner) if link == "log" else inner) / temperature
    ours = encoder_excess(TOPICS, encoder, 2, link=link, temperature=temperature)
    assert abs(ours - excess_risk(TOPICS.to_finite(), scores, 2)) <= ROUNDING


def test_infinite_k_is_a_mean_of_kl_divergences():
    finite, encoder = TOPICS.to_finite(), softmax()
    features = encoder(TOPICS.states)
    claim = finite.marginal2 * (features @ features.T)
    claim /= claim.sum(axis=1, keepdims=True)
    truth = finite.joint / finite.marginal1[:, None]
    expected = np.sum(finite.joint * np.log(truth / claim))
    assert abs(encoder_excess(TOPICS, encoder, math.inf, link="log") - expected) <= ROUNDING


def test_finite_models_take_symbols_of_both_views():
    model = FiniteModel([[0.3, 0.05, 0.05], [0.1, 0.2, 0.3]])
    encoder = TwoEncoders(LookupEncoder([[1.0], [-0.5]]), LookupEncoder([[0.2], [0.1], [-1.0]]))
    table = encoder.first.table @ encoder.second.table.T
    assert encoder_excess(model, encoder, 3) == excess_risk(model, table, 3)


@pytest.mark.parametrize("sparse_counts", [False, True])
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("K", [2, 5])
def test_estimates_at_finite_k_under_the_log_link(K, symmetric, sparse_counts):
    encoder = softmax()
    model = SparseTopics(TOPICS) if sparse_counts else TOPICS
    options = {"link": "log", "temperature": 0.7}
    estimate = finite_k_excess(model, encoder, K, 2_000 * K, rng(), symmetric, **options)
    exact = encoder_excess(TOPICS, encoder, min(K, 2), symmetric=symmetric, **options) if K == 2 else None
    if exact is not None:
        assert abs(estimate.value - exact) <= ERRORS * estimate.stderr
    same = encoder_excess_estimate(model, encoder, K, 2_000 * K, rng(), symmetric=symmetric, **options)
    assert same == estimate
    assert 0 < estimate.stderr < 0.1 * estimate.value


class SparseTopics:
    """A topic model that draws sparse counts."""

    def __init__(self, model):
        self.pmi, self.pmi_table = model.pmi, model.pmi_table
        self._model = model

    def sample(self, n, rng):
        z1, z2 = self._model.sample(n, rng, sparse=True)
        assert sparse.issparse(z1)
        return type(self._model.sample(1, rng))(z1, z2)


def test_pmi_tables_and_crossed_pairs_agree():
    class Crossed:
        sample, pmi = staticmethod(TOPICS.sample), staticmethod(TOPICS.pmi)

    estimates = [finite_k_excess(m, softmax(), 4, 400, rng(), link="log") for m in (TOPICS, Crossed())]
    assert abs(estimates[0].value - estimates[1].value) <= ROUNDING


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("link", ["identity", "log"])
def test_estimates_at_infinite_k(link, symmetric):
    encoder = HiddenLayerEncoder.random(2, 4, rng(2), hidden=5, output="softplus")
    options = {"link": link, "temperature": 0.5, "symmetric": symmetric}
    exact = encoder_excess(TOPICS, encoder, math.inf, **options)
    estimate = encoder_excess_estimate(TOPICS, encoder, math.inf, 16_000, rng(), **options)
    assert abs(estimate.value - exact) <= ERRORS * estimate.stderr
    assert 0 < estimate.stderr < 0.2 * exact
    assert estimate.n == 32


def test_halving_takes_the_bias_of_a_logarithm_away():
    """With 24 candidates, the logarithm of their mean alone is off by many standard errors."""
    how, finite = checked_link("log", 1.0), TOPICS.to_finite()
    features = softmax(3, 4)(TOPICS.states)
    exact = float(finite.marginal1 @ np.log(features @ features.T @ finite.marginal2))
    corrected, plain = [], []
    for seed in range(400):
        z1, z2 = finite.sample(25, rng(seed))
        u, v = features[z1], features[z2]
        corrected.append(_log_partition(u, v, how))
        inner = u @ v.T
        plain.append(np.log((inner.sum(axis=1) - np.diag(inner)) / 24).mean())
    # Both see the same draws, so the noise of their difference is far below theirs; its mean is σ²/(2·24μ²).
    correction = np.array(corrected) - plain
    stderr = np.std(corrected) / 20
    assert abs(np.mean(corrected) - exact) <= ERRORS * stderr
    assert np.mean(correction) > ERRORS * np.std(correction) / 20
    table = features @ features.T
    mean = table @ finite.marginal2
    bias = finite.marginal1 @ ((table**2) @ finite.marginal2 / mean**2 - 1) / (2 * 24)
    # To leading order in 1/24, and up to the noise of the correction.
    assert abs(np.mean(correction) - bias) <= ERRORS * np.std(correction) / 20 + bias / 4


@pytest.mark.parametrize("count", [5, 6])
@pytest.mark.parametrize("empty", [False, True])
def test_halving_as_it_is_defined(count, empty, monkeypatch):
    """2 log mean − the mean of both halves' logarithms, over candidates of even and odd place other than the anchor."""
    u, v = rng(count).random((count, 1)), rng(9).random((count, 1))
    if empty:
        v[1::2] = 0.0  # the odd half has no mass: the mean of all stays as it is
    expected = []
    for i in range(count):
        product = {j: u[i, 0] * v[j, 0] for j in range(count) if j != i}
        even, odd = ([product[j] for j in product if j % 2 == half] for half in (0, 1))
        whole = math.log(sum(product.values()) / (count - 1))
        logs = [math.log(sum(half) / len(half)) for half in (even, odd) if sum(half) > 0]
        expected.append(2 * whole - sum(logs) / 2 if len(logs) == 2 else whole)
    how = checked_link("log", 1.0)
    assert _log_partition(u, v, how) == pytest.approx(np.mean(expected), rel=1e-13)
    monkeypatch.setattr(excess, "TABLE_ENTRIES", 2 * count)
    assert _log_partition(u, v, how) == pytest.approx(np.mean(expected), rel=1e-13)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(("link", "temperature"), [("identity", 1.0), ("identity", 1e-3), ("log", 0.01)])
def test_the_error_of_an_excess_bounds_it(link, temperature, symmetric):
    """Against E KL(P(z₂|z₁) ‖ P_S) at sixty digits, of scores from the doubles of the embeddings."""
    for seed in range(6):
        model = random_model(3, 3, rng(seed))
        encoder = LookupEncoder(rng(seed + 50).random((3, 7)))
        found = encoder_excess(
            model, encoder, math.inf, link=link, temperature=temperature, symmetric=symmetric
        )
        with mp.workdps(60):
            table, joint = mp.matrix(encoder.table.tolist()), mp.matrix(model.joint.tolist())
            inner = table * table.T
            scores = inner.apply(mp.log) if link == "log" else inner
            truth = _excess_at_sixty_digits(joint, scores / mp.mpf(temperature))
            if symmetric:
                truth = (truth + _excess_at_sixty_digits(joint.T, scores.T / mp.mpf(temperature))) / 2
            assert abs(mp.mpf(found.value) - truth) <= found.error
        largest = float(np.abs(scores).max() if link == "identity" else 3) / temperature
        assert found.error <= 2e-13 * (1 + largest)


def _excess_at_sixty_digits(joint, scores):
    total, size = mp.mpf(0), range(joint.rows)
    mass = mp.fsum(joint)
    second = [mp.fsum(joint[i, j] for i in size) / mass for j in size]
    for i in size:
        first = mp.fsum(joint[i, j] for j in size) / mass
        partition = mp.fsum(second[k] * mp.exp(scores[i, k]) for k in size)
        for j in size:
            p = joint[i, j] / mass
            total += p * (mp.log(p / first / second[j]) - scores[i, j] + mp.log(partition))
    return total


def test_an_impossible_claim_costs_infinitely_much():
    model = FiniteModel([[0.4, 0.1], [0.1, 0.4]])
    encoder = LookupEncoder(np.eye(2))
    assert encoder_excess(model, encoder, math.inf, link="log") == math.inf
    estimate = encoder_excess_estimate(model, encoder, math.inf, 320, rng(), link="log")
    assert (estimate.value, estimate.stderr) == (math.inf, 0.0)


REFUSED = [
    (lambda: encoder_excess(TOPICS, softmax(), 2, link="exp"), "link must be one of identity, log"),
    (lambda: encoder_excess(TOPICS, softmax(), 2, temperature=0.0), "temperature must be positive"),
    (lambda: encoder_excess(GaussianModel.from_correlations([0.5]), softmax(), 2), "model must be finite or"),
    (
        lambda: encoder_excess(TOPICS, LinearEncoder([[1.0, -9.0, 0.0, 0.0]]), 2, link="log"),
        "score must have inner products >= 0 under the log link",
    ),
    (lambda: encoder_excess_estimate(TOPICS, softmax(), math.inf, 255, rng()), "n must be an integer >= 256"),
    (lambda: encoder_excess_estimate(TOPICS, softmax(), 1, 500, rng()), "K must be an integer >= 2"),
    (lambda: encoder_excess_estimate(TOPICS, softmax(), math.inf, 500, None), "rng must be"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", ["to_finite", "states"])
def test_half_of_what_an_enumeration_needs_is_not_enough(name):
    model = type("Half", (), {name: None})()
    with pytest.raises(ValueError, match=r"model must be finite or have to_finite\(\) and states"):
        encoder_excess(model, softmax(), 2)


def test_score_forms_have_no_log_link():
    from simsuff.sufficiency import pmi_form

    model = GaussianModel.from_correlations([0.5])
    with pytest.raises(ValueError, match="link must be identity for a ScoreForm"):
        finite_k_excess(model, pmi_form(model), 2, 100, rng(), link="log")
