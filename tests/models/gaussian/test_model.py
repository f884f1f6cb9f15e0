import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from simsuff.divergences import divergence
from simsuff.models import GaussianModel, LinearMap

EPS = np.finfo(float).eps

# Two-sided level of every Monte Carlo check in this file, shared between the comparisons of one test.
LEVEL = 1e-6


def _random(rng, d1=4, d2=3):
    factor = rng.standard_normal((d1 + d2, 2 * (d1 + d2)))
    joint = factor @ factor.T
    return GaussianModel(joint[:d1, :d1], joint[:d1, d1:], joint[d1:, d1:])


def _joint(model):
    return np.block([[model.cov11, model.cov12], [model.cov12.T, model.cov22]])


def _slack(model):
    """Rounding of determinants and decompositions of the joint covariance, relative."""
    return 32 * sum(model.shape) * EPS * np.linalg.cond(_joint(model))


def _logdet(matrix):
    return np.linalg.slogdet(matrix)[1]


# ---- the pmi and the law ---------------------------------------------------------------------------------------


@pytest.mark.statement("E4-densities", kind="exact")
def test_pmi_is_the_log_ratio_of_densities():
    model = _random(np.random.default_rng(0))
    z1, z2 = model.sample(200, np.random.default_rng(1))
    pair = np.hstack([z1, z2])

    def log_density(z, covariance):
        return -0.5 * np.einsum("ni,ij,nj->n", z, np.linalg.inv(covariance), z) - 0.5 * _logdet(covariance)

    expected = log_density(pair, _joint(model)) - log_density(z1, model.cov11) - log_density(z2, model.cov22)
    np.testing.assert_allclose(model.pmi(z1, z2), expected, atol=_slack(model) * 100)


@pytest.mark.statement("E4", kind="exact")
def test_pmi_near_perfect_correlation_keeps_its_digits():
    """u = v: the pmi is ρ u²/(1 + ρ) − ½ log(1 − ρ²), a difference of terms of size 1/(1 − ρ)."""
    rho = 1 - 1e-12
    model = GaussianModel.from_correlations([rho])
    expected = rho / (1 + rho) * 4.0 - 0.5 * np.log((1 - rho) * (1 + rho))
    np.testing.assert_allclose(model.pmi([[2.0]], [[2.0]]), expected, rtol=8 * EPS)


@pytest.mark.parametrize("seed", range(3))
def test_sample_covariance(seed):
    rng = np.random.default_rng(seed)
    model, n = _random(rng, d1=2 + seed, d2=3), 50_000
    pair = np.hstack(model.sample(n, rng))
    truth = _joint(model)
    variances = np.diag(truth)
    # Var(z_i z_j) = C_ii C_jj + C_ij² for centred Gaussians.
    error = np.sqrt((np.outer(variances, variances) + truth**2) / n)
    quantile = ndtri(1 - LEVEL / 2 / truth.size)
    assert (np.abs(pair.T @ pair / n - truth) <= quantile * error).all()
    assert (np.abs(pair.mean(axis=0)) <= quantile * np.sqrt(variances / n)).all()


def test_same_seed_same_bytes():
    model = _random(np.random.default_rng(0))
    first, second = (model.sample(20, np.random.default_rng(5)) for _ in range(2))
    assert first.z1.tobytes() == second.z1.tobytes()
    assert first.z2.tobytes() == second.z2.tobytes()


def test_samples_of_nearly_identical_views_differ_by_the_noise():
    model = GaussianModel.additive_noise([1.0], 1e-7)
    z1, z2 = model.sample(10_000, np.random.default_rng(0))
    ratio = (z1 - z2).var() / 2e-14
    assert (
        abs(ratio - 1) <= ndtri(1 - LEVEL / 2) * np.sqrt(2 / 10_000) + 1e-3
    )  # z1, z2 round at 1e-16 beside 1e-7


@pytest.mark.statement("E1", kind="exact")
def test_information_is_the_log_determinant():
    model = _random(np.random.default_rng(2))
    expected = (_logdet(model.cov11) + _logdet(model.cov22) - _logdet(_joint(model))) / 2
    assert model.information(divergence("kl")) == pytest.approx(expected, rel=_slack(model))


def test_information_is_invariant_under_invertible_maps(divergences):
    rng = np.random.default_rng(3)
    model = _random(rng)
    first, second = rng.standard_normal((4, 4)), rng.standard_normal((3, 3))
    moved = GaussianModel(
        first @ model.cov11 @ first.T, first @ model.cov12 @ second.T, second @ model.cov22 @ second.T
    )
    slack = _slack(model) + _slack(moved)
    for div in divergences.values():
        if np.isfinite(model.information(div)):
            assert moved.information(div) == pytest.approx(model.information(div), rel=100 * slack)


# ---- canonical form --------------------------------------------------------------------------------------------


def test_coordinates_keep_their_order_and_correlations_are_sorted():
    model = GaussianModel.from_correlations([0.1, 0.9, 0.0, 0.5])
    np.testing.assert_array_equal(np.diag(model.cov12), [0.1, 0.9, 0.0, 0.5])
    np.testing.assert_array_equal(model.canonical_correlations, [0.9, 0.5, 0.1, 0.0])
    np.testing.assert_array_equal(model.canonical_directions1[0], [0, 1, 0, 0])
    np.testing.assert_array_equal(model.optimal_encoder(2).weight, np.eye(4)[[1, 3]])


@pytest.mark.statement("E7-correlations", kind="exact")
def test_additive_noise():
    """E7: ρ_i = s_i/(s_i + σ_i²), and the signal is the shared part of the views."""
    model = GaussianModel.additive_noise([1.0, 4.0], [0.5, 3.0])
    np.testing.assert_allclose(model.canonical_correlations, [1 / 1.25, 4 / 13], rtol=2 * EPS)
    np.testing.assert_array_equal(model.cov11, np.diag([1.25, 13.0]))
    np.testing.assert_array_equal(model.signal.covariance, np.diag([1.0, 4.0]))
    np.testing.assert_array_equal(model.signal.covariance_with_view, model.cov12)
    assert GaussianModel.from_correlations([0.5]).signal is None
    same = GaussianModel(model.cov11, model.cov12, model.cov22)
    np.testing.assert_allclose(same.canonical_correlations, model.canonical_correlations, rtol=8 * EPS)


def test_directions_are_unit_and_paired():
    model = _random(np.random.default_rng(4))
    a, b = model.canonical_directions1, model.canonical_directions2
    slack = _slack(model)
    np.testing.assert_allclose(a @ model.cov11 @ a.T, np.eye(3), atol=slack)
    np.testing.assert_allclose(b @ model.cov22 @ b.T, np.eye(3), atol=slack)
    np.testing.assert_allclose(a @ model.cov12 @ b.T, np.diag(model.canonical_correlations), atol=slack)


# ---- sufficiency -----------------------------------------------------------------------------------------------


@pytest.mark.statement("E2", "E2-chi2", "E2-squared_hellinger", kind="exact")
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_e2_log_determinants(k):
    """Suff from det(I − A_W) of theory.md E2, computed from the covariances alone."""
    rng = np.random.default_rng(k)
    model, weight = _random(rng), rng.standard_normal((k, 4))
    inner = np.linalg.solve(weight @ model.cov11 @ weight.T, weight @ model.cov12)
    reduced = inner @ np.linalg.solve(model.cov22, model.cov12.T) @ weight.T
    full = np.linalg.solve(model.cov11, model.cov12) @ np.linalg.solve(model.cov22, model.cov12.T)
    det, quarter, whole, part = (
        np.linalg.det(np.eye(len(m)) - m / s) for m, s in ((reduced, 1), (reduced, 4), (full, 1), (full, 4))
    )
    expected = {
        "kl": (np.log(det) - np.log(whole)) / 2,
        "chi2": 1 / whole - 1 / det,
        "squared_hellinger": 2 * (det**0.25 * quarter**-0.5 - whole**0.25 * part**-0.5),
    }
    for name, value in expected.items():
        for statistic in (weight, LinearMap(weight)):
            slack = _slack(model) * (1 + model.information(divergence(name)))
            assert abs(model.sufficiency(statistic, divergence(name)) - value) <= slack


@pytest.mark.statement("E3")
@pytest.mark.parametrize(
    "name", ["kl", "chi2", "squared_hellinger", "js", "le_cam", "total_variation", "reverse_kl"]
)
def test_e3_nothing_linear_beats_the_top_directions(name):
    rng = np.random.default_rng(11)
    model, div = _random(rng), divergence(name)
    for k in (1, 2):
        best = model.sufficiency(model.optimal_encoder(k), div)
        for _ in range(20):
            nearby = model.optimal_encoder(k).weight + 10 ** rng.uniform(-3, 1) * rng.standard_normal((k, 4))
            assert model.sufficiency(nearby, div) >= best.value - best.error - _slack(model)


@pytest.mark.statement("E3-value", "E3-value-chi2", kind="exact")
def test_e3_values():
    model = GaussianModel.from_correlations([0.2, 0.8, 0.5])
    rest = np.array([0.5, 0.2])
    kl, chi2 = (model.sufficiency(model.optimal_encoder(1), divergence(name)) for name in ("kl", "chi2"))
    assert kl == pytest.approx(-np.log1p(-(rest**2)).sum() / 2, rel=8 * EPS)
    assert chi2 == pytest.approx((1 / np.prod(1 - rest**2) - 1) / (1 - 0.64), rel=16 * EPS)


@pytest.mark.statement("A3", "E3")
@given(st.integers(0, 2**32 - 1))
def test_interlacing_and_chain_rule(seed):
    """ρ_i ≥ τ_i ≥ ρ_{i + d − k}, and A3: coarsening further loses exactly the information lost in between."""
    rng = np.random.default_rng(seed)
    model = _random(rng, d1=4, d2=4)
    weight, further = rng.standard_normal((3, 4)), rng.standard_normal((2, 3))
    reduced, div = model.reduced(weight), divergence("kl")
    slack = _slack(model) + _slack(reduced) + _slack(reduced.reduced(further))
    tau, rho = reduced.canonical_correlations, model.canonical_correlations
    assert (tau <= rho[:3] + slack).all()
    assert (tau >= rho[1:] - slack).all()
    coarse = model.sufficiency(further @ weight, div)
    between = reduced.sufficiency(further, div)
    scale = 1 + model.information(div)
    assert abs(coarse - model.sufficiency(weight, div) - between) <= slack * scale * np.linalg.cond(weight)


def test_edge_statistics(divergences):
    model = GaussianModel.from_correlations([0.5, 0.0])
    for div in divergences.values():
        assert model.sufficiency(np.eye(2), div) == 0.0
        assert model.sufficiency([[3.0, 0.0]], div) == 0.0
        loss = model.sufficiency([[0.0, -2.0]], div)
        assert abs(loss.value - model.information(div)) <= 2 * loss.error


def test_rank_deficient_weights_act_through_their_row_space():
    model = _random(np.random.default_rng(6))
    row = np.array([1.0, -2.0, 0.5, 3.0])
    single, twice = (model.sufficiency(w, divergence("kl")) for w in ([row], [row, -2 * row, 0 * row]))
    assert abs(single - twice) <= _slack(model)
    assert model.reduced([row, 2 * row]).shape == (1, 3)


def test_reduced_is_the_law_of_the_image():
    model = _random(np.random.default_rng(7))
    weight = np.random.default_rng(8).standard_normal((2, 4))
    reduced = model.reduced(weight)
    np.testing.assert_allclose(reduced.cov11, weight @ model.cov11 @ weight.T, rtol=_slack(model))
    z1, z2 = model.sample(50, np.random.default_rng(9))
    direct = GaussianModel(reduced.cov11, reduced.cov12, reduced.cov22).pmi(z1 @ weight.T, z2)
    np.testing.assert_allclose(reduced.pmi(z1 @ weight.T, z2), direct, atol=1e3 * _slack(model))


def test_wide_encoders_use_directions_without_correlation():
    model = _random(np.random.default_rng(10), d1=4, d2=2)
    assert model.optimal_encoder(4).shape == (4, 4)
    assert model.canonical_correlations.shape == (2,)
    loss = model.sufficiency(model.optimal_encoder(3), divergence("kl"))
    assert abs(loss.value) <= loss.error + _slack(model)


# ---- bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        (
            [0.5, 1.0],
            r"correlations must lie in \[0, 1\): correlations\[1\] = 1.0; drop perfectly correlated",
        ),
        ([0.5, -0.1], r"correlations\[1\] = -0.1; flip the sign"),
        ([0.5, 1e-200], r"correlations\[1\] = 1e-200; set the entry to 0"),
        ([1.5], r"correlations\[0\] = 1.5"),
        ([np.nan], "correlations must be finite"),
        ([], "correlations must be non-empty"),
        ([[0.5]], "correlations must have 1 dimensions"),
    ],
)
def test_refuses_bad_correlations(correlations, message):
    with pytest.raises(ValueError, match=message):
        GaussianModel.from_correlations(correlations)


EYE = np.eye(2)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (([[1, 0.5], [0.4, 1]], 0.1 * EYE, EYE), "cov11 must be symmetric: largest asymmetry"),
        (
            (np.diag([1.0, -1.0]), 0.1 * EYE, EYE),
            "cov11 must be positive definite: smallest eigenvalue = -1.0",
        ),
        ((EYE, 0.1 * EYE, np.diag([1.0, 0.0])), "cov22 must be positive definite"),
        ((EYE, EYE, EYE), "cov12 must leave the joint covariance positive definite"),
        ((EYE, 3 * EYE, EYE), "largest canonical correlation = 3.0"),
        ((EYE, np.ones((2, 3)), EYE), r"cov12 must have shape \(2, 2\)"),
        ((np.ones((2, 3)), EYE, EYE), "cov11 must be square"),
        ((EYE, [[np.nan, 0], [0, 0]], EYE), r"cov12 must be finite: cov12\[0, 0\] = nan"),
        ((np.empty((0, 0)), EYE, EYE), "cov11 must be non-empty"),
        (([1.0], [[0.1]], [[1.0]]), "cov11 must have 2 dimensions"),
    ],
)
def test_refuses_bad_covariances(blocks, message):
    with pytest.raises(ValueError, match=message):
        GaussianModel(*blocks)


@pytest.mark.parametrize("seed", range(20))
def test_refuses_perfect_correlation_in_any_coordinates(seed):
    """z₁ = aᵀz₂: the computed correlation is 1 only up to rounding, from either side."""
    rng = np.random.default_rng(seed)
    factor, a = rng.standard_normal((4, 9)), rng.standard_normal((1, 4))
    cov = factor @ factor.T
    with pytest.raises(ValueError, match="add noise"):
        GaussianModel(a @ cov @ a.T, a @ cov, cov)


def test_keeps_correlations_that_are_merely_high():
    blocks = np.eye(2), (1 - 1e-13) * np.eye(2), np.eye(2)
    assert GaussianModel(*blocks).canonical_correlations[0] == pytest.approx(1 - 1e-13, rel=4 * EPS)


@pytest.mark.parametrize(
    ("variances", "noise", "message"),
    [
        ([1.0, -1.0], 1.0, r"signal_variances\[1\] = -1.0"),
        ([1.0], 0.0, "noise_std must be positive"),
        ([1.0], [-1.0], "noise_std must be positive"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], r"noise_std must be a number or have shape \(2,\)"),
        ([1.0], np.inf, "noise_std must be finite"),
        ([], 1.0, "signal_variances must be non-empty"),
    ],
)
def test_refuses_bad_noise(variances, noise, message):
    with pytest.raises(ValueError, match=message):
        GaussianModel.additive_noise(variances, noise)


@pytest.mark.parametrize(
    ("statistic", "message"),
    [
        (np.zeros((1, 2)), "statistic must have rank >= 1: rank = 0"),
        (np.ones((3, 2)), "statistic must have at most 2 rows"),
        (np.ones((1, 3)), r"statistic must have shape \(k, 2\)"),
        ([1.0, 0.0], "statistic must have 2 dimensions"),
        ([[np.nan, 1.0]], "statistic must be finite"),
        (np.empty((0, 2)), "statistic must be non-empty"),
        (lambda z: z, "statistic must be an array of real numbers"),
    ],
)
def test_refuses_bad_statistics(statistic, message):
    model = GaussianModel.from_correlations([0.5, 0.2])
    for method in (model.reduced, lambda s: model.sufficiency(s, divergence("kl"))):
        with pytest.raises(ValueError, match=message):
            method(statistic)


@pytest.mark.parametrize("k", [0, 3, -1, 1.0])
def test_refuses_a_bad_width(k):
    with pytest.raises(ValueError, match=r"k must be an integer in \[1, 2\]"):
        GaussianModel.from_correlations([0.5, 0.2]).optimal_encoder(k)


@pytest.mark.parametrize(
    ("z1", "z2", "message"),
    [
        (np.ones((3, 1)), np.ones((3, 2)), r"z1 must have shape \(n, 2\)"),
        (np.ones((3, 2)), np.ones((2, 2)), "z2 must have the 3 rows of z1"),
        (np.ones(2), np.ones((1, 2)), "z1 must have 2 dimensions"),
        ([[np.nan, 0.0]], np.ones((1, 2)), "z1 must be finite"),
        (np.empty((0, 2)), np.empty((0, 2)), "z1 must be non-empty"),
    ],
)
def test_pmi_refuses_bad_samples(z1, z2, message):
    with pytest.raises(ValueError, match=message):
        GaussianModel.from_correlations([0.5, 0.2]).pmi(z1, z2)


def test_sampling_refuses_bad_arguments():
    model = GaussianModel.from_correlations([0.5])
    with pytest.raises(ValueError, match="n must be an integer >= 1"):
        model.sample(0, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator"):
        model.sample(1, np.random.RandomState(0))
