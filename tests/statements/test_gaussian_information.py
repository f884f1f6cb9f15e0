"""E1–E3 on models whose correlations are nearly one, or whose covariances are nearly singular; E1–E7 by hand."""

from math import exp, log

import numpy as np
import pytest
from by_hand import case, known, sides

from simsuff import statements
from simsuff.divergences import divergence
from simsuff.models import GaussianModel


def _general(seed, condition):
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((6, 6)))[0]
    joint = (turn * np.geomspace(1, 1 / condition, 6)) @ turn.T
    joint = (joint + joint.T) / 2
    return GaussianModel(joint[:3, :3], joint[:3, 3:], joint[3:, 3:])


def _mixed(seed, rho):
    """Correlations up to `rho` behind random invertible maps of both views."""
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, 3, 3))
    cross = np.diag([rho, rho / 2, rho / 3])
    return GaussianModel(first @ first.T, first @ cross @ second.T, second @ second.T)


MODELS = {
    "noise .005": GaussianModel.additive_noise([1.0], 0.005),
    "noise .03": GaussianModel.additive_noise([1.0, 0.5, 0.3], 0.03),
    "noise 1e-8": GaussianModel.additive_noise([1.0, 0.5], 1e-8),
    **{f"condition {c:.0e}, {s}": _general(s, c) for c in (1e2, 1e4, 1e8, 1e12) for s in range(5)},
    **{f"rho .999, {s}": _mixed(s, 0.999) for s in range(20)},
}


@pytest.mark.statement("E1-chi2", "E2", "E2-chi2", "E2-squared_hellinger", "E3", "E3-value", "E3-value-chi2")
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_true_statements_are_not_violated_by_rounding(model):
    size = model.shape[0]
    weight = np.random.default_rng(0).standard_normal((max(1, size - 1), size))
    found = [
        *(statements.get(i).evaluate(model, weight) for i in ("E2", "E2-chi2", "E2-squared_hellinger")),
        statements.get("E1-chi2").evaluate(model),
        statements.get("E3").evaluate(model, weight, divergence("kl")),
        *(statements.get(i).evaluate(model, 1) for i in ("E3-value", "E3-value-chi2")),
    ]
    assert [c.statement for c in found if str(c.verdict) != "holds"] == []


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("name", ["noise .005", "noise .03", "condition 1e+04, 0", "rho .999, 1"])
def test_closed_forms_agree_with_quadrature_near_perfect_correlation(name):
    for div in ("kl", "js", "squared_hellinger"):
        assert str(statements.get("E1").evaluate(MODELS[name], divergence(div)).verdict) == "holds"


@pytest.mark.statement("E1", kind="exact")
@pytest.mark.parametrize("noise", [1e-6, 1e-4, 0.001, 0.005, 0.1, 3.0])
@pytest.mark.parametrize("signals", [[1.0], [2.0, 2.0]], ids=len)
def test_the_quadrature_states_what_it_rounds_and_no_absurd_bound(noise, signals):
    model = GaussianModel.additive_noise(signals, noise)
    for div in ("kl", "reverse_kl", "chi2", "squared_hellinger"):
        row = statements.get("E1").evaluate(model, divergence(div))
        assert abs(row.lhs.value - row.rhs.value) <= 0.6 * (row.lhs.error + row.rhs.error), div
        assert row.lhs.error <= 1e-9 * row.lhs.value or div == "chi2"


def mutual(*correlations):
    """−½ Σ log(1 − ρ²)."""
    return -sum(log(1 - rho**2) for rho in correlations) / 2


# ρ = 3/5: ρ/(1 − ρ²) = 15/16, ρ²/2(1 − ρ²) = 9/32, and −½ log(1 − ρ²) = log 5/4.
ONE, TWO = GaussianModel.from_correlations([0.6]), GaussianModel.from_correlations([0.8, 0.1])
# The point u = 2, v = 1: 15/16 · 2 − 9/32 · (4 + 1) = 15/32.
POINT, PMI = (np.array([[2.0]]), np.array([[1.0]])), log(5 / 4) + 15 / 32
# s = (3, 1), σ = 1, θ = (1, 2): ρ = (3/4, 1/2).
NOISY = np.array([3.0, 1.0]), 1.0, np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("id", "arguments", "lhs", "rhs"),
    [
        # ⟨Wz₁, Wz₂⟩ = .1 u₂v₂: the excess is I + ½b² − bρ at b = ρ = .1, and Wz loses the first coordinate.
        case("A4-bilinear", (TWO, np.array([[0.0, 0.1**0.5]])), mutual(0.8, 0.1) - 0.1**2 / 2, mutual(0.8)),
        case("E1-chi2", (TWO,), 1 / (1 - 0.64) / (1 - 0.01), exp(2 * mutual(0.8, 0.1))),
        # T = ⅗u₁ + ⅘u₂ has the squared correlation .36 · .64 + .64 · .01.
        case(
            "E3",
            (TWO, np.array([[0.6, 0.8]]), divergence("kl")),
            mutual(0.8, 0.1) - mutual((0.36 * 0.64 + 0.64 * 0.01) ** 0.5),
            mutual(0.1),
        ),
        case("E4", (ONE, *POINT), PMI, PMI),
        case("E4-densities", (ONE, *POINT), PMI, PMI),
        case("E5-ii", (ONE, *POINT), PMI, PMI),
        # 0, ±1 and c = 9/16: b(1) = −9/32, δ = 1, the weights are (−1, 1, 1), and the form is 9/16 − 2 · 9/16.
        case("E5-iii", (0.6, 9 / 16, 1.0), -9 / 16, -9 / 16),
        # At u = v = 0, Σ (3/5)^{2k} C(2k, k)/4^k = (1 − 9/25)^(−1/2).
        case("E5-iv", (0.6, np.zeros((1, 1)), np.zeros((1, 1)), 80), 5 / 4, 5 / 4),
        # r(±1, ±1) = 5/4 e^{3/8} and r(1, −1) = 5/4 e^{−3/2}: of r − 1 the vector (1, 1) has the lesser eigenvalue.
        case("E5-v", (ONE, np.array([[1.0], [-1.0]])), 5 / 4 * (exp(3 / 8) + exp(-3 / 2)) - 2, 0),
        case("E7", NOISY, 5, 5),
        # θ₂² ρ₂² (s₂ + σ²) = 4 · ¼ · 2, and Σ θ²s(1 − ρ) = ¾ + 2.
        case("E7-gap", (*NOISY, 1), 2, 2),
        case("E7-risk", (*NOISY, 1), 2 + 11 / 4, 2 + 11 / 4),
    ],
)
def test_correlations_of_a_few_digits(id, arguments, lhs, rhs):
    """A4, E1–E7 at ρ = ⅗, at ρ = (.8, .1) and with additive noise: both sides by hand."""
    assert sides(id, *arguments) == known(lhs, rhs)
