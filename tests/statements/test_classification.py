"""D: are the constants the smallest? Families on which the inequalities become equalities, and a bit seen with errors."""

import math

import numpy as np
import pytest
from by_hand import case, entropy, known, sides

from simsuff import statements
from simsuff.downstream import FiniteClassification, FiniteRegression
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import value_of
from simsuff.population.sharpness import sharp_family
from simsuff.verdicts import Verdict


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.statement(f"D2-{name}", kind="exact"))
        for name in ("squared_hellinger", "reverse_kl")
    ],
)
@pytest.mark.parametrize("M", [4.0, 100.0])
def test_floor_of_the_curvature_is_attained(name, M):
    """D2: r = M(1 ± δ) on the cells that T merges: Suff_KL κ/Suff_f → 1, κ = M f''(M), as δ → 0.

    The floor is taken at sup r = M(1 + δ), so that the ratio is 1 up to a few δ.
    """
    delta = 1e-2
    model, _ = sharp_family(M, delta)
    joint = 0.999 * model.joint + 0.001 * np.outer(
        model.marginal1, model.marginal2
    )  # f(0) of reverse_kl is infinite
    row = statements.get(f"D2-{name}").evaluate(FiniteModel(joint), np.array([0, 0, 1]))
    assert row.verdict is Verdict.HOLDS
    assert value_of(row.lhs) / value_of(row.rhs) == pytest.approx(1, abs=3 * delta)


@pytest.mark.statement("D3-pinsker", kind="exact")
def test_pinsker_is_attained_by_nearby_laws():
    """D3: P(y | x) = ½ ± δ against ½: distance 2δ, √(2 KL) = 2δ (1 + O(δ²))."""
    delta = 1e-3
    law = np.array([[0.5 + delta, 0.5 - delta], [0.5 - delta, 0.5 + delta]])
    task = FiniteClassification.from_augmentation(law / 2, np.eye(2))
    row = statements.get("D3-pinsker").evaluate(task, np.array([0, 0]), np.array([[0.5, 0.5]]))
    assert row.verdict is Verdict.HOLDS
    assert value_of(row.lhs) == pytest.approx(2 * delta)
    assert value_of(row.lhs) / value_of(row.rhs) == pytest.approx(1, abs=delta**2)


@pytest.mark.statement("D1", kind="exact")
def test_twice_the_augmentation_error_is_needed():
    """D1: T constant, y = x a uniform bit, BSC(p): (X_T − Suff)/ε = h(2p(1 − p))/h(p), 1.74 at p = .01."""
    p = 1e-2
    task = FiniteClassification.from_augmentation(np.diag([0.5, 0.5]), [[1 - p, p], [p, 1 - p]])
    row = statements.get("D1").evaluate(task, np.array([0, 0]))
    sufficiency = value_of(row.rhs) - 2 * task.epsilon_kl
    ratio = (value_of(row.lhs) - sufficiency) / task.epsilon_kl
    assert ratio == pytest.approx(entropy(2 * p * (1 - p)) / entropy(p), rel=1e-12)
    assert ratio > 1.73


@pytest.mark.statement("D2-no_floor", kind="exact")
def test_no_multiple_of_chi2_is_enough_without_a_floor():
    """D2: cells r_T ~ s, r ~ (1 ± ½)s: the KL loss falls like s, the χ² loss like s²."""
    ratios = []
    for s in (1e-2, 1e-4):
        low = np.array([[1.5, 0.5], [0.5, 1.5]]) * s / 16
        table = np.block([[low, np.full((2, 1), 0.25)], [np.full((1, 2), 0.25), np.zeros((1, 1))]])
        model = FiniteModel(table / table.sum())
        row = statements.get("D2-no_floor").evaluate(model, np.array([0, 0, 1]), 1.0)
        ratios.append(value_of(row.lhs) / value_of(row.rhs))
    assert ratios[1] / ratios[0] == pytest.approx(100, rel=0.1)


# y = x is a fair bit, and z differs from it with probability ⅛: r = 1 ± ρ, ρ = 9/16, and T is constant.
ERROR, RHO, CONSTANT = 1 / 8, 9 / 16, np.array([0, 0])
CHANNEL = np.array([[1 - ERROR, ERROR], [ERROR, 1 - ERROR]])
# The same, with the first symbol halved.
SPLIT_CHANNEL = CHANNEL[:, [0, 0, 1]] * [0.5, 0.5, 1]
BIT = FiniteClassification.from_augmentation(np.eye(2) / 2, CHANNEL)
LOST, NOISE = math.log(2) - entropy(2 * ERROR * (1 - ERROR)), entropy(ERROR)
# η(z) = ¾ on z, ¼ on the other label; a sure label has the same KL and D₂ from it.
GUESS = np.array([[0.75, 0.25], [0.25, 0.75]])
CROSS = -(1 - ERROR) * math.log(0.75) - ERROR * math.log(0.25)


@pytest.mark.parametrize(
    ("id", "arguments", "lhs", "rhs"),
    [
        # z₂ — y — z₁ is a chain, so that I(z₁; z₂) + I(y; z₁ | z₂) = I(y; z₁): both sides meet.
        case("D1-label", (BIT, CONSTANT), math.log(2) - NOISE, math.log(2) - NOISE),
        case("D1-renyi", (BIT, CONSTANT, GUESS), math.log(2), LOST + 2 * CROSS),
        case("D1-label_function", (BIT, GUESS), CROSS, CROSS),
        case(
            "D1-exact",
            (np.array([0.5, 0.5]), SPLIT_CHANNEL, np.array([[0.25, 0.75], [0.5, 0.5], [0, 1]]), np.eye(2)),
            NOISE,
            NOISE,
        ),
        case("D2", (BIT, CONSTANT), math.log(2), RHO**2 / 2 / (1 - RHO) + 2 * NOISE),
        case("D2-alpha(2)", (BIT.views, CONSTANT), LOST, RHO**2 / 2 / (1 - RHO)),
        # argmax h errs half of the time, and ‖P(y|x) − h‖₁ is 3/2 or ½.
        case("D3-distance", (BIT, CONSTANT, np.array([[0.25, 0.75]])), 1 / 2, 1),
        case(
            "D4", (FiniteRegression(BIT.views, [1.0, -1.0], [1.0, -1.0]), CONSTANT), RHO, 2 * (LOST + NOISE)
        ),
    ],
)
def test_a_bit_that_is_seen_with_errors(id, arguments, lhs, rhs):
    """D1–D4 with T constant: X_T = log 2, ε_KL = h(⅛), Suff_KL = log 2 − h(2 · ⅛ · ⅞) = LOST, Suff_χ² = ρ²/2."""
    assert sides(id, *arguments) == known(lhs, rhs)
