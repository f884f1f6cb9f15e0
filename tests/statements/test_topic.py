"""F: the recorded numbers of the theory, and examples that show that its conditions matter."""

import math

import numpy as np
import pytest
from by_hand import case, entropy, known, sides

from simsuff import statements
from simsuff.divergences import divergence
from simsuff.downstream import FiniteRegression, PairRegression
from simsuff.models import SubsampledTopicModel, TopicModel
from simsuff.numerics.numbers import value_of
from simsuff.population.finite_k import excess_risk
from simsuff.verdicts import Verdict


def correlated_halves(rho):
    """V = ±1 on one word of two topics, Corr(V₁, V₂) = ρ, U = V₁ + V₂."""
    delta = math.sqrt(rho) / 2
    views = TopicModel([[0.5 + delta, 0.5 - delta], [0.5 - delta, 0.5 + delta]], [0.5, 0.5], 1).to_finite()
    target = np.array([1.0, -1.0])
    return PairRegression(views, target[:, None] + target[None, :], target)


@pytest.mark.statement("F6-two", kind="exact")
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


@pytest.mark.statement("F6-triangle", kind="exact")
def test_triangle_bound_of_nearly_equal_halves():
    """F6: ε + (a + √ε)² for the target αV₁ + αV₂ with U − V₂ along V₁, in the limit of equal halves."""
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


@pytest.mark.statement("F2", kind="exact")
def test_smallest_ratio_decays_with_the_length_and_the_largest_does_not():
    """F2: r ≤ 1/π_min for every N; inf r → 0 exponentially."""
    base = TopicModel([[0.6, 0.4], [0.3, 0.7]], [0.25, 0.75], 1)
    tables = [base.with_words(n).to_finite().ratio for n in (5, 10, 20, 40)]
    assert all(table.max() <= 4 * (1 + 1e-14) for table in tables)
    logs = -np.log([table.min() for table in tables])
    assert (np.diff(logs) > [1, 2, 4]).all()


@pytest.mark.statement("F4", kind="exact")
def test_information_approaches_the_label_at_the_chernoff_rate():
    """F4: H(π) − I ≈ 2H(y | z^N) once H(y | z^{2N}) is negligible."""
    model = TopicModel([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]], [0.5, 0.5], 12)
    deficit = math.log(2) - model.information(divergence("kl"))
    assert deficit == pytest.approx(2 * model.topic_entropy(), rel=0.02)


# One word of two topics, (¾, ¼) and (¼, ¾): r = 1 ± ¼. Two words are equal with probability ⅝, and then as good as one
# that errs with 1/10; else they say nothing.
WORD = TopicModel([[0.75, 0.25], [0.25, 0.75]], [0.5, 0.5], 1)
HALF, WHOLE = entropy(1 / 4), 5 / 8 * entropy(1 / 10) + 3 / 8 * math.log(2)
KNOWN_OF_OTHER = (5 / 4 * math.log(5 / 4) + 3 / 4 * math.log(3 / 4)) / 2
# Two words of one topic, of which a view keeps one: documents (2, 0), (1, 1), (0, 2) in some order.
PAIRS = SubsampledTopicModel([[0.5, 0.5]], [1.0], 1, 2)
KEPT = FiniteRegression(PAIRS.to_finite(), PAIRS.documents @ [0.75, -0.75], PAIRS.states @ [1.0, -1.0])
CONSTANT = np.array([0, 0])


@pytest.mark.parametrize(
    ("id", "arguments", "lhs", "rhs"),
    [
        case("F4", (WORD,), math.log(2) - KNOWN_OF_OTHER, 2 * HALF - WHOLE),
        case("F4-augmentation", (WORD,), HALF - WHOLE, HALF - WHOLE),
        case("F5", (WORD,), 17 / 16, 17 / 16),
        case("F5-ceiling", (WORD, divergence("chi2")), 1 / 16, 1),
        case("F7", (WORD,), HALF - WHOLE, HALF - WHOLE),
        case("F7-head", (WORD,), HALF - WHOLE, HALF - WHOLE),
        # U = V₁ + V₂ with Corr(V₁, V₂) = ½: risk 2(1 + ½), a² = ¼ and ε = 1.
        case("F6", (correlated_halves(0.5), CONSTANT), 3, 2 / 4 + 3),
        # U = (3/2, 0, −3/2), V = ±1: risk ½ · 9/4, a = ½, ε = ½ · ¼ + ½ · 1, and c₂ = 2.
        case("F6-iid", (KEPT, CONSTANT, 2.0), 9 / 8, 2 / 4 + 2 * 5 / 8),
    ],
)
def test_documents_of_two_words(id, arguments, lhs, rhs):
    """F4–F7: entropies of one word and of two, and the explicit predictor 0."""
    assert sides(id, *arguments) == known(lhs, rhs)
