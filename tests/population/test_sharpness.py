"""B4: the constant η, its sharpness, both sides of the inequality, and B5: what an unbounded ratio costs."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.models.finite import FiniteModel
from simsuff.population.finite_k import excess_risk, rounding_bound
from simsuff.population.sharpness import density_bound, efficiency, eta, normalised_score, sharp_family

EPS = float(np.finfo(np.float64).eps)
# expm1, log1p, their product and two divisions, each within two units; 1 − η loses two bits more where it is a
# difference, and its series has a handful of alternating terms.
UNITS = 16


def mp_eta(K, M):
    with mpmath.workdps(80):
        m = mpmath.mpf(M)
        return m / K * (1 - (1 - 1 / m) ** K)


@pytest.mark.parametrize("K", [2, 3, 20, 1000, 10**9])
@pytest.mark.parametrize("M", [1, 1 + 2.0**-40, 1.5, 1.999, 2.001, 10, 39.9, 40.1, 1e6, 1e12, 1e30])
def test_eta_and_its_complement_against_eighty_digits(K, M):
    exact = mp_eta(K, M)
    assert abs(eta(K, M) - exact) <= UNITS * EPS * exact
    assert abs(efficiency(K, M) - (1 - exact)) <= UNITS * EPS * (1 - exact)


@pytest.mark.statement("B4")
@given(st.integers(1, 50), st.floats(1, 1e6))
def test_eta_is_the_binomial_expectation(K, M):
    terms = [math.comb(K - 1, n) * M**-n * (1 - 1 / M) ** (K - 1 - n) / (1 + n) for n in range(K)]
    # The powers of 1 − 1/M amplify its rounding by K.
    assert abs(eta(K, M) - math.fsum(terms)) <= 4 * (K + UNITS) * EPS


@pytest.mark.statement("B4-rate")
@given(st.integers(2, 10**6), st.floats(1, 1e9))
def test_b4_last_inequality(K, M):
    exact = 1 / efficiency(K, M)
    assert exact <= (1 + (2 * M - 1) / (K - 1)) * (1 + 2 * UNITS * EPS)


def test_eta_at_infinity():
    assert eta(math.inf, 10) == 0
    assert efficiency(math.inf, 10) == 1
    assert eta(20, math.inf) == 1
    assert efficiency(20, math.inf) == 0
    for M in (1, 1.999, 7.0, math.inf):
        assert eta(1, M) == 1
        assert efficiency(1, M) == 0


@pytest.mark.parametrize(
    ("K", "M", "message"),
    [
        (0, 2, "K must be an integer >= 1"),
        (2, 0.99, "M must be at least 1"),
        (2, math.nan, "M must be at least 1"),
        (math.inf, math.inf, "not both be infinite"),
    ],
)
def test_eta_refuses(K, M, message):
    for function in (eta, efficiency):
        with pytest.raises(ValueError, match=message):
            function(K, M)


@pytest.mark.statement("B3-limit", "B4-excess")
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_b4_both_sides(random_case, seed, K):
    model, score = random_case(seed)
    limit, finite = excess_risk(model, score, math.inf), excess_risk(model, score, K)
    bound = rounding_bound(model, score, K)
    assert efficiency(K, density_bound(model, score)) * limit <= finite + bound
    assert finite <= limit + bound


def ratio(M, K, delta):
    model, score = sharp_family(M, delta)
    return excess_risk(model, score, K) / excess_risk(model, score, math.inf)


@pytest.mark.statement("B4-excess", "B4-sharp", kind="exact")
@pytest.mark.parametrize(("M", "K"), [(10, 20), (1000, 2), (1000, 256), (2.5, 7), (1.9, 4), (1.01, 3)])
def test_b4_is_sharp(M, K):
    # The ratio approaches its limit to second order in δ: at δ = 1e-3 the six digits of theory.md.
    delta = 1e-3
    assert abs(ratio(M, K, delta) - efficiency(K, M)) <= delta**2 * efficiency(K, M)
    model, score = sharp_family(M, delta)
    assert density_bound(model, score) == pytest.approx(M * (1 + delta), rel=UNITS * EPS)


@pytest.mark.statement("B4-sharp", "B5", kind="exact")
def test_recorded_numbers():
    assert round(ratio(10, 20, 1e-5), 6) == 0.560788
    assert round(efficiency(20, 10), 6) == 0.560788
    assert ratio(1000, 2, 1e-5) == pytest.approx(1 / 2000, rel=1e-9)
    assert round(ratio(1000, 256, 1e-5), 3) == 0.117


def test_sharp_family_is_a_law_with_the_stated_ratio():
    model, score = sharp_family(8, 0.25)
    expected = [[10, 6, 0], [6, 10, 0], [0, 0, 8 / 7]]
    assert model.ratio == pytest.approx(np.array(expected), rel=UNITS * EPS)
    w = normalised_score(model, score)
    assert w == pytest.approx(np.array([[6, 10, 0], [10, 6, 0], [0, 0, 8 / 7]]), rel=UNITS * EPS)
    assert model.marginal2 == pytest.approx(np.array([1 / 16, 1 / 16, 7 / 8]), rel=UNITS * EPS)


@pytest.mark.parametrize(
    ("M", "delta", "message"),
    [
        (1, 0.1, "M must be greater than 1"),
        (math.inf, 0.1, "M must"),
        (2, 0, "delta must"),
        (2, 1, "delta must"),
    ],
)
def test_sharp_family_refuses(M, delta, message):
    with pytest.raises(ValueError, match=message):
        sharp_family(M, delta)


@given(st.integers(0, 2**32 - 1))
def test_normalised_score_is_a_density_and_ignores_row_constants(random_case, seed):
    model, score = random_case(seed)
    w = normalised_score(model, score)
    live = model.marginal1 > 0
    assert w[live] @ model.marginal2 == pytest.approx(np.ones(live.sum()), rel=UNITS * EPS)
    assert normalised_score(model, score + 1000.0) == pytest.approx(
        w, rel=4000 * EPS
    )  # 1000 rounds the score


def test_symbols_without_mass_have_no_density():
    model = FiniteModel([[0.5, 0.0, 0.25], [0.0, 0.0, 0.25], [0.0, 0.0, 0.0]])
    score = np.zeros((3, 3))
    score[:, 1] = 800.0
    w = normalised_score(model, score)
    assert np.array_equal(w, [[1, 0, 1], [1, 0, 1], [0, 0, 0]])
    assert density_bound(model, score) == 2


def test_normalised_score_without_any_finite_score_is_refused():
    model = FiniteModel([[0.5, 0.0], [0.0, 0.5]])
    with pytest.raises(ValueError, match="largest score of a row must be finite"):
        normalised_score(model, np.array([[-np.inf, -np.inf], [0, 0]]))


def test_b5_clipping_costs_little():
    model = FiniteModel([[0.5, 0.0], [0.1, 0.4]])
    for kappa in (1.0, 0.1, 1e-3):
        clipped = np.log(np.maximum(model.ratio, kappa))
        assert excess_risk(model, clipped, math.inf) <= math.log1p(kappa)
