"""W1–W3: attaining families and counterexamples of the topic example, with exact numbers."""

import runpy
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from by_hand import known, sides

from simsuff import statements
from simsuff.models import FiniteModel, WordDropoutModel
from simsuff.numerics.numbers import value_of
from simsuff.statements.word_dropout import centred_encoder, word_scores
from simsuff.verdicts import Verdict


def evaluate(id, *arguments):
    return statements.get(id).evaluate(*arguments)


@pytest.mark.statement("W2-offset", kind="exact")
def test_the_offset_is_needed_and_the_bound_without_it_is_attained():
    """W2-offset: the M − 1 kernel directions, one more beside them, and ω = (S/2)(S − M − 1)/(S − M)."""
    model = WordDropoutModel.balanced(3, 4, np.random.default_rng(0))
    size, spare = model.vocabulary, model.vocabulary - 3
    values, vectors = np.linalg.eigh(model.to_finite().ratio - 1)
    scale2 = size / 2 * (spare - 1) / spare
    weight = (vectors[:, -3:] * np.sqrt(values[-3:] - scale2)).T
    row = evaluate("W2-offset", model, weight, np.sqrt(scale2))
    assert value_of(row.lhs) == pytest.approx((spare - 1) / (8 * spare), rel=1e-12)
    assert row.verdict is Verdict.HOLDS
    moved = evaluate("W2-offset", model, weight, np.sqrt(scale2) * 1.01)
    assert value_of(moved.lhs) > value_of(moved.rhs)


@pytest.mark.statement("W2", kind="exact")
def test_the_gold_encoder_misses_by_a_half_without_the_offset_and_not_at_all_with_it():
    model = WordDropoutModel.balanced(2, 3, np.random.default_rng(1))
    encoder = model.gold / np.sqrt(2), np.sqrt(model.vocabulary / 2)
    assert value_of(evaluate("W2-offset", model, *encoder).lhs) == pytest.approx(1 / 2)
    assert abs(value_of(evaluate("W3-sufficiency", model, *encoder).rhs)) <= 1e-28


@pytest.mark.statement("W2-norm", kind="exact")
def test_norms_are_attained_by_words_that_tell_their_topic():
    row = evaluate("W2-norm", WordDropoutModel.balanced(3, 2, np.random.default_rng(0), own=1.0))
    assert value_of(row.lhs) == pytest.approx(value_of(row.rhs), rel=1e-14)


@pytest.mark.statement("W3", "W3-taylor", kind="exact")
def test_the_taylor_step_is_twice_too_much():
    """Two equal words that are independent, S = 1{z₁ = z₂}: the excess is ⅛, the mean square ¼, in fractions."""
    half = Fraction(1, 2)
    risk = -half + (half + half * Fraction(1, 4))  # −E₁₂S + E S + ½ Var S
    least = -Fraction(1) + Fraction(1)  # S = r = 1
    square = Fraction(1, 4)  # of S − 1 + ½ = ±½
    assert (risk - least, square) == (Fraction(1, 8), Fraction(1, 4))
    row = evaluate("W3-taylor", FiniteModel(np.full((2, 2), 0.25)), np.eye(2))
    assert (value_of(row.lhs), value_of(row.rhs)) == (0.125, 0.25)
    assert row.verdict is Verdict.VIOLATED
    assert evaluate("W3", FiniteModel(np.full((2, 2), 0.25)), np.eye(2)).verdict is Verdict.HOLDS


def test_a_constant_for_each_anchor_costs_nothing():
    model, rng = (
        FiniteModel(np.random.default_rng(0).dirichlet(np.ones(12)).reshape(3, 4)),
        np.random.default_rng(1),
    )
    score = rng.standard_normal((3, 4))
    one, other = (evaluate("W3", model, table) for table in (score, score + rng.standard_normal((3, 1))))
    assert value_of(one.lhs) == pytest.approx(value_of(other.lhs), rel=1e-12)


@pytest.mark.statement("W3-sufficiency", kind="exact")
def test_an_injective_encoder_is_sufficient_whatever_its_weight():
    model = WordDropoutModel.balanced(2, 3, np.random.default_rng(0))
    with_words = evaluate("W3-sufficiency", model, np.zeros((2, 6)), 1.0)
    without = evaluate("W3-sufficiency", model, np.zeros((2, 6)), 0.0)
    assert value_of(with_words.lhs) == 0.0
    assert value_of(without.lhs) == pytest.approx(float(model.information("alpha(2)")))
    assert value_of(without.lhs) == pytest.approx(value_of(without.rhs))


def test_words_that_are_not_equally_likely_are_refused():
    model = WordDropoutModel([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    with pytest.raises(ValueError, match=r"have equally likely words.*from_posteriors"):
        evaluate("W2", model)


@pytest.mark.statement("W2-centred", kind="exact")
def test_without_an_output_for_constants_the_score_is_the_ratio_less_a_half():
    model = WordDropoutModel.balanced(3, 2, np.random.default_rng(0))
    encoder = centred_encoder(model)
    assert encoder.weight.shape == (2, 6)
    score = word_scores(model, encoder.weight, encoder.scale)
    np.testing.assert_allclose(score, model.to_finite().ratio - 0.5, atol=1e-14)


@pytest.mark.statement("W1", kind="exact")
def test_the_ratio_of_two_words_in_fractions():
    """W1: β = (½, ½), (0, 1): P(0) = ¼, p(0) = (1, 0), p(1) = (⅓, ⅔); views keep one word or two of four.

    P(0, 0) = ½ · ¼ + ½ · ⅛ = 3/16 is 3 times 1/16, and Σ p²/π = 2, 2/3, 10/9 for (0, 0), (0, 1), (1, 1).
    """
    model = WordDropoutModel([[0.5, 0.5], [0.0, 1.0]])
    apart, kept = [[2, Fraction(2, 3)], [Fraction(2, 3), Fraction(10, 9)]], [4, Fraction(4, 3)]
    formula = [[(apart[i][j] + (kept[i] if i == j else 0)) / 2 for j in (0, 1)] for i in (0, 1)]
    process = [[3, Fraction(1, 3)], [Fraction(1, 3), Fraction(11, 9)]]
    assert formula == process
    np.testing.assert_allclose(model.to_finite().ratio, np.array(process, dtype=float), rtol=1e-14)
    assert evaluate("W1", model).verdict is Verdict.HOLDS


@pytest.mark.statement("W1-uniform", "W2", kind="exact")
def test_the_ratio_of_two_equally_likely_words():
    """W1, W2: β = (¾, ¼), (¼, ¾): r = 13/8 = ½ · 5/4 + 1 on the diagonal, 3/8 = ½ · ¾ off it, and mean 1."""
    model = WordDropoutModel([[0.75, 0.25], [0.25, 0.75]])
    np.testing.assert_allclose(model.to_finite().ratio, [[13 / 8, 3 / 8], [3 / 8, 13 / 8]], rtol=1e-14)
    for id in ("W1-uniform", "W2"):
        assert any(sides(id, model) == known(r, r) for r in (13 / 8, 3 / 8))


@pytest.mark.statement("W6", kind="exact")
def test_the_limit_of_the_excess_is_that_of_differences_of_risks():
    """½ tr(H⁺V), with H and the influence of each pair of words from differences of the risk in θ and in the law."""
    law = WordDropoutModel.balanced(2, 3, np.random.default_rng(7), own=0.6)
    finite, best = law.to_finite(), centred_encoder(law)
    step, mass, size = 1e-3, 1e-4, len(law.states)
    axes = step * np.eye(best.parameters.size)

    def risk(joint, theta):
        """R(S_θ) on the law, with its best offset, by the definition."""
        u, v = best.with_parameters(theta).embed(law.states, law.states)
        scores, product = u @ v.T, np.outer(joint.sum(axis=1), joint.sum(axis=0))
        centred = scores - scores @ joint.sum(axis=0)[:, None]
        return np.sum(product * (centred + centred**2 / 2) - joint * centred)

    def gradient(joint):
        return np.array(
            [(risk(joint, best.parameters + a) - risk(joint, best.parameters - a)) / (2 * step) for a in axes]
        )

    def moved(a, b, sign):
        """The law with more or less of the pair, read both ways as the symmetric loss does."""
        point = np.zeros((size, size))
        point[a, b] += 0.5
        point[b, a] += 0.5
        return finite.joint + sign * mass * (point - finite.joint)

    influence = [
        [(gradient(moved(a, b, 1)) - gradient(moved(a, b, -1))) / (2 * mass) for b in range(size)]
        for a in range(size)
    ]
    covariance = np.einsum("abi,abj,ab->ij", influence, influence, finite.joint)
    hessian = [
        [
            sum(
                s * t * risk(finite.joint, best.parameters + s * first + t * second)
                for s in (1, -1)
                for t in (1, -1)
            )
            / (4 * step**2)
            for second in axes
        ]
        for first in axes
    ]
    expected = np.trace(np.linalg.pinv(hessian, rcond=1e-4, hermitian=True) @ covariance) / 2
    study = runpy.run_path(str(Path(__file__).parents[2] / "simulations" / "word_dropout.py"))
    # Central differences err by the square of their steps.
    assert study["excess_limit"](law) == pytest.approx(expected, rel=1e-4)
