"""B1–B3 and B6 on finite laws, against brute force over all tuples, 50 digits, and the in-batch loss."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.losses import infonce
from simsuff.models.finite import FiniteModel
from simsuff.population.finite_k import (
    excess_risk,
    infonce_risk,
    information_k,
    optimal_score,
    rounding_bound,
)
from simsuff.population.sharpness import normalised_score

EPS = float(np.finfo(np.float64).eps)
SEEDS = st.integers(0, 2**32 - 1)
DRAWS = st.integers(1, 6)
MILD = FiniteModel([[0.2, 0.1, 0.05], [0.05, 0.15, 0.1], [0.1, 0.05, 0.2]])


def tuples_risk(model, score, K):
    """L_K(S) by its definition: all z1, positives and tuples of negatives."""
    total = 0.0
    rows, columns = model.joint.shape
    for a, tup in itertools.product(range(rows), itertools.product(range(columns), repeat=K)):
        chance = model.joint[a, tup[0]] * math.prod(model.marginal2[b] for b in tup[1:])
        if chance > 0:
            scores = score[a, list(tup)]
            top = scores.max()
            total += chance * (top - scores[0] + math.log(np.exp(scores - top).mean()))
    return total


@given(SEEDS, st.integers(2, 5))
def test_risk_is_the_sum_over_all_tuples(random_case, seed, K):
    model, score = random_case(seed)
    bound = rounding_bound(model, score, K)
    assert abs(infonce_risk(model, score, K) - tuples_risk(model, score, K)) <= bound


@given(SEEDS, DRAWS)
def test_excess_is_risk_minus_smallest_risk(random_case, seed, K):
    model, score = random_case(seed)
    bound = rounding_bound(model, score, K) + rounding_bound(model, np.zeros_like(score), K)
    for symmetric in (False, True):
        risk = infonce_risk(model, score, K, symmetric=symmetric)
        smallest = -information_k(model, K, symmetric=symmetric)
        excess = excess_risk(model, score, K, symmetric=symmetric)
        assert excess >= 0
        assert abs(excess - (risk - smallest)) <= bound


@pytest.mark.statement("B1")
@given(SEEDS, DRAWS)
def test_b1_the_smallest_risk_is_attained_at_log_r_plus_any_row_constant(random_case, seed, K):
    model, _ = random_case(seed)
    constants = np.random.default_rng(seed).normal(scale=10, size=(len(model.joint), 1))
    score = optimal_score(model) + constants
    bound = rounding_bound(model, score, K)
    assert abs(infonce_risk(model, score, K) + information_k(model, K)) <= bound
    assert abs(excess_risk(model, score, K)) <= bound


def test_b1_log_r_is_stationary():
    # An excess that is quadratic in the step falls by 4 as the step is halved; a first-order part would give 2.
    direction = np.random.default_rng(1).normal(size=MILD.joint.shape)
    best = optimal_score(MILD)
    excess = [excess_risk(MILD, best + h * direction, 4) for h in (1e-3, 5e-4)]
    assert excess[0] / excess[1] == pytest.approx(4, rel=1e-2)


@pytest.mark.statement("B1", "B1-symmetric", kind="exact")
def test_b1_symmetric_minimisers_have_one_constant_per_component():
    blocks = FiniteModel([[0.2, 0.1, 0], [0.1, 0.2, 0], [0, 0, 0.4]])
    best = optimal_score(blocks)
    per_component = best + np.array([[3.0], [3.0], [-2.0]])
    per_row = best + np.array([[3.0], [1.0], [-2.0]])
    bound = rounding_bound(blocks, per_row, 3)
    assert excess_risk(blocks, per_component, 3, symmetric=True) <= bound
    assert excess_risk(blocks, per_row, 3, symmetric=False) <= bound
    assert excess_risk(blocks, per_row, 3, symmetric=True) > 0.01


@pytest.mark.statement("B2-bias", "B2-bias-chi2", "B2-log", "B2-order")
@given(SEEDS)
def test_b2_values_and_bias(random_case, seed):
    model, score = random_case(seed)
    live = model.joint > 0
    p, r = model.joint[live], model.ratio[live]
    information = float(np.sum(p * np.log(r)))
    chi2 = float(np.sum(np.outer(model.marginal1, model.marginal2) * (model.ratio - 1) ** 2))
    bound = rounding_bound(model, score, 6) + rounding_bound(model, score, math.inf)
    assert abs(information_k(model, math.inf) - information) <= bound
    assert information_k(model, 1) == 0
    values = [information_k(model, K) for K in range(1, 7)]
    for K, value in enumerate(values, start=1):
        middle = float(np.sum(p * np.log((K - 1 + r) / K)))
        assert value <= min(information, math.log(K)) + bound
        assert information - value <= middle + bound
        assert middle <= math.log1p(chi2 / K) + bound
        assert -infonce_risk(model, score, K) <= value + bound
    assert all(low <= high + bound for low, high in itertools.pairwise(values))


@pytest.mark.statement("B2-limit", kind="exact")
def test_b2_bias_is_half_chi2_over_k_to_third_order():
    # x log x around 1 gives I − I_K = V/2K + (V²/4 − μ₃/6)/K² + O(K⁻³), V and μ₃ the moments of r given z1:
    # the remainder falls by 2³ as K doubles.
    spread = (MILD.ratio - 1) @ np.diag(MILD.marginal2)
    second = np.sum(spread * (MILD.ratio - 1), axis=1)
    third = np.sum(spread * (MILD.ratio - 1) ** 2, axis=1)
    chi2, next_term = MILD.marginal1 @ second, MILD.marginal1 @ (second**2 / 4 - third / 6)
    limit = information_k(MILD, math.inf)
    remainder = [limit - information_k(MILD, K) - chi2 / (2 * K) - next_term / K**2 for K in (20, 40, 80)]
    for coarse, fine in itertools.pairwise(remainder):
        assert math.log2(coarse / fine) == pytest.approx(3, abs=0.25)
    assert 80 * (limit - information_k(MILD, 80)) / (chi2 / 2) == pytest.approx(1, abs=0.01)


@pytest.mark.statement("B3-limit", "B3-order")
@given(SEEDS)
def test_b3_excess_increases_to_its_limit(random_case, seed):
    model, score = random_case(seed)
    bound = rounding_bound(model, score, 6) + rounding_bound(model, score, math.inf)
    values = [excess_risk(model, score, K) for K in (1, 2, 3, 4, 5, 6, math.inf)]
    assert values[0] == 0
    assert all(low <= high + bound for low, high in itertools.pairwise(values))
    difference = infonce_risk(model, score, math.inf) + information_k(model, math.inf)
    assert abs(values[-1] - difference) <= bound


@pytest.mark.statement("B3")
@given(SEEDS, st.integers(2, 4))
def test_b3_gap_is_the_divergence_of_the_mixtures(random_case, seed, K):
    model, score = random_case(seed)
    w = normalised_score(model, score)
    gap = 0.0
    for a, tup in itertools.product(range(len(w)), itertools.product(range(w.shape[1]), repeat=K)):
        mixture, other = model.ratio[a, list(tup)].mean(), w[a, list(tup)].mean()
        chance = model.marginal1[a] * math.prod(model.marginal2[list(tup)])
        if chance * mixture > 0:
            gap += chance * mixture * math.log(mixture / other)
    expected = excess_risk(model, score, math.inf) - gap
    bound = rounding_bound(model, score, K) + rounding_bound(model, score, math.inf)
    assert abs(excess_risk(model, score, K) - expected) <= bound


@pytest.mark.statement("B6")
@given(SEEDS, DRAWS)
def test_b6_sufficiency_at_k_is_the_excess_of_log_r_t(random_case, seed, K):
    model, _ = random_case(seed)
    labels = np.arange(len(model.joint)) % 2
    reduced = model.reduced(labels)
    score = optimal_score(reduced)[labels]
    loss = information_k(model, K) - information_k(reduced, K)
    bound = rounding_bound(model, score, K) + rounding_bound(reduced, np.zeros(reduced.joint.shape), K)
    assert abs(excess_risk(model, score, K) - loss) <= bound


@pytest.mark.parametrize("K", [2, 3])
def test_expected_batch_loss_is_the_population_risk(K):
    model = FiniteModel([[0.35, 0.15], [0.1, 0.4]])
    score = np.array([[0.7, -1.2], [0.3, 2.0]])
    cells = list(itertools.product(range(2), range(2)))
    for symmetric in (True, False):
        expected = 0.0
        for batch in itertools.product(cells, repeat=K):
            z1, z2 = np.array(batch).T
            chance = math.prod(model.joint[z1, z2])
            expected += chance * infonce(score[z1], np.eye(2)[z2], symmetric=symmetric)[0]
        bound = rounding_bound(model, score, K) + EPS * len(cells) ** K  # the sum over batches, terms below 1
        assert abs(expected - infonce_risk(model, score, K, symmetric=symmetric)) <= bound


def mp_risk(joint, score, K):
    """L_K(S) over all tuples in the current mpmath precision."""
    rows, columns = joint.shape
    p = [[mpmath.mpf(float(x)) for x in row] for row in joint]
    second = [mpmath.fsum(p[a][b] for a in range(rows)) for b in range(columns)]
    total = mpmath.mpf(0)
    for a, tup in itertools.product(range(rows), itertools.product(range(columns), repeat=K)):
        chance = p[a][tup[0]] * mpmath.fprod(second[b] for b in tup[1:])
        mean = mpmath.fsum(mpmath.exp(score(a, b)) for b in tup) / K
        total += chance * (mpmath.log(mean) - score(a, tup[0]))
    return total


@pytest.mark.statement("B1", kind="exact")
def test_against_fifty_digits_also_for_a_tiny_excess():
    joint, K = np.array([[0.25, 0.125, 0.0625], [0.0625, 0.25, 0.25]]), 5
    model = FiniteModel(joint)
    step = 1e-7
    table = optimal_score(model) + step * np.random.default_rng(3).normal(size=joint.shape)
    with mpmath.workdps(50):
        first, second = joint.sum(axis=1), joint.sum(axis=0)  # exact: dyadic entries
        risk = mp_risk(joint, lambda a, b: mpmath.mpf(table[a, b]), K)
        best = mp_risk(
            joint,
            lambda a, b: mpmath.log(mpmath.mpf(joint[a, b]) / mpmath.mpf(first[a]) / mpmath.mpf(second[b])),
            K,
        )
        excess = float(risk - best)
        bound = rounding_bound(model, table, K)
        assert abs(infonce_risk(model, table, K) - risk) <= bound
        assert abs(information_k(model, K) + best) <= bound
    # The excess is quadratic in S − log r, of size `step`, known to the rounding of S and log r: relative error
    # 2 (rounding/step), where the difference of risks has no digit left.
    relative = 2 * bound / step
    assert excess < 10 * step**2
    assert abs(excess_risk(model, table, K) / excess - 1) <= relative


def test_tiny_excess_of_a_tiny_score_keeps_all_digits():
    # Independence: r = 1 exactly, so the excess at scale s is s² times that of the second-order form.
    model, score = FiniteModel(np.full((2, 2), 0.25)), np.array([[1.0, -1.0], [-1.0, 1.0]])
    values = [excess_risk(model, s * score, 4) / s**2 for s in (2.0**-30, 2.0**-60, 2.0**-200)]
    # Var over four places of a fair sign, averaged: ½·(1 − 1/4).
    assert values[1:] == pytest.approx([0.375] * 2, rel=16 * EPS)
    assert values[0] == pytest.approx(0.375, rel=2.0**-59 + 16 * EPS)


def test_minus_infinity():
    model = FiniteModel([[0.5, 0.0], [0.25, 0.25]])
    on_empty, on_mass = np.array([[0.3, -np.inf], [0, 0]]), np.array([[0.3, 0], [-np.inf, 0]])
    for K in (2, 3, math.inf):
        assert math.isfinite(infonce_risk(model, on_empty, K))
        assert math.isfinite(excess_risk(model, on_empty, K))
        assert infonce_risk(model, on_mass, K) == math.inf
        assert excess_risk(model, on_mass, K) == math.inf
    # Row 0 is then certain of its positive among K; row 1 is the best score of its law.
    assert excess_risk(model, optimal_score(model), 3) == pytest.approx(
        0, abs=rounding_bound(model, on_empty, 3)
    )


def test_huge_scores_stay_right():
    model = FiniteModel([[0.25, 0.25], [0.25, 0.25]])
    score = np.array([[1e4, -1e4], [0.0, 0.0]])
    # K = 2: row 0 costs 2e4 when it has the low positive and the high negative (1/4), log-sums are exact.
    expected = 0.5 * 0.25 * (2e4 - math.log(2) - math.log(2))
    for function in (infonce_risk, excess_risk):
        assert function(model, score, 2) == pytest.approx(expected, abs=rounding_bound(model, score, 2))


def test_rows_and_columns_without_mass_do_not_matter():
    model = FiniteModel([[0.3, 0.0, 0.2], [0.0, 0.0, 0.0], [0.1, 0.0, 0.4]])
    small = FiniteModel(model.joint[::2, ::2])
    score = np.array([[1.0, -np.inf, 0.5], [-np.inf, -np.inf, -np.inf], [0.0, 700.0, 2.0]])
    for K in (3, math.inf):
        assert infonce_risk(model, score, K) == infonce_risk(small, score[::2, ::2], K)
        assert excess_risk(model, score, K, symmetric=True) == excess_risk(
            small, score[::2, ::2], K, symmetric=True
        )


BAD = [
    ({"K": 0}, "K must be an integer >= 1"),
    ({"K": 2.0}, "K must be an integer >= 1"),
    ({"K": -math.inf}, "K must be an integer >= 1"),
    ({"K": math.nan}, "K must be an integer >= 1"),
    ({"score": np.zeros((2, 3))}, r"score must have shape \(3, 3\)"),
    ({"score": np.full((3, 3), np.nan)}, r"score\[0, 0\] = nan"),
    ({"score": np.full((3, 3), np.inf)}, r"score\[0, 0\] = inf"),
    ({"K": 100, "limit": 5150}, "at most 5150 count vectors, not 5151"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_arguments_are_named(change, message):
    arguments = {"model": MILD, "score": np.zeros((3, 3)), "K": 2} | change
    for function in (infonce_risk, excess_risk):
        with pytest.raises(ValueError, match=message):
            function(**arguments)


def test_the_limit_itself_is_allowed():
    assert infonce_risk(MILD, np.zeros((3, 3)), 100, limit=5151) == pytest.approx(0, abs=1e4 * EPS)
