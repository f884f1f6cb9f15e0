"""Is the closed-form excess of a quadratic score that of E4–E6, and infinite where it must be?"""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad

from simsuff.divergences import divergence
from simsuff.encoders import LinearEncoder, LookupEncoder, QuadraticOffsetEncoder, ScoreForm
from simsuff.models import GaussianModel
from simsuff.sufficiency import best_bilinear_score, pmi_form, score_excess

CORRELATIONS = arrays(np.float64, st.integers(1, 4), elements=st.just(0.0) | st.floats(1e-9, 0.95)).map(
    lambda a: np.sort(a)[::-1]
)

# Whitening, factorisations and a handful of products on matrices of at most 4 × 4 with entries of order one:
# some hundred roundings, amplified by at most 1/(1 − ρ²) ≤ 11 and by the condition numbers (below 100) of the
# random bases. Excesses are sums of squares, so the exact score is off by the square of it only.
ROUNDING = 100 * 11 * 100 * np.finfo(float).eps


def in_random_bases(correlations, seed, exchangeable=False):
    """A model with the given correlations, each view in a basis of its own (or both in one)."""
    rng = np.random.default_rng(seed)
    d = len(correlations)
    mix1, mix2 = (np.eye(d) + rng.standard_normal((d, d)) / (3 * d) for _ in range(2))
    if exchangeable:
        mix2 = mix1
    cross = mix1 @ np.diag(correlations) @ mix2.T
    if exchangeable:
        cross = (cross + cross.T) / 2
    return GaussianModel(mix1 @ mix1.T, cross, mix2 @ mix2.T)


@pytest.mark.statement("E6")
@given(CORRELATIONS, st.integers(0, 100))
def test_bilinear_score_has_the_excess_of_e6(correlations, seed):
    model = in_random_bases(correlations, seed)
    expected = (-np.log1p(-(correlations**2)) - correlations**2).sum() / 2
    best = best_bilinear_score(model, len(correlations))
    assert abs(best.excess - expected) <= ROUNDING
    assert abs(score_excess(model, best.form) - expected) <= ROUNDING
    assert abs(score_excess(model, best.form, symmetric=True) - expected) <= ROUNDING


@pytest.mark.statement("E6-optimal")
@given(CORRELATIONS, st.integers(0, 100))
def test_any_bilinear_score_has_the_excess_of_its_risk(correlations, seed):
    # E6: −R(S) = ⟨B, D⟩ − ½‖B‖² in canonical coordinates, and the excess is I + R.
    model = GaussianModel.from_correlations(correlations)
    d = len(correlations)
    cross = np.random.default_rng(seed).standard_normal((d, d))
    form = ScoreForm(cross, np.zeros((d, d)), np.zeros((d, d)))
    risk = (cross**2).sum() / 2 - np.diag(cross) @ correlations
    expected = model.information(divergence("kl")) + risk
    assert abs(score_excess(model, form) - expected) <= ROUNDING * (1 + (cross**2).sum())
    assert score_excess(model, form) >= best_bilinear_score(model, d).excess - ROUNDING


@pytest.mark.statement("E4", "E5-i")
@given(CORRELATIONS, st.integers(0, 100))
def test_exact_scores_have_no_excess(correlations, seed):
    model = in_random_bases(correlations, seed, exchangeable=True)
    encoder = QuadraticOffsetEncoder.exact(model)
    for symmetric in (False, True):
        assert abs(score_excess(model, encoder, symmetric)) <= ROUNDING**2
        assert abs(score_excess(model, pmi_form(model), symmetric)) <= ROUNDING**2


@pytest.mark.statement("E4", kind="exact")
def test_pmi_of_views_of_different_dimensions():
    rng = np.random.default_rng(0)
    cross = np.array([[0.5, 0.2, 0.0], [0.1, -0.3, 0.4]])
    model = GaussianModel(np.eye(2), cross, np.eye(3))
    z1, z2 = model.sample(50, rng)
    table = np.diagonal(pmi_form(model).table(z1, z2))
    assert np.ptp(table - model.pmi(z1, z2)) <= ROUNDING * (1 + np.abs(table).max())
    assert abs(score_excess(model, pmi_form(model), symmetric=True)) <= ROUNDING**2
    zero = ScoreForm(0 * cross, np.zeros((2, 2)), np.zeros((3, 3)))
    assert abs(score_excess(model, zero) - model.information(divergence("kl"))) <= ROUNDING


def test_a_part_of_the_score_in_the_anchor_alone_is_free():
    model = GaussianModel.from_correlations([0.7, 0.2])
    form = pmi_form(model)._replace(first=np.diag([0.4, -3.0]))
    assert abs(score_excess(model, form)) <= ROUNDING**2
    assert score_excess(model, form, symmetric=True) > 0.01


def test_excess_by_quadrature():
    """Scalar views: KL(P(z₂|z₁) ‖ P_S) by numerical integration, averaged by the two-point Gauss–Hermite rule.

    The KL is quadratic in z₁, so the mean over z₁ ∈ {−σ₁, σ₁} is exact.
    """
    var1, cov, var2 = 2.0, 0.9, 0.8
    model = GaussianModel([[var1]], [[cov]], [[var2]])
    form = ScoreForm(np.array([[0.3]]), np.array([[0.7]]), np.array([[-0.5]]))

    def normal(x, mean, var):
        return math.exp(-((x - mean) ** 2) / (2 * var)) / math.sqrt(2 * math.pi * var)

    def divergence_at(z1):
        def tilted(x):
            return normal(x, 0, var2) * math.exp(0.3 * z1 * x - 0.25 * x**2)

        mean, var = cov / var1 * z1, var2 - cov**2 / var1
        mass = quad(tilted, -np.inf, np.inf)[0]

        def integrand(x):
            p = normal(x, mean, var)
            return p * math.log(p * mass / tilted(x)) if p > 0 else 0.0

        # Beyond 12 standard deviations the density is below 1e-31.
        width = 12 * math.sqrt(var)
        return quad(integrand, mean - width, mean + width, epsabs=1e-12)

    (left, error1), (right, error2) = divergence_at(-math.sqrt(var1)), divergence_at(math.sqrt(var1))
    assert abs(score_excess(model, form) - (left + right) / 2) <= error1 + error2 + ROUNDING


def test_a_score_that_is_not_integrable_costs_infinitely_much():
    model = GaussianModel.from_correlations([0.5])
    for curvature in (1.0, 2.0):
        form = ScoreForm(np.zeros((1, 1)), np.zeros((1, 1)), np.array([[curvature]]))
        assert score_excess(model, form) == math.inf
        assert score_excess(model, form, symmetric=True) == math.inf
        assert score_excess(model, form.swapped()) < math.inf
        # At a curvature of 1 the precision Σ₂⁻¹ − C is 0 up to rounding.
        assert score_excess(model, form).error == (math.inf if curvature == 1 else 0.0)
    two = GaussianModel.from_correlations([0.5, 0.5])
    saddle = ScoreForm(np.zeros((2, 2)), np.zeros((2, 2)), np.diag([2.0, 0.0]))
    assert (score_excess(two, saddle), score_excess(two, saddle).error) == (math.inf, 0.0)


@pytest.mark.statement("E6", "E6-optimal", kind="exact")
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_best_bilinear_score_of_lower_rank_keeps_the_top_directions(rank):
    correlations = np.array([0.9, 0.5, 0.2])
    model = in_random_bases(correlations, 1)
    best = best_bilinear_score(model, rank)
    information = -np.log1p(-(correlations**2)).sum() / 2
    assert abs(best.excess - (information - (correlations[:rank] ** 2).sum() / 2)) <= ROUNDING
    assert abs(score_excess(model, best.form) - best.excess) <= ROUNDING
    assert np.linalg.matrix_rank(best.form.cross) == rank
    rng = np.random.default_rng(2)
    for _ in range(30):
        left, right = np.eye(3)[:rank] + 0.1 * rng.standard_normal((2, rank, 3))
        other = best.form._replace(cross=best.form.cross + 0.1 * (left.T @ right - best.form.cross))
        if np.linalg.matrix_rank(other.cross) == rank:
            assert score_excess(model, other) >= best.excess - ROUNDING


@pytest.mark.statement("E6-optimal", kind="exact")
def test_a_linear_encoder_realises_the_best_bilinear_score():
    model = GaussianModel.from_correlations([0.9, 0.5])
    encoder = LinearEncoder(np.diag(np.sqrt([0.9, 0.5])))
    assert abs(score_excess(model, encoder) - best_bilinear_score(model, 2).excess) <= ROUNDING


@pytest.mark.statement("E6", kind="exact")
def test_correlations_next_to_one_keep_their_digits():
    correlation = 1 - 2.0**-50
    model = GaussianModel.from_correlations([correlation])
    best = best_bilinear_score(model, 1)
    # −½ log(1 − ρ²) with 1 − ρ² = 2⁻⁴⁹ − 2⁻¹⁰⁰, known exactly, minus ½ρ².
    expected = (49 * math.log(2) - math.log1p(-(2.0**-51)) - correlation**2) / 2
    assert best.excess == pytest.approx(expected, rel=8 * np.finfo(float).eps)
    # The residual variance enters through ρ itself; a few roundings of I and of the quadratic part remain.
    assert score_excess(model, best.form) == pytest.approx(expected, rel=64 * np.finfo(float).eps)


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (LookupEncoder(np.eye(2)), "quadratic in"),
        (LinearEncoder(np.eye(3)), r"take views of dimensions \(2, 2\)"),
    ],
)
def test_bad_scores_are_refused(score, message):
    with pytest.raises(ValueError, match=message):
        score_excess(GaussianModel.from_correlations([0.5, 0.1]), score)


@pytest.mark.parametrize("rank", [0, 3, 1.5])
def test_bad_ranks_are_refused(rank):
    with pytest.raises(ValueError, match="k must be an integer in"):
        best_bilinear_score(GaussianModel.from_correlations([0.5, 0.1]), rank)


def _excess_at_sixty_digits(model, form):
    """½[tr PV − d − log det PV + tr P(K − P⁻¹Bᵀ)Σ₁(…)ᵀ], V = cov(z₂ | z₁), from the doubles of the covariances."""
    blocks = (model.cov11, model.cov12, model.cov22, form.cross, form.second)
    first, cross, second, b, c = (mp.matrix(block.tolist()) for block in blocks)
    slope = cross.T * mp.inverse(first)
    left, precision = second - slope * cross, mp.inverse(second) - c
    product, shift = precision * left, slope - mp.inverse(precision) * b.T
    gap = precision * shift * first * shift.T
    trace = mp.fsum(product[i, i] + gap[i, i] for i in range(product.rows))
    return (trace - product.rows - mp.log(mp.det(product))) / 2


@pytest.mark.parametrize("condition", [1e1, 1e4, 1e8])
@pytest.mark.parametrize("seed", range(4))
def test_errors_of_excesses_bound(seed, condition):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    joint = (turn * np.geomspace(1, 1 / condition, 5)) @ turn.T
    joint = (joint + joint.T) / 2
    model = GaussianModel(joint[:2, :2], joint[:2, 2:], joint[2:, 2:])
    noise = ScoreForm(0.1 * rng.standard_normal((2, 3)), np.zeros((2, 2)), -np.eye(3))
    for form in (best_bilinear_score(model, 2).form, pmi_form(model), noise):
        with mp.workdps(60):
            truth = _excess_at_sixty_digits(model, form)
            found = score_excess(model, form)
            assert abs(mp.mpf(found.value) - truth) <= found.error
            assert found.error <= 1e-12 * condition * (1 + found.value)


@pytest.mark.statement("E6", kind="exact")
@pytest.mark.parametrize("noise", [1e-3, 1e-8, 1e-12])
def test_nearly_identical_views_keep_their_excess(noise):
    """At noise 1e-8 ρ rounds to 1 − 1e-16: ½[−log(1 − ρ²) − ρ²] = 17.5741, and the pmi costs nothing."""
    model = GaussianModel.additive_noise([1.0], noise)
    best, exact = best_bilinear_score(model, 1), score_excess(model, pmi_form(model))
    with mp.workdps(60):
        gap = mp.mpf(noise) ** 2 / (1 + mp.mpf(noise) ** 2)
        truth = (-mp.log(gap * (2 - gap)) - (1 - gap) ** 2) / 2
        assert abs(mp.mpf(best.excess.value) - truth) <= best.excess.error <= 1e-13
    found = score_excess(model, best.form)
    assert abs(found.value - best.excess.value) <= found.error + best.excess.error <= 1e-12
    assert 0 <= exact.value <= exact.error <= 1e-3
