"""F: the recorded numbers of the theory, and examples that show that its conditions matter."""

import math

import numpy as np
import pytest

from simsuff import statements
from simsuff.divergences import divergence
from simsuff.downstream import PairRegression
from simsuff.models import TopicModel
from simsuff.numerics.numbers import value_of
from simsuff.population.finite_k import excess_risk
from simsuff.verdicts import Verdict


def correlated_halves(rho):
    """V = ±1 on one word of two topics, Corr(V₁, V₂) = ρ, U = V₁ + V₂."""
    delta = math.sqrt(rho) / 2
    views = TopicModel([[0.5 + delta, 0.5 - delta], [0.5 - delta, 0.5 + delta]], [0.5, 0.5], 1).to_finite()
    target = np.array([1.0, -1.0])
    return PairRegression(views, target[:, None] + target[None, :], target)


def test_factor_two_fails_on_halves():
    """F6: for U = V₁ + V₂ and T constant the risk is 2(1 + ρ), ε = 1 and a = ρ."""
    rho = math.sqrt(2) - 1
    task, constant = correlated_halves(rho), np.array([0, 0])
    assert task.augmentation_error == pytest.approx(1)
    assert task.encoder_gap(constant) == pytest.approx(rho**2)
    false = statements.get("F6-two").evaluate(task, constant)
    assert false.verdict is Verdict.VIOLATED
    assert value_of(false.lhs) / value_of(false.rhs) == pytest.approx((1 + rho) / (1 + rho**2))
    assert statements.get("F6").evaluate(task, constant).verdict is Verdict.HOLDS


def test_triangle_bound_is_attained():
    """F6: ε + (a + √ε)² is attained by the target αV₁ + αV₂ with U − V₂ along V₁, in the limit of equal halves."""
    task = correlated_halves(1 - 1e-9)
    stretched = PairRegression(task.views, 0.75 * task.target_pair, task.target_z)
    row = statements.get("F6-triangle").evaluate(stretched, np.array([0, 0]))
    # U = 1.5 V, ε = ¼, a = 1: risk 2.25 against ¼ + 2.25.
    assert value_of(row.lhs) == pytest.approx(2.25, rel=1e-6)
    assert value_of(row.rhs) == pytest.approx(2.5, rel=1e-6)


def test_clipping_on_documents_of_six_words():
    """B5: clipping log r at κ costs far less than log(1 + κ), although inf r is tiny (F2)."""
    model = TopicModel([[0.6, 0.2, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.1, 0.1, 0.2, 0.6]], [0.3, 0.3, 0.4], 6)
    finite = model.to_finite()
    assert finite.ratio.min() < 1e-3
    costs = []
    for kappa in (0.5, 0.1, 0.01):
        costs.append(excess_risk(finite, np.log(np.maximum(finite.ratio, kappa)), math.inf))
        assert 0 <= costs[-1] <= math.log1p(kappa)
    assert costs[0] > costs[1] > costs[2]


def test_smallest_ratio_decays_with_the_length_and_the_largest_does_not():
    """F2: r ≤ 1/π_min for every N; inf r → 0 exponentially."""
    base = TopicModel([[0.6, 0.4], [0.3, 0.7]], [0.25, 0.75], 1)
    tables = [base.with_words(n).to_finite().ratio for n in (5, 10, 20, 40)]
    assert all(table.max() <= 4 * (1 + 1e-14) for table in tables)
    logs = -np.log([table.min() for table in tables])
    assert (np.diff(logs) > [1, 2, 4]).all()


def test_information_approaches_the_label_at_the_chernoff_rate():
    """F4: H(π) − I ≈ 2H(y | z^N) once H(y | z^{2N}) is negligible."""
    model = TopicModel([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]], [0.5, 0.5], 12)
    deficit = math.log(2) - model.information(divergence("kl"))
    assert deficit == pytest.approx(2 * model.topic_entropy(), rel=0.02)
