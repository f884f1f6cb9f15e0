"""R_f with its offset: closed forms, the missing root of reverse KL, bad scores."""

import numpy as np
import pytest

from simsuff import Divergence, FiniteModel, FiniteStack
from simsuff.divergences import DIVERGENCES, divergence
from simsuff.models.finite.random import random_model
from simsuff.numerics.numbers import ROUNDING
from simsuff.sufficiency.contrastive_risk import contrastive_risk, least_risk, score_weights

RNG = np.random.default_rng(7)
MODEL, SCORE = random_model(3, 4, RNG), RNG.normal(size=(3, 4))
COUPLED = FiniteModel([[0.5, 0.0], [0.0, 0.5]])


@pytest.mark.statement("I2-offset", kind="exact")
def test_the_kl_risk_is_a_log_mean_exp():
    expected = MODEL.marginal1 @ np.log(np.exp(SCORE) @ MODEL.marginal2) - np.sum(MODEL.joint * SCORE)
    found = contrastive_risk(MODEL, SCORE, "kl")
    assert abs(found - expected) <= found.error < 1e-12


@pytest.mark.statement("I2-offset", kind="exact")
def test_the_chi2_risk_is_a_variance():
    """As long as no S − c is below f'(0+) = −1."""
    small = SCORE / 5
    mean = small @ MODEL.marginal2
    variance = (small - mean[:, None]) ** 2 @ MODEL.marginal2
    expected = MODEL.marginal1 @ (mean + variance / 2) - np.sum(MODEL.joint * small)
    found = contrastive_risk(MODEL, small, "alpha(2)")
    assert abs(found - expected) <= found.error < 1e-12
    weights = score_weights(MODEL, small, "alpha(2)")
    np.testing.assert_allclose(weights.weight, 1 + small - mean[:, None], rtol=1e-13)


@pytest.mark.parametrize("name", [name for name in DIVERGENCES if name != "total_variation"])
def test_weights_average_to_one(name):
    found = score_weights(MODEL, 3 * SCORE, name)
    np.testing.assert_allclose(found.weight @ MODEL.marginal2, 1.0, rtol=1e-12)
    f = divergence(name)
    inside = found.weight > 0
    np.testing.assert_allclose(
        f.derivative(found.weight)[inside], found.slope[inside], rtol=1e-11, atol=1e-13
    )


def test_the_largest_score_takes_what_total_variation_leaves_over():
    """S = (2, 0): at the best offset the first symbol has slope ½, where w may be any ratio from 1 on."""
    model = FiniteModel([[0.25, 0.75]])
    found = contrastive_risk(model, np.array([[2.0, 0.0]]), "total_variation")
    assert found == pytest.approx(0.75, abs=1e-9)  # c = 3/2: ¼·½ − ¾·½ + 3/2 − ¼·2


def test_a_kink_of_a_strictly_convex_f_is_a_flat_piece_of_the_weights():
    """f = (t − 1)² + |t − 1|: slopes within 1 of 0 have weight 1, and S = ±2 has w = 1 ± ½."""
    kinky = Divergence("kinky", "abs(t - 1) + (t - 1)**2")
    model = FiniteModel([[0.5, 0.5]])
    np.testing.assert_allclose(score_weights(model, np.array([[0.5, -0.5]]), kinky).weight, 1.0, rtol=1e-12)
    np.testing.assert_allclose(
        score_weights(model, np.array([[2.0, -2.0]]), kinky).weight, [[1.5, 0.5]], rtol=1e-12
    )


@pytest.mark.statement("I2", kind="exact")
@pytest.mark.parametrize("score", [-1.0, -5.0])
def test_pairs_that_never_occur_may_have_any_low_score(score):
    """I2: f = (t − 1)²/2 and r = (2, 0) on a 2 × 2 table; R_f = −½ for scores of −1 and of −5 off the diagonal."""
    table = np.array([[1.0, score], [score, 1.0]])
    assert contrastive_risk(COUPLED, table, "alpha(2)") == pytest.approx(-0.5, abs=1e-13)
    assert contrastive_risk(COUPLED, np.array([[1.0, -0.5], [-0.5, 1.0]]), "alpha(2)") > -0.49


def test_the_offset_equation_of_reverse_kl_loses_mass_in_the_limit():
    """P₂ uniform in the unit ball of R³, S = −κ|z|²: E w = 3/κ at the least offset, so 1 − 3/κ goes to the centre."""
    kappa, missing = 6.0, []
    for shells in (40, 200, 1_000):
        edges = np.linspace(0, 1, shells + 1)
        law = np.diff(edges**3)
        middle = np.concatenate([[0.0], (edges[1:-1] + edges[2:]) / 2])
        found = score_weights(FiniteModel(law[None]), -kappa * middle[None] ** 2, "reverse_kl")
        # w = 1/(1 − s) loses the digits of s near 1.
        rounding = 8 * float(np.finfo(float).eps) * found.weight.max()
        np.testing.assert_allclose(found.weight[0] @ law, 1.0, rtol=rounding)
        missing.append(found.weight[0, 0] * law[0])
    errors = np.abs(np.array(missing) - (1 - 3 / kappa))
    assert errors[2] < 2e-3
    assert errors[2] < errors[1] / 4 < errors[0] / 16


@pytest.mark.statement("I2", "P1", kind="exact")
@pytest.mark.parametrize("name", ["kl", "le_cam", "total_variation"])
def test_the_least_risk_is_minus_the_information(name):
    score, infimum = least_risk(MODEL, name)
    information = MODEL.information(divergence(name))
    assert abs(infimum + information) <= infimum.error + information.error
    risk = contrastive_risk(MODEL, score + np.array([[3.0], [-1.0], [0.0]]), name)
    assert abs(risk + information) <= risk.error + information.error


def test_the_least_risk_where_pairs_never_occur():
    """I_f = ½ for r = (2, 0) and f = (t − 1)²/2; off the diagonal the best score is the highest of the best, f'(0+)."""
    score, infimum = least_risk(COUPLED, "alpha(2)")
    assert infimum == pytest.approx(-0.5, abs=1e-13)
    np.testing.assert_allclose(score, [[1.0, -1.0], [-1.0, 1.0]], atol=1e-6)


@pytest.mark.parametrize(("name", "doubtful"), [("reverse_kl", True), ("total_variation", False)])
def test_a_slope_that_rounds_to_that_of_no_ratio_is_doubtful(name, doubtful):
    """P₂ = (2⁻⁶⁰, 1 − 2⁻⁶⁰), S = (9, 0): w of the first is of the order of 2⁶⁰, and 1 − 1/w rounds to f'(∞) = 1."""
    found = score_weights(FiniteModel([[2.0**-60, 1.0 - 2.0**-60]]), np.array([[9.0, 0.0]]), name)
    assert found.doubt.tolist() == [[np.inf if doubtful else 0.0, 0.0]]
    assert not score_weights(MODEL, SCORE, name).doubt.any()


def test_the_slope_of_an_affine_end_is_like_any_other():
    """f = (t − 1)² up to t = 2 and its tangent 2t − 3 beyond: w of the first symbol, of probability ¼, may exceed 2."""
    huber = Divergence("huber", "(t - 1)**2 - max(t - 2, 0)**2")
    found = score_weights(FiniteModel([[0.25, 0.75]]), np.array([[9.0, 0.0]]), huber)
    np.testing.assert_allclose(found.slope, [[2.0, -7.0]])
    assert not found.doubt.any()


def test_one_score_serves_all_models_of_a_stack():
    models = [random_model(3, 4, RNG) for _ in range(3)]
    stack = FiniteStack([model.joint for model in models])
    found, weights = contrastive_risk(stack, SCORE, "kl"), score_weights(stack, SCORE, "kl").weight
    for i, model in enumerate(models):
        assert found[i] == pytest.approx(float(contrastive_risk(model, SCORE, "kl")), rel=1e-12)
        np.testing.assert_allclose(weights[i], score_weights(model, SCORE, "kl").weight, rtol=1e-12)
    for score in (np.zeros((2, 3, 4)), np.zeros((1, 3, 3, 4)), np.zeros(4)):
        with pytest.raises(ValueError, match=r"score must broadcast to \(3, 3, 4\)"):
            contrastive_risk(stack, score, "kl")
    with pytest.raises(ValueError, match=r"score must broadcast to \(3, 4\)"):
        contrastive_risk(MODEL, np.zeros((3, 3, 4)), "kl")


def test_symbols_without_mass_may_have_any_score():
    model = FiniteModel([[0.4, 0.2, 0.0], [0.1, 0.3, 0.0], [0.0, 0.0, 0.0]])
    table = np.array([[1.0, -1.0, 50.0], [0.5, 0.2, -np.inf], [-np.inf] * 3])
    small = FiniteModel([[0.4, 0.2], [0.1, 0.3]])
    for name in ("kl", "js"):
        risk = contrastive_risk(model, table, name)
        assert abs(risk - contrastive_risk(small, table[:2, :2], name)) <= risk.error < 1e-12


def test_a_stack_has_the_risks_of_its_models():
    models = [random_model(3, 4, RNG) for _ in range(5)]
    scores = RNG.normal(size=(5, 3, 4))
    found = contrastive_risk(FiniteStack([model.joint for model in models]), scores, "js")
    for i, model in enumerate(models):
        alone = contrastive_risk(model, scores[i], "js")
        assert abs(found[i] - alone) <= ROUNDING * abs(alone)


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (np.zeros((2, 2)), r"score must broadcast to \(3, 4\): shape = \(2, 2\)"),
        (np.full((3, 4), np.nan), r"score must be finite or -inf: score\[0, 0\] = nan"),
        (np.full((3, 4), np.inf), "remove NaN and [+]inf entries"),
        (np.full((3, 4), -np.inf), "give each row a finite score on P2's support"),
    ],
)
def test_bad_scores_are_refused(score, message):
    for function in (contrastive_risk, score_weights):
        with pytest.raises(ValueError, match=message):
            function(MODEL, score, "kl")
