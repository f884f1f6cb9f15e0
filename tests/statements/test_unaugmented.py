"""Q3: channels that attain the constants, exactly or in a limit, and one on which reversibility matters."""

import math
from fractions import Fraction

import numpy as np
import pytest
from by_hand import case, entropy, known, sides

from simsuff import GaussianModel, statements
from simsuff.downstream import ABSOLUTE, GaussianRegression, StationaryRegression
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import value_of
from simsuff.verdicts import Verdict


def ratio(row):
    return value_of(row.lhs) / value_of(row.rhs)


def circle(k):
    """x = (j, ±) uniform with target cos 2π(j ± 1)/k; it moves to the block j ± 1, where the sign is drawn anew."""
    j, sign = np.repeat(np.arange(k), 2), np.tile([1, -1], k)
    target = np.cos(2 * np.pi * (j + sign) / k)
    channel = ((j + sign)[:, None] % k == j[None, :]) / 2
    return StationaryRegression(FiniteModel.from_views(np.full(2 * k, 1 / (2 * k)), channel), target), j


@pytest.mark.statement("Q3", kind="exact")
@pytest.mark.parametrize("k", [3, 6, 40])
def test_the_general_constant_is_one(k):
    """Q3: a = 0 and risk/ε = ½(1 + cos 2π/k) → 1."""
    task, labels = circle(k)
    row = statements.get("Q3").evaluate(task, labels)
    assert row.verdict is Verdict.HOLDS
    assert value_of(task.encoder_gap(labels)) == pytest.approx(0, abs=1e-30)
    angle = 2 * np.pi / k
    assert value_of(row.lhs) == pytest.approx(np.sin(angle) ** 2 / 2, rel=1e-12)
    assert value_of(task.augmentation_error) == pytest.approx(1 - np.cos(angle), rel=1e-12)
    assert ratio(row) == pytest.approx((1 + np.cos(angle)) / 2, rel=1e-6)


def turned():
    """Three symbols, turned with probability 3/8 and two of them swapped with 5/8."""
    channel = np.array([[0, 8, 0], [5, 0, 3], [3, 0, 5]]) / 8
    return StationaryRegression(FiniteModel.from_views(np.full(3, 1 / 3), channel), [2.0, 1.0, -3.0])


@pytest.mark.statement("Q3-every_channel", kind="exact")
def test_reversibility_matters():
    """Q3: ‖v‖² = 25/6, a² = 25/1536, ε = 17/3: (‖v‖ − a)² = 5625/1536 > 272/81 = 16ε/27."""
    third, channel = Fraction(1, 3), [[0, 8, 0], [5, 0, 3], [3, 0, 5]]
    law = [[Fraction(entry, 8) for entry in row] for row in channel]
    target, labels = [Fraction(2), Fraction(1), Fraction(-3)], [1, 0, 1]
    means = {0: Fraction(1), 1: Fraction(-1, 2)}
    other = [sum(law[x][i] * law[x][j] * target[j] for x in range(3) for j in range(3)) for i in range(3)]
    coarse = {0: other[1], 1: (other[0] + other[2]) / 2}
    risk = sum(third * (target[i] - means[labels[i]]) ** 2 for i in range(3))
    gap = sum(third * (other[i] - coarse[labels[i]]) ** 2 for i in range(3))
    error = sum(third * law[i][j] * (target[i] - target[j]) ** 2 for i in range(3) for j in range(3))
    assert (risk, gap, error) == (Fraction(25, 6), Fraction(25, 1536), Fraction(17, 3))
    # ‖v‖ − a = 5/√6 − 5/(16√6) = 75/(16√6).
    assert Fraction(75, 16) ** 2 / 6 > Fraction(16, 27) * error
    task = turned()
    assert not task.is_reversible
    row = statements.get("Q3-every_channel").evaluate(task, np.array(labels))
    assert row.verdict is Verdict.VIOLATED
    assert value_of(row.lhs) == pytest.approx(25 / 6, rel=1e-14)
    assert statements.get("Q3").evaluate(task, np.array(labels)).verdict is Verdict.HOLDS


@pytest.mark.statement("Q3-reversible", kind="exact")
def test_the_reversible_constant_is_attained():
    """Q3: Ornstein–Uhlenbeck with ρ = (1/3, 1 − τ), θ = (1, m), and T orthogonal to a direction with a = 0."""
    for m, rest in ((10.0, 2e-2), (1e3, 2e-6)):
        rho = np.array([1 / 3, 1 - 1e-3 / m**4])
        lost = np.array([1.0, -1 / 9 / (m * rho[1] ** 2)])
        task = GaussianRegression(GaussianModel.ornstein_uhlenbeck(rho), [1.0, m])
        weight = np.array([[-lost[1], lost[0]]])
        row = statements.get("Q3-reversible").evaluate(task, weight)
        assert row.verdict is Verdict.HOLDS
        assert value_of(task.encoder_gap(weight)) < 1e-20
        assert 1 - rest < ratio(row) <= 1 + 1e-9
        assert statements.get("Q3").evaluate(task, weight).verdict is Verdict.HOLDS


def test_unbounded_targets_through_chi2():
    task = GaussianRegression(GaussianModel.ornstein_uhlenbeck([0.9, 0.5, 0.2]), [1.0, -1.0, 2.0])
    row = statements.get("Q3-alpha(2)").evaluate(task, np.eye(3)[:2])
    assert row.verdict is Verdict.HOLDS
    # T keeps two coordinates: the third is lost, θ₃² = 4.
    assert value_of(row.lhs) == pytest.approx(4, rel=1e-13)


def test_a_channel_without_detailed_balance_is_refused():
    with pytest.raises(
        ValueError, match="reversible_task must be reversible: is_reversible = False; use Q3, which"
    ):
        statements.get("Q3-reversible").evaluate(turned(), np.array([0, 0, 1]))


# Two symbols that are exchanged with probability ⅛, h⋆ = ±1 and T constant: a = ρ = 9/16 and ε = ½.
RHO, CONSTANT = 9 / 16, np.array([0, 0])
EXCHANGED = StationaryRegression(
    FiniteModel.from_views([0.5, 0.5], [[7 / 8, 1 / 8], [1 / 8, 7 / 8]]), [1.0, -1.0]
)
LOST = ((1 + RHO) * math.log(1 + RHO) + (1 - RHO) * math.log(1 - RHO)) / 2


@pytest.mark.parametrize(
    ("id", "arguments", "lhs", "rhs"),
    [
        case("Q3", (EXCHANGED, CONSTANT), 1, (RHO + math.sqrt(1 / 2)) ** 2),
        case("Q3-reversible", (EXCHANGED, CONSTANT), 1, (RHO + math.sqrt(8 / 27)) ** 2),
        case("Q3-kl", (EXCHANGED, CONSTANT), 1, 4 * LOST + 1),
        case("Q3-alpha(2)", (EXCHANGED, CONSTANT), 1, 2 * RHO**2 + 1),
        case("Q3-printed", (EXCHANGED, CONSTANT), 1, 4 * math.sqrt(2 * LOST) + 11),
        # c = 1, φ(2B) = 2, and E|h⋆(z) − h⋆(x)| = ¼.
        case("Q3-losses", (EXCHANGED, CONSTANT, ABSOLUTE), 1, 2 * math.sqrt(LOST / 2) + 1),
    ],
)
def test_two_symbols_that_are_exchanged(id, arguments, lhs, rhs):
    """Q3: the risk is Var h⋆ = 1, and Suff is the mean of f(1 ± ρ)."""
    assert sides(id, *arguments) == known(lhs, rhs)


def wheel(k, flip):
    """Q3: x = (i, ±) turns to (i + 1, ±), from k to 1 with a flip; the target drifts; T merges the signs at i = 1."""
    plus, minus = np.arange(k), k + np.arange(k)
    channel = np.zeros((2 * k, 2 * k))
    channel[plus, np.roll(plus, -1)] = channel[minus, np.roll(minus, -1)] = 1
    channel[[k - 1, 2 * k - 1], [0, k]], channel[[k - 1, 2 * k - 1], [k, 0]] = 1 - flip, flip
    drift = np.linspace(1, 1 - 2 * flip, k)
    views = FiniteModel.from_views(np.full(2 * k, 1 / (2 * k)), channel)
    labels = np.arange(2 * k)
    labels[k:] -= 1
    labels[k] = 0
    return StationaryRegression(views, np.concatenate([drift, -drift])), labels


@pytest.mark.statement("Q3-kl", kind="exact")
@pytest.mark.parametrize("k", [2, 60])
def test_the_largest_known_ratio_of_the_linear_bound(k):
    """Q3: 1/(4 log(2e/(1 + e))) = .65809 as k → ∞, at 2s(1 − s) = 1/(1 + e)."""
    t = 1 / (1 + math.e)
    flip = (1 - math.sqrt(1 - 2 * t)) / 2
    lost, error = math.log(2) - entropy(t), 2 * t + 4 * flip**2 / (k - 1)
    assert sides("Q3-kl", *wheel(k, flip)) == known(1 / k, (4 * lost + 2 * error) / k)
    limit = 1 / (4 * math.log(2 * math.e / (1 + math.e)))
    assert 0.65809 < limit < 0.6581
    assert 1 / (4 * lost + 2 * error) == pytest.approx(1 / (1 / limit + 8 * flip**2 / (k - 1)), rel=1e-12)
