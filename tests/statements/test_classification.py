"""D: are the constants the smallest? Families on which the inequalities become equalities."""

import math

import numpy as np
import pytest

from simsuff import statements
from simsuff.downstream import FiniteClassification
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import value_of
from simsuff.population.sharpness import sharp_family
from simsuff.verdicts import Verdict


@pytest.mark.parametrize("name", ["squared_hellinger", "reverse_kl"])
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


def test_pinsker_is_attained_by_nearby_laws():
    """D3: P(y | x) = ½ ± δ against ½: distance 2δ, √(2 KL) = 2δ (1 + O(δ²))."""
    delta = 1e-3
    law = np.array([[0.5 + delta, 0.5 - delta], [0.5 - delta, 0.5 + delta]])
    task = FiniteClassification.from_augmentation(law / 2, np.eye(2))
    row = statements.get("D3-pinsker").evaluate(task, np.array([0, 0]), np.array([[0.5, 0.5]]))
    assert row.verdict is Verdict.HOLDS
    assert value_of(row.lhs) == pytest.approx(2 * delta)
    assert value_of(row.lhs) / value_of(row.rhs) == pytest.approx(1, abs=delta**2)


def test_twice_the_augmentation_error_is_needed():
    """D1: T constant, y = x a uniform bit, BSC(p): (X_T − Suff)/ε = h(2p(1 − p))/h(p), 1.74 at p = .01."""
    p = 1e-2
    task = FiniteClassification.from_augmentation(np.diag([0.5, 0.5]), [[1 - p, p], [p, 1 - p]])
    row = statements.get("D1").evaluate(task, np.array([0, 0]))
    sufficiency = value_of(row.rhs) - 2 * task.epsilon_kl
    entropy = lambda q: -q * math.log(q) - (1 - q) * math.log1p(-q)  # noqa: E731
    ratio = (value_of(row.lhs) - sufficiency) / task.epsilon_kl
    assert ratio == pytest.approx(entropy(2 * p * (1 - p)) / entropy(p), rel=1e-12)
    assert ratio > 1.73


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
