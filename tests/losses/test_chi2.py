"""The χ² loss of triples (J3): against high precision, unbiased for the risk with offset, and what it refuses."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from simsuff import statements
from simsuff.losses import chi2
from simsuff.losses.centred import centred_chi2
from simsuff.models import FiniteModel
from simsuff.population.bounded_difference import chi2_loss
from simsuff.verdicts import Verdict

EPS = float(np.finfo(np.float64).eps)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("link", ["identity", "log", "exp"])
def test_against_high_precision(oracle, link, symmetric):
    u, v = np.random.default_rng(0).normal(size=(2, 4, 3))
    if link == "log":
        u, v = np.abs(u) + 0.1, np.abs(v) + 0.1
    exact = oracle.value_and_gradients(lambda *a: oracle.chi2(*a, link, symmetric, 0.75), u, v)
    # Inner products are off by d units of at most 8, values add squares of scores below e^5; gradients multiply them.
    bound = EPS * 64 * math.exp(10)
    for found, known in zip(chi2(u, v, link, symmetric, 0.75), exact, strict=True):
        assert np.abs(found - known).max() <= bound


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1e-3), (0.0, 1e2), (1e6, 1.0)])
def test_second_moments_keep_their_digits(oracle, symmetric, shift, scale):
    u, v = np.random.default_rng(0).normal(size=(2, 5, 3)) * scale + shift
    exact = oracle.value_and_gradients(lambda *a: oracle.chi2(*a, "identity", symmetric, 1.0), u, v)
    # Differences of embeddings are exact; the terms that are added are of the size of the answers.
    for found, known in zip(chi2(u, v, symmetric=symmetric), exact, strict=True):
        assert np.abs(found - known).max() <= 256 * EPS * np.abs(known).max()


def by_table(u, v):
    """The symmetric loss by its definition, on the table of scores in extended precision."""
    u, v = u.astype(np.longdouble), v.astype(np.longdouble)
    scores = u @ v.T
    weights = weights_by_row(scores) + weights_by_row(scores.T).T
    return (chi2_loss(scores) + chi2_loss(scores.T)) / 2, weights @ v / 2, weights.T @ u / 2


def weights_by_row(scores):
    size = len(scores)
    positive = np.eye(size)
    means = (scores * (1 - positive)).sum(axis=1, keepdims=True) / (size - 1)
    return (
        (1 - positive) * ((scores - means) / (size - 2) + np.longdouble(1) / (size - 1)) - positive
    ) / size


# One block of rows and two, full and partly filled; widths of one tile and two, full and partly filled.
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("K", "d"), [(3, 1), (127, 8), (128, 16), (300, 33)])
def test_against_the_table(K, d, dtype):
    u, v = np.random.default_rng(0).normal(size=(2, K, d)).astype(dtype)
    exact, answer = by_table(u, v), chi2(u, v)
    # Scores are sums of d terms of order 1, blocks sums of up to 128 of them.
    bound = 16 * float(np.finfo(dtype).eps) * (d + math.sqrt(128))
    assert abs(answer[0] - exact[0]) <= bound * d
    for one, other in zip(answer[1:], exact[1:], strict=True):
        assert np.abs(one - other).max() <= bound * np.abs(other).max()


@pytest.mark.statement("J3-unbiased", kind="exact")
@pytest.mark.parametrize("link", ["identity", "exp"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_the_loss_is_unbiased(link, symmetric):
    """The mean over all 64 batches of three pairs of two symbols, against R_f with its offset."""
    model = FiniteModel([[0.35, 0.15], [0.1, 0.4]])
    inner = np.array([[0.7, -1.2], [0.3, 2.0]])
    score = inner if link == "identity" else np.exp(inner)
    cells = list(itertools.product(range(2), range(2)))
    mean = 0.0
    for batch in itertools.product(cells, repeat=3):
        z1, z2 = np.array(batch).T
        mean += math.prod(model.joint[z1, z2]) * chi2(inner[z1], np.eye(2)[z2], link, symmetric)[0]
    risks = [offset_risk(model.joint, score), offset_risk(model.joint.T, score.T)]
    risk = sum(risks) / 2 if symmetric else risks[0]
    assert abs(mean - risk) <= 64 * EPS * np.exp(4)


def offset_risk(joint, score):
    """−E₁₂ S + E_⊗ S + ½ E_{z₁} Var_{z₂} S, cell by cell."""
    first, second = joint.sum(axis=1), joint.sum(axis=0)
    mean = score @ second
    variance = (score**2) @ second - mean**2
    return float(first @ (mean + variance / 2) - (joint * score).sum())


@pytest.mark.statement("J3-plug_in", "J3-unbiased", kind="exact")
def test_the_variance_of_the_scores_themselves_is_biased():
    """Independent fair bits and S = z₂: R_f = Var/2 = 1/8, and with K − 1 in place of K − 2 half of it at K = 3."""
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    batches = itertools.product((0, 1), repeat=2)
    plug_in = sum(
        quarter * ((a - Fraction(a + b, 2)) ** 2 + (b - Fraction(a + b, 2)) ** 2) / 2 for a, b in batches
    )
    assert half * plug_in == Fraction(1, 16) != half * quarter
    arguments = FiniteModel(np.full((2, 2), 0.25)), np.array([[0.0, 1.0], [0.0, 1.0]]), 3
    comparison = statements.get("J3-plug_in").evaluate(*arguments)
    assert comparison.verdict is Verdict.VIOLATED
    # The mean over batches is a sum of 16 shares of 1/16 and rounds.
    assert float(comparison.lhs) == pytest.approx(1 / 16, rel=1e-14)
    assert float(comparison.rhs) == pytest.approx(1 / 8, rel=1e-14)
    assert statements.get("J3-unbiased").evaluate(*arguments).verdict is Verdict.HOLDS


def test_a_batch_alone_gives_no_lower_bound():
    assert chi2(1e6 * np.eye(4), np.eye(4))[0] == -1e6


def test_one_score_has_no_variance():
    with pytest.raises(
        ValueError, match=r"u must hold K >= 3 pairs in each batch: .*one score has no sample variance"
    ):
        chi2(np.ones((2, 2)), np.ones((2, 2)))


ONES = np.ones((3, 2))
REFUSED = [
    ({"link": "cosine"}, "link must be one of identity, log, exp"),
    ({"temperature": 0.0}, "temperature must be positive"),
    ({"temperature": -1}, "temperature must be positive"),
    ({"temperature": "trainable"}, "temperature must be positive"),
    ({"link": "exp", "temperature": 1e-3}, "overflow"),
    ({"link": "exp", "temperature": 4e-3}, "overflow"),
    ({"temperature": 1e-200}, "overflow"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        chi2(ONES * [[1.0], [0.5], [0.0]], ONES, **options)


def test_a_score_of_minus_infinity_makes_the_value_infinite():
    zero, other = (
        np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]),
        np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 2.0]]),
    )
    value, du, dv = chi2(zero, other, "log")
    assert value == np.inf
    assert not du.any()
    assert not dv.any()
    with pytest.raises(ValueError, match=r"u must be non-negative under the log link: u\[0, 1\] = -1.0"):
        chi2(zero - [0, 1], other, "log")


def test_scores_that_vanish_under_the_exponential_are_right():
    """Positives of e^0 and negatives of e^−∞: each anchor pays −1, and its gradient is that of its own score."""
    far = 1e3 * np.eye(3)
    value, du, _ = chi2(-far @ (1 - np.eye(3)), np.eye(3), "exp")
    assert value == -1
    assert np.array_equal(du, -np.eye(3) / 3)


def test_plain_and_compiled():
    u, v = np.random.default_rng(0).normal(size=(2, 2, 4, 3))
    plain = centred_chi2.py_func(u, v, True, 0.5)
    for one, other in zip(centred_chi2(u, v, True, 0.5), plain, strict=True):
        assert one == pytest.approx(other, rel=64 * EPS, abs=64 * EPS)
