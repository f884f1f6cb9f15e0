"""W4, W5: attaining families and counterexamples of the lemma and of the theorem on the head, with exact numbers."""

from fractions import Fraction
from math import log, sqrt

import numpy as np
import pytest
from by_hand import case, entropy, known, sides

from simsuff import statements
from simsuff.downstream import FiniteClassification, proof_head
from simsuff.models import WordDropoutModel
from simsuff.numerics.numbers import value_of
from simsuff.verdicts import Verdict


def evaluate(id, *arguments):
    return statements.get(id).evaluate(*arguments)


def symmetric_model(topics, rounds, own):
    """Equal singular values of E⋆Π: each word has the share `own` of its topic, and the rest is uniform."""
    block = own * np.eye(topics) + (1 - own) / topics
    return WordDropoutModel.from_posteriors(np.tile(block, (rounds, 1)))


def extremal_encoder(model, size):
    """D = tQ + μuuᵀ and w² = S/2 − μ, t = `size`: where W4 is an equality."""
    labels, words = model.gold.shape
    centred = model.gold - model.gold.mean(axis=1, keepdims=True)
    values, right = np.linalg.svd(centred)[1:]
    extra = size * (labels - 1) / (words - 2)
    scales = np.append(np.sqrt(values[: labels - 1] ** 2 / 2 + size), np.sqrt(extra))
    # Directions outside of both E⋆ and the constant.
    outside = np.linalg.svd(np.vstack([model.gold, np.ones(words)]))[2][-1]
    return scales[:, None] * np.vstack([right[: labels - 1], outside]), np.sqrt(words / 2 - extra)


@pytest.mark.statement("W4", kind="exact")
@pytest.mark.parametrize(("topics", "rounds", "own"), [(2, 2, 0.5), (3, 2, 0.8), (4, 3, 0.3), (4, 4, 0.9)])
@pytest.mark.parametrize("size", [1e-3, 1.0])
def test_the_lemma_is_attained(topics, rounds, own, size):
    model = symmetric_model(topics, rounds, own)
    row = evaluate("W4", model, *extremal_encoder(model, size))
    assert value_of(row.lhs) / value_of(row.rhs) == pytest.approx(1, rel=1e-8)
    assert row.verdict is Verdict.HOLDS
    assert evaluate("W4", model, *extremal_encoder(model, size)).rhs.error < 1e-8 * value_of(row.rhs)


def test_the_factor_of_the_lemma_is_at_most_four_thirds_where_the_paper_works():
    factors = [Fraction(4 * m - 2, 3 * m - 1) for m in range(1, 200)]
    assert max(factors) < Fraction(4, 3)
    assert min(factors) == 1


@pytest.mark.statement("W5", kind="exact")
def test_the_gold_encoder_is_exact_for_the_head():
    model = WordDropoutModel.balanced(3, 4, np.random.default_rng(0))
    head = proof_head(model, model.gold / np.sqrt(2))
    np.testing.assert_allclose(head((model.gold / np.sqrt(2)).T), model.posteriors, rtol=1e-10)
    row = evaluate("W5", model, model.gold / np.sqrt(2), np.sqrt(6))
    assert value_of(row.lhs) == pytest.approx(value_of(row.rhs), rel=1e-12)


def test_values_of_the_head_sum_to_one_before_truncation():
    model = WordDropoutModel.from_posteriors(np.random.default_rng(1).dirichlet(np.ones(3), 7))
    weight = np.random.default_rng(2).standard_normal((3, 7))
    np.testing.assert_allclose(proof_head(model, weight).linear(weight.T).sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.statement("W4-jacobian", "W4-jacobian_norm", kind="exact")
def test_the_printed_slope_of_the_softmax_fails():
    """u = (.96, .01, .01, .01, .01): along x = ‖u‖²1 − u the slope is √(5‖u‖²) = √4.61 > 2, in fractions."""
    u = [Fraction(96, 100)] + [Fraction(1, 100)] * 4
    square = sum(x * x for x in u)
    x = [square - entry for entry in u]
    moved = [x_y - u_y * sum(x) for x_y, u_y in zip(x, u, strict=True)]  # (I − u1ᵀ)x with ‖u‖₁ = 1
    slope_squared = sum(y * y for y in moved) / sum(y * y for y in x)
    assert sum(u) == 1
    assert slope_squared == 5 * square == Fraction(461, 100)
    assert slope_squared > 2**2
    row = evaluate("W4-jacobian", np.array([float(entry) for entry in u]))
    assert row.verdict is Verdict.VIOLATED
    assert value_of(row.lhs) == pytest.approx(float(slope_squared) ** 0.5)


@pytest.mark.statement("W5-renyi", kind="exact")
def test_the_renyi_bound_is_attained_where_the_sum_is_right():
    """‖u‖₁ = 1 + A/2, by bisection along a direction in which the sum first grows faster than A."""
    p, direction = np.array([0.2, 0.3, 0.5]), np.array([1.0, -0.5, 0.25])
    low, high = 1e-3, 1.9

    def excess(size):
        u = p + size * direction * p
        return u.sum() - 1 - np.sum((u - p) ** 2 / u) / 2

    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) * excess(low) > 0 else (low, middle)
    row = evaluate("W5-renyi", p, p + low * direction * p)
    assert value_of(row.lhs) == pytest.approx(value_of(row.rhs), rel=1e-9)


@pytest.mark.statement("W5-kl", kind="exact")
def test_the_divergence_of_a_normalised_vector_is_attained_near_the_law():
    """W5-kl: the error in one label that is as rare as any, to second order."""
    p = np.array([0.25, 0.25, 0.25, 0.25])
    row = evaluate("W5-kl", p, p + 1e-5 * np.array([1, -1, 1, -1]))
    assert value_of(row.lhs) / value_of(row.rhs) == pytest.approx(1, rel=1e-4)


def test_without_room_for_other_words_the_lemma_says_nothing():
    model = WordDropoutModel.from_posteriors(np.eye(3) / 2 + 1 / 6)
    assert value_of(evaluate("W4", model, np.ones((3, 3)), 1.0).rhs) == np.inf


# Four words of two topics, p = (¾, ¼) or (¼, ¾): σ² = 4 · ¼, (S − 2)/(S − M − 1) = 2.
WORDS = symmetric_model(2, 2, 0.5)
# Ŵ = 0 and w² = S/2: S − r is −½ Σ p p/π = −½(1 ± ¼), of excess ½ · (⅛)², and the head says π, p ∓ ¼.
NOTHING = WORDS, np.zeros((2, 4)), sqrt(2)
# y = x, z = x up to an error of ⅛, and the head has (¾, ¼).
BIT = FiniteClassification.from_augmentation(np.eye(2) / 2, [[7 / 8, 1 / 8], [1 / 8, 7 / 8]])
CROSS = -7 / 8 * log(3 / 4) - 1 / 8 * log(1 / 4)
# u = (1, ½) for p = (½, ½): ‖u‖₁ = 3/2, A = ¼.
LAW, MASSES = np.array([0.5, 0.5]), np.array([1.0, 0.5])


@pytest.mark.parametrize(
    ("id", "arguments", "lhs", "rhs"),
    [
        case("W4", NOTHING, 1 / 8, 8 / 2 * 4 * 2 / 128),
        case("W4-head", NOTHING, 1 / 8, 8 * 4 * 2 / 128),
        case("W4-bias", (WORDS,), 1 / 2, 1 / 2),
        # On the encoder E⋆/√2, whose columns have the norm √(5/8), Γ_w keeps (1, −1) and drops (1, 1).
        case("W5-norm", (WORDS, WORDS.gold / sqrt(2)), 1, 2 * sqrt(2) * sqrt(5 / 8)),
        # ε_KL as in F4, of one word and of two; ½e^B = 2.
        case(
            "W5",
            NOTHING,
            log(2) - 5 / 8 * entropy(1 / 10) - 3 / 8 * log(2),
            entropy(1 / 4) - 5 / 8 * entropy(1 / 10) - 3 / 8 * log(2) + 2 / 4,
        ),
        case("W5-split", (BIT, np.array([[0.75, 0.25], [0.25, 0.75]])), CROSS, CROSS),
        # h = (⅔, ⅓): χ² = ¼ · 3/2 + ¼ · 3 − 1, and 3/2 · ¼ − ¼.
        case("W5-chi2", (LAW, MASSES), 1 / 8, 1 / 8),
        case("W5-renyi", (LAW, MASSES), log(9 / 8), 2 * log(9 / 8)),
        case("W5-kl", (LAW, MASSES), log(9 / 8) / 2, 1 / 4),
    ],
)
def test_heads_by_hand(id, arguments, lhs, rhs):
    """W4, W5 on a head that knows nothing, and divergences from (1, ½)."""
    assert sides(id, *arguments) == known(lhs, rhs)
