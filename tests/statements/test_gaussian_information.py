"""E1–E3 on models whose correlations are nearly one, or whose covariances are nearly singular."""

import numpy as np
import pytest

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


@pytest.mark.parametrize("name", ["noise .005", "noise .03", "condition 1e+04, 0", "rho .999, 1"])
def test_closed_forms_agree_with_quadrature_near_perfect_correlation(name):
    for div in ("kl", "js", "squared_hellinger"):
        assert str(statements.get("E1").evaluate(MODELS[name], divergence(div)).verdict) == "holds"


@pytest.mark.parametrize("noise", [1e-6, 1e-4, 0.001, 0.005, 0.1, 3.0])
@pytest.mark.parametrize("signals", [[1.0], [2.0, 2.0]], ids=len)
def test_the_quadrature_states_what_it_rounds_and_no_absurd_bound(noise, signals):
    model = GaussianModel.additive_noise(signals, noise)
    for div in ("kl", "reverse_kl", "chi2", "squared_hellinger"):
        row = statements.get("E1").evaluate(model, divergence(div))
        assert abs(row.lhs.value - row.rhs.value) <= 0.6 * (row.lhs.error + row.rhs.error), div
        assert row.lhs.error <= 1e-9 * row.lhs.value or div == "chi2"
