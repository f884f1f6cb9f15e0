"""I1–I9: counterexamples in fractions, families that attain, and first orders."""

from fractions import Fraction

import numpy as np
import pytest
from by_hand import known, sides

from simsuff import FiniteModel, statements
from simsuff.divergences import Divergence, divergence
from simsuff.models.finite.random import random_model
from simsuff.numerics.numbers import value_of
from simsuff.population.finite_k import excess_risk, infonce_risk
from simsuff.population.sharpness import level_family, normalised_score, sharp_family
from simsuff.verdicts import Verdict

HALF, EIGHTH = Fraction(1, 2), Fraction(1, 8)
# r = 3/2 on the diagonal, 1/2 off it.
TABLE = [[3 * EIGHTH, EIGHTH], [EIGHTH, 3 * EIGHTH]]
CONSTANT = np.array([0, 0])
# z₁ and z₂ are independent uniform bits.
INDEPENDENT = FiniteModel([[0.25, 0.25], [0.25, 0.25]])


def evaluated(id, *arguments):
    return statements.get(id).evaluate(*arguments)


def ratio(row):
    """The left side over the right one."""
    return value_of(row.lhs) / value_of(row.rhs)


def agrees(number, fraction):
    return abs(value_of(number) - float(fraction)) <= number.error


def flat(t):
    """f(t) = (t − 1)⁴ + (t − 1)²/10."""
    return (t - 1) ** 4 + (t - 1) ** 2 / Fraction(10)


def curvature(t):
    return 12 * (t - 1) ** 2 + Fraction(1, 5)


@pytest.mark.statement("I4-attained_ratios", kind="exact")
def test_total_variation_needs_the_interval_between_the_ratios():
    """E TV = 1/4; squares of the bounds: 7/512 from the attained ratios 1/2 and 3/2, 7/32 from all between them."""
    ratios = [cell / (HALF * HALF) for row in TABLE for cell in row]
    loss = sum(flat(r) for r in ratios) / 4
    variation = sum(abs(r - 1) for r in ratios) / 8
    printed = loss / (2 * min(map(curvature, ratios)))
    assert (loss, variation, printed) == (Fraction(7, 80), Fraction(1, 4), Fraction(7, 512))
    assert printed < variation**2 < loss / (2 * curvature(Fraction(1))) == Fraction(7, 32)
    row = evaluated("I4-attained_ratios", FiniteModel(np.array(TABLE, dtype=float)), CONSTANT)
    assert row.verdict is Verdict.VIOLATED
    assert agrees(row.lhs, variation)
    assert agrees(row.rhs**2, printed)


@pytest.mark.statement("I4-attained_ratios", kind="exact")
@pytest.mark.parametrize("k", [2, 3, 5])
def test_no_factor_repairs_the_attained_ratios(k):
    """f = (t − 1)^{2k}: the square of the printed bound is too small by k (2k − 1)."""
    ratios = [HALF, Fraction(3, 2)]
    loss = sum((r - 1) ** (2 * k) for r in ratios) / 2
    printed = loss / (2 * min(2 * k * (2 * k - 1) * (r - 1) ** (2 * k - 2) for r in ratios))
    assert Fraction(1, 16) / printed == k * (2 * k - 1)


def test_the_least_curvature_between_the_ratios_is_found():
    div = Divergence("flat", "(t - 1)**4 + (t - 1)**2/10")
    assert div.second_derivative_trend is None
    assert div.second_derivative_floor(0.5, 1.5) == pytest.approx(0.2, rel=1e-6)
    assert div.second_derivative_floor(1.5, 2.0) == pytest.approx(3.2, rel=1e-12)
    with pytest.raises(ValueError, match="satisfy 0 <= low < high"):
        div.second_derivative_floor(2.0, 1.0)


@pytest.mark.statement("I5-chi2", "I5-kl", kind="exact")
def test_the_total_variation_bound_is_attained():
    """r = 1 ± δ under a constant T: equality for χ², in the limit for KL."""
    for delta in (0.5, 1e-3):
        model = FiniteModel(np.array([[1 + delta, 1 - delta], [1 - delta, 1 + delta]]) / 4)
        assert ratio(evaluated("I5-chi2", model, CONSTANT)) == pytest.approx(1, abs=1e-9)
    assert ratio(evaluated("I5-kl", model, CONSTANT)) == pytest.approx(1, abs=1e-6)


@pytest.mark.statement("I5-hellinger", "I5-hellinger_moment", kind="exact")
@pytest.mark.parametrize("blocks", [1, 4, 9])
def test_the_moment_of_the_ratio_is_the_right_growth(blocks):
    """B blocks on the diagonal: our bound is attained as δ → 0, and the one with B^(3/4) is √B times too large."""
    delta = 1e-3
    block = np.array([[1 + delta, 1 - delta], [1 - delta, 1 + delta]]) / (4 * blocks)
    model, labels = FiniteModel(np.kron(np.eye(blocks), block)), np.repeat(np.arange(blocks), 2)
    assert ratio(evaluated("I5-hellinger_moment", model, labels)) == pytest.approx(1, abs=1e-6)
    assert ratio(evaluated("I5-hellinger", model, labels)) * blocks**0.5 == pytest.approx(1, abs=1e-2)


@pytest.mark.statement("I6", "I6-sharp", "I7", "I7-sharp", kind="exact")
@pytest.mark.parametrize("level", [0.05, 0.7, 1.0, 1.02, 3.0, 1e3])
def test_the_level_family_has_its_level_at_the_end(level):
    """`level` is the largest r_T from 1 on and the smallest below, and all the loss is there."""
    model, labels = level_family(level, 0.5)
    coarse = model.reduced(labels).ratio
    end = coarse.max() if level >= 1 else coarse.min()
    assert end == pytest.approx(level, rel=1e-12)
    np.testing.assert_allclose(model.ratio[:2, :2], level * np.array([[1.5, 0.5], [0.5, 1.5]]), rtol=1e-12)
    for id, arguments in (("I6", (model, labels)), ("I7", (model, labels))):
        bound_is_active = (level <= 1) if id == "I6" else (level >= 1)
        found = ratio(evaluated(id, *arguments))
        assert found == pytest.approx(1, abs=1e-9) if bound_is_active else found < 1


@pytest.mark.statement("I8", "I8-exchanged", "I8-factor", kind="exact")
def test_the_chi2_of_a_score_in_fractions():
    """Independent uniform bits, P_S = (3/4, 1/4): excess 1/8, χ²(P_S ‖ P) = 1/4, χ²(P ‖ P_S) = 1/3."""
    law, other = [HALF, HALF], [Fraction(3, 4), Fraction(1, 4)]
    excess = sum(p * (q / p - 1) ** 2 for p, q in zip(law, other, strict=True)) / 2
    forward = sum((q - p) ** 2 / p for p, q in zip(law, other, strict=True))
    backward = sum((p - q) ** 2 / q for p, q in zip(law, other, strict=True))
    assert (excess, forward, backward) == (EIGHTH, Fraction(1, 4), Fraction(1, 3))
    score = np.array([[0.5, -0.5], [0.5, -0.5]])
    for id, bound in (("I8", forward / 2), ("I8-factor", forward), ("I8-exchanged", backward)):
        row = evaluated(id, INDEPENDENT, score)
        assert agrees(row.lhs, excess)
        assert agrees(row.rhs, bound) or abs(value_of(row.rhs) - float(bound)) < 1e-14
        assert (row.verdict is Verdict.VIOLATED) == (id != "I8")


@pytest.mark.statement("I8-exchanged", kind="exact")
def test_the_exchanged_chi2_has_no_constant():
    """P_S = (1 − η/2, η/2): the excess stays below 1/2, the printed right side is 500 at η = 10⁻³."""
    eta = 1e-3
    score = np.array([[1 - eta, eta - 1], [1 - eta, eta - 1]])
    row = evaluated("I8-exchanged", INDEPENDENT, score)
    assert value_of(row.lhs) < 0.5
    assert value_of(row.rhs) > 450


@pytest.mark.statement("I3-range", kind="exact")
def test_scores_out_of_the_range_of_the_slope_in_fractions():
    """I3: S(z₂) = ±3, f = (t − 1)²/2, w = (2, 0): the excess is 5/2, E B_f(1, w) is 1/2."""
    row = evaluated("I3-range", INDEPENDENT, np.array([[3.0, -3.0], [3.0, -3.0]]))
    assert agrees(row.lhs, Fraction(5, 2))
    assert agrees(row.rhs, HALF)


@pytest.mark.statement("I3", "I3-kink", kind="exact")
def test_scores_at_a_kink_in_fractions():
    """I3: total variation, r = 3/2 and 1/2, S = ±1/4, w = 1: the excess is 1/8, and 1/4 with the middle slope."""
    score = np.array([[0.25, -0.25], [-0.25, 0.25]])
    model = FiniteModel(np.array(TABLE, dtype=float))
    row = evaluated("I3-kink", model, score)
    assert agrees(row.lhs, EIGHTH)
    assert agrees(row.rhs, Fraction(1, 4))
    assert evaluated("I3", model, score, "total_variation").holds


@pytest.mark.statement("I1-projection", kind="exact")
def test_a_law_of_z2_given_t_that_is_no_projection_costs_more():
    model, labels = random_model(3, 3, np.random.default_rng(3)), np.array([0, 0, 1])
    truth = model.reduced(labels).joint / model.reduced(labels).marginal1[:, None]
    at_truth = evaluated("I1-projection", model, labels, truth[labels], "kl")
    assert at_truth.slack == pytest.approx(0, abs=1e-14)
    off = evaluated("I1-projection", model, labels, 0.9 * truth[labels] + 0.1 / 3, "kl")
    assert off.slack > 1e-4


def test_the_rate_of_the_limit():
    """I9: K (𝓔_∞ − 𝓔_K) → ½ E_⊗(r − w)² and K (L_K − R) → ½ (χ² − E_⊗(r − w)²)."""
    rng = np.random.default_rng(5)
    model, score = random_model(2, 2, rng), rng.normal(size=(2, 2)) / 2
    weight = normalised_score(model, score)
    square = float(np.sum(model.product * (model.ratio - weight) ** 2))
    chi2 = float(np.sum(model.product * (model.ratio - 1) ** 2))
    for K, close in ((100, 0.1), (1000, 0.01)):
        loss = excess_risk(model, score, np.inf) - excess_risk(model, score, K)
        assert K * loss == pytest.approx(square / 2, rel=close)
        gap = infonce_risk(model, score, K) - infonce_risk(model, score, np.inf)
        assert K * gap == pytest.approx((chi2 - square) / 2, rel=close)


@pytest.mark.statement("I9-excess", kind="exact")
def test_the_rate_has_the_right_constant():
    """I9-excess comes near equality on the family that makes B4 sharp, once K is large against M."""
    model, score = sharp_family(1.5, 1e-3)
    assert 0.95 < ratio(evaluated("I9-excess", model, score, 12)) <= 1.01


@pytest.mark.statement("A4", "A4-infonce", "G6-sufficiency", "I1-offset", kind="exact")
def test_no_score_of_a_constant_statistic_is_better_than_a_constant():
    """r = 3/2, 1/2, T constant, S = 0: excess and Suff are ½ · ¼ for (t − 1)²/2, ¾ log 3/2 + ¼ log ½ for KL."""
    model, zero, half = FiniteModel(np.array(TABLE, dtype=float)), np.zeros((2, 2)), divergence("alpha(2)")
    kl = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert sides("A4", model, CONSTANT, zero, half) == known(EIGHTH, EIGHTH)
    assert sides("A4-infonce", model, CONSTANT, zero) == known(kl, kl)
    assert sides("G6-sufficiency", model, CONSTANT, zero, 2) == known(EIGHTH, EIGHTH)
    assert sides("I1-offset", model, CONSTANT, np.array([1.0, -2.0]), half) == known(EIGHTH, EIGHTH)


@pytest.mark.statement("I1-projection", "I1-pythagoras", "I2-only", "I4", kind="exact")
def test_squares_in_fractions():
    """f = (t − 1)²/2, r = 3/2, 1/2, T constant: Q = (3/4, 1/4) has mean squares 1/2 from r and 1/4 from r_T = 1.

    I4: E TV = 1/4 = √(1/8 / 2); I2 on independent bits, where w = (3/2, 1/2) has E|1 − w| = 1/2.
    """
    model, half = FiniteModel(np.array(TABLE, dtype=float)), divergence("alpha(2)")
    law = np.array([[0.75, 0.25], [0.75, 0.25]])
    assert sides("I1-projection", model, CONSTANT, law, half) == known(2 * EIGHTH, EIGHTH)
    assert sides("I1-pythagoras", model, CONSTANT, law, half) == known(2 * EIGHTH, EIGHTH + EIGHTH)
    assert sides("I4", model, CONSTANT, half) == known(2 * EIGHTH, 2 * EIGHTH)
    score = np.array([[0.5, -0.5], [0.5, -0.5]])
    assert sides("I2-only", INDEPENDENT, score, half) == known(HALF * HALF**2, EIGHTH)


@pytest.mark.statement("B1-only", "I9", "I9-below", "I9-excess", "I9-symmetric", kind="exact")
def test_two_candidates_of_two_independent_bits():
    """e^S = (3, 1), w = (3/2, 1/2), K = 2: R = 𝓔_∞ = ½ log 4/3 and L = 𝓔_2 = ¼ log 4/3, as half the pairs differ.

    M = 3/2; the other direction has a score of the anchor alone, which costs nothing.
    """
    unit, score = np.log(4 / 3), np.log([[3.0, 1.0], [3.0, 1.0]])
    assert sides("I9", INDEPENDENT, score, 2) == known(unit / 4, 3 * unit / 8)
    assert sides("I9-excess", INDEPENDENT, score, 2) == known(unit / 4, 3 * unit / 8)
    assert sides("I9-symmetric", INDEPENDENT, score, 2) == known(unit / 8, 3 * unit / 16)
    assert sides("I9-below", INDEPENDENT, score, 2) == known(-unit / 4, np.log(15 / 16) / 2)
    assert sides("B1-only", INDEPENDENT, np.log([3.0, 1.0]), 2) == known(unit / 8, unit / 8)
