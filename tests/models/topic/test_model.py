import mpmath as mp
import numpy as np
import pytest
from scipy import sparse

from simsuff.divergences import DIVERGENCES, divergence
from simsuff.models import FiniteModel, TopicModel

EPS = np.finfo(np.float64).eps

# A log probability of a few words is a sum of some ten logarithms of size below 30, each within an ulp.
LOG_ROUNDING = 64 * 30 * EPS


@pytest.fixture
def model():
    return TopicModel(
        [[0.5, 0.25, 0.25, 0.0], [0.1, 0.2, 0.3, 0.4], [1e-9, 0.0, 0.5, 0.5 - 1e-9]], [0.2, 0.3, 0.5], 3
    )


def posterior_oracle(model, counts):
    """P(y | z) at 50 digits from the definition."""
    with mp.workdps(50):
        joint = [mp.mpf(float(p)) for p in model.prior]
        for y, row in enumerate(model.topics):
            for beta, count in zip(row, counts, strict=True):
                joint[y] *= mp.mpf(float(beta)) ** int(count)
        return [x / sum(joint) for x in joint]


def pmi_oracle(model, z1, z2):
    """F1 at 50 digits."""
    with mp.workdps(50):
        first, second = posterior_oracle(model, z1), posterior_oracle(model, z2)
        ratio = sum(a * b / mp.mpf(float(p)) for a, b, p in zip(first, second, model.prior, strict=True))
        return float(mp.log(ratio)) if ratio else -np.inf


@pytest.mark.statement("F1", kind="exact")
def test_posterior_and_pmi_against_fifty_digits(model):
    states = model.states
    rng = np.random.default_rng(0)
    other = states[rng.permutation(len(states))]
    for row, computed in zip(states, model.posterior(states), strict=True):
        np.testing.assert_allclose(
            computed, [float(p) for p in posterior_oracle(model, row)], rtol=LOG_ROUNDING
        )
    expected = [pmi_oracle(model, a, b) for a, b in zip(states, other, strict=True)]
    np.testing.assert_allclose(model.pmi(states, other), expected, rtol=LOG_ROUNDING, atol=LOG_ROUNDING)


@pytest.mark.statement("F1", "F2", kind="exact")
def test_long_documents_stay_finite():
    model = TopicModel([[0.9, 0.1], [0.1, 0.9]], [0.5, 0.5], 5000)
    z1, z2 = np.array([[4500, 500]]), np.array([[500, 4500]])
    # Each posterior puts 9^−4000 on the other topic: far below the smallest double.
    assert model.pmi(z1, z2)[0] == pytest.approx(np.log(4) - 4000 * np.log(9), rel=1e-12)
    assert model.pmi(z1, z1)[0] == pytest.approx(np.log(2), rel=1e-12)


@pytest.mark.statement("F1", "F2", kind="exact")
def test_impossible_words():
    model = TopicModel([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]], [0.25, 0.75], 2)
    np.testing.assert_array_equal(model.posterior([[1, 1, 0], [0, 1, 1]]), [[1.0, 0.0], [0.0, 1.0]])
    assert model.pmi([[2, 0, 0]], [[0, 0, 2]])[0] == -np.inf
    assert model.pmi([[2, 0, 0]], [[1, 1, 0]])[0] == np.log(4)
    with pytest.raises(ValueError, match=r"z2 must be possible .*document 1 of z2 .* mix a little mass"):
        model.pmi([[1, 1, 0], [1, 1, 0]], [[1, 1, 0], [1, 0, 1]])


def test_words_that_no_topic_uses():
    model = TopicModel([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]], [0.5, 0.5], 2)
    small = TopicModel(model.topics[:, :2], model.prior, 2)
    kl = divergence("kl")
    assert model.information(kl) == pytest.approx(small.information(kl), rel=64 * EPS)
    # The encoder is not asked about count vectors that never occur.
    assert model.sufficiency(model.posterior, kl) == pytest.approx(0.0, abs=64 * EPS)


def test_topics_without_mass_change_nothing(model):
    padded = TopicModel(np.vstack([model.topics, [0, 1, 0, 0]]), [*model.prior, 0.0], 3)
    states = model.states
    np.testing.assert_array_equal(padded.posterior(states)[:, :3], model.posterior(states))
    np.testing.assert_array_equal(padded.posterior(states)[:, 3], 0.0)
    np.testing.assert_array_equal(padded.pmi(states, states[::-1]), model.pmi(states, states[::-1]))
    np.testing.assert_allclose(padded.canonical_correlations, model.canonical_correlations, atol=8 * EPS)
    assert padded.largest_ratio == model.largest_ratio


def test_empty_documents_say_nothing(model):
    empty = np.zeros((1, 4), dtype=int)
    np.testing.assert_allclose(model.posterior(empty)[0], model.prior, rtol=4 * EPS)
    assert abs(model.pmi(empty, model.states[:1])[0]) <= 8 * EPS


def test_representations_agree(model):
    dense = model.states
    csr = sparse.csr_array(dense)
    np.testing.assert_allclose(model.posterior(csr), model.posterior(dense), rtol=8 * EPS)
    np.testing.assert_allclose(model.pmi(csr, dense), model.pmi(dense, csr), atol=LOG_ROUNDING)


def test_pmi_table_holds_the_pmi_of_all_pairs(model):
    states = model.states[:5]
    table = model.pmi_table(states, states[:3])
    for i in range(5):
        np.testing.assert_array_equal(table[i], model.pmi(states[[i, i, i]], states[:3]))


def test_finite_law_is_the_enumerated_one(model):
    finite = model.to_finite()
    assert isinstance(finite, FiniteModel)
    assert finite.shape == (20, 20)
    law = model.state_law()
    np.testing.assert_allclose(law.sum(axis=1), 1, rtol=8 * EPS)
    joint = np.einsum("y,yi,yj->ij", model.prior, law, law)
    np.testing.assert_allclose(finite.joint, joint, rtol=64 * EPS)
    for word_counts, probability in zip(model.states, law[0], strict=True):
        with mp.workdps(50):
            value = mp.factorial(3)
            for beta, count in zip(model.topics[0], word_counts, strict=True):
                value *= mp.mpf(float(beta)) ** int(count) / mp.factorial(int(count))
        assert probability == pytest.approx(float(value), rel=64 * EPS, abs=0)


@pytest.mark.statement("F3", kind="exact")
@pytest.mark.parametrize("name", DIVERGENCES)
def test_posterior_features_are_sufficient(name):
    model = TopicModel.random(3, 4, 3, np.random.default_rng(1))
    div = divergence(name)
    bound = model.information_bounded(div)
    for statistic in (
        model.log_odds(),
        model.rescaled_posterior(),
        model.posterior,
        model.optimal_encoder(3),
    ):
        # 1e-12 is the step at which log odds are merged; total variation pays it linearly.
        assert abs(model.sufficiency(statistic, div)) <= 2 * bound.error + 2e-12
    assert model.sufficiency(np.zeros(20, dtype=int), div) == pytest.approx(bound.value, rel=1e-12)


@pytest.mark.statement("F3", kind="exact")
def test_repeated_words_merge_states():
    """Words with proportional columns say the same: the log odds have fewer values than there are count vectors."""
    model = TopicModel([[0.25, 0.25, 0.5], [0.4, 0.4, 0.2]], [0.5, 0.5], 4)
    classes = model.classes(model.log_odds())
    assert len(classes) == 15
    assert classes.max() + 1 == 5
    coarser = np.minimum(classes, 3)
    assert model.sufficiency(classes, divergence("kl")) <= 64 * EPS
    assert model.sufficiency(coarser, divergence("kl")) > 1e-4  # F3: any merger of two posteriors costs


def test_limits_are_named(model):
    big = TopicModel.random(3, 50, 10, np.random.default_rng(0))
    kl = divergence("kl")
    message = (
        r"leave at most 2000 count vectors: count vectors = 62828356305, of 10 words .* information_estimate"
    )
    for ask in (big.to_finite, lambda: big.information(kl), lambda: big.sufficiency(big.posterior, kl)):
        with pytest.raises(ValueError, match=message):
            ask()
    with pytest.raises(ValueError, match=r"leave at most 500000 count vectors"):
        _ = big.canonical_correlations
    with pytest.raises(ValueError, match=r"leave at most 19 count vectors: count vectors = 20"):
        model.to_finite(limit=19)
    with pytest.raises(ValueError, match=r"about 10\^242"):
        TopicModel.random(3, 10_000, 100, np.random.default_rng(0)).information(kl)


@pytest.mark.parametrize(
    ("topics", "prior", "words", "message"),
    [
        ([[0.5, 0.4]], [1.0], 2, "topics must have rows that sum to 1: sum of row 0 = 0.9"),
        ([[1.5, -0.5]], [1.0], 2, "topics must be non-negative"),
        ([[0.5, np.nan]], [1.0], 2, "topics must be finite"),
        ([0.5, 0.5], [1.0], 2, "topics must have 2 dimensions"),
        (np.eye(2), [0.5, 0.6], 2, "prior must sum to 1"),
        (np.eye(2), [0.5, 0.25, 0.25], 2, r"prior must have shape \(2,\)"),
        (np.eye(2), [0.5, 0.5], 0, "words_per_view must be an integer >= 1"),
        (np.eye(2), [0.5, 0.5], 2.0, "words_per_view must be an integer >= 1"),
    ],
)
def test_refuses_what_is_no_topic_model(topics, prior, words, message):
    with pytest.raises(ValueError, match=message):
        TopicModel(topics, prior, words)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([[1, 2, 0]], r"counts must have shape \(n, 4\)"),
        ([1, 2, 0, 0], r"counts must have shape \(n, 4\)"),
        (np.empty((0, 4), dtype=int), r"counts must have shape \(n, 4\) with n >= 1"),
        ([[1, -1, 0, 0]], r"counts must be non-negative: counts\[0, 1\] = -1"),
        ([[0.5, 0.5, 0, 0]], "counts must hold integer counts"),
        ([[np.nan, 0, 0, 0]], "counts must hold integer counts"),
        (sparse.csr_array([[0, 0, -1, 0]]), "counts must be non-negative"),
        (sparse.csr_array([[0.5, 0, 0, 0]]), "counts must hold integer counts"),
        (sparse.csr_array([[1, 0, 0]]), r"counts must have shape \(n, 4\)"),
    ],
)
def test_refuses_what_are_no_counts(model, counts, message):
    with pytest.raises(ValueError, match=message):
        model.posterior(counts)


def test_refuses_unaligned_views_and_bad_widths(model):
    states = model.states
    with pytest.raises(ValueError, match="z2 must have the 3 rows of z1"):
        model.pmi(states[:3], states[:2])
    for k in (0, 4, 2.0):
        with pytest.raises(ValueError, match=r"k must be an integer in \[1, 3\]"):
            model.optimal_encoder(k)
    with pytest.raises(ValueError, match=r"statistic must return 20 values"):
        model.sufficiency(lambda counts: counts[:2], divergence("kl"))
    with pytest.raises(ValueError, match="statistic"):
        model.sufficiency([0, 1], divergence("kl"))
