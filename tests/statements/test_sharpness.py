"""Are the constants the best ones? On the attaining models, both sides meet."""

import numpy as np
import pytest

from simsuff import FiniteModel
from simsuff.downstream import FiniteClassification, FiniteRegression
from simsuff.numerics.numbers import ROUNDING
from simsuff.statements import get

CONSTANT = np.zeros(2, dtype=np.int64)


def two_points(target_x, target_z, flip=0.0):
    """x = ±1 with equal mass, z = x up to a flip, odd targets."""
    model = FiniteModel.from_views([0.5, 0.5], [[1 - flip, flip], [flip, 1 - flip]])
    return FiniteRegression(model, [-target_x, target_x], [-target_z, target_z])


def meets(row, relative=ROUNDING):
    assert row.verdict == "holds"
    assert row.slack <= relative * row.rhs, row


@pytest.mark.parametrize("c1", [1.1, 1.5, 2.0])
def test_explicit_predictor_attains_both_constants(c1):
    """U = ±1, V = ±1/c₁, T constant: c₁a² + c₂ε = 1/c₁ + c₂(1 − 1/c₁)² = 1."""
    meets(get("C1").evaluate(two_points(1.0, 1 / c1), CONSTANT, c1))


def test_optimised_constants_are_attained():
    meets(get("C1-optimal").evaluate(two_points(1.0, 0.75), CONSTANT))


@pytest.mark.parametrize("id", ["C2-chi2", "C2-alpha(2)", "C3-chi2", "C3-alpha(2)"])
def test_chi2_rows_are_attained(id):
    meets(get(id).evaluate(two_points(2.0, 1.0), CONSTANT))


def test_kl_row_is_attained_as_sufficiency_vanishes():
    """A flip of ½ − δ/2 gives r = 1 ± δ², so a² = δ⁴ and 2B² Suff_KL = δ⁴(1 + O(δ⁴))."""
    delta = 0.02
    meets(get("C2-kl").evaluate(two_points(1.0, 1.0, flip=(1 - delta) / 2), CONSTANT), relative=delta**4)


def test_conditional_total_variation_row_is_attained():
    """z = x = ±1 and T constant: a² = B² = 1, and the total variation is ½ for both symbols."""
    meets(get("C2-conditional_total_variation").evaluate(two_points(1.0, 1.0), CONSTANT))


def test_plug_in_classifier_attains_its_bound_as_labels_become_fair():
    """P(y | x) = ½ ± δ, z = x, T constant: the error is δ above Bayes, and X_T = 2δ²(1 + O(δ²))."""
    delta = 0.01
    joint = np.array([[1 + 2 * delta, 1 - 2 * delta], [1 - 2 * delta, 1 + 2 * delta]]) / 4
    task = FiniteClassification.from_augmentation(joint, np.eye(2))
    meets(get("D3").evaluate(task, CONSTANT), relative=delta**2)


def test_simple_rate_is_attained_at_two_candidates():
    for bound in (1.5, 10.0, 1e4):
        meets(get("B4-rate").evaluate(bound, 2))
