"""Points on the sphere: samples, pmi, eigenvalues, and what is refused."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.stats import kstest

import simsuff as ss
from simsuff.models import SphereModel
from simsuff.models.sphere.model import heights
from simsuff.models.sphere.special import shortfall, shortfalls

LAWS = [(1, 1.0), (1, 1e6), (2, 0.0), (2, 3.0), (3, 2.0), (3, 1e6), (5, 1e-9), (30, 50.0)]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_samples_have_unit_rows_and_the_mean_of_the_law(law):
    p, kappa = law
    model = SphereModel(p, kappa)
    z1, z2 = model.sample(20_000, np.random.default_rng(5))
    for z in (z1, z2):
        assert np.abs(np.linalg.norm(z, axis=1) - 1).max() <= 16 * np.finfo(float).eps
        # Each coordinate of a uniform point has mean 0 and variance 1/p.
        assert np.abs(z.mean(axis=0)).max() <= 5 / math.sqrt(p * len(z))
    # 1 − ⟨z₁, z₂⟩ has the mean 1 − λ₁; near 1 the eigenvalue has lost the digits of 1 − λ₁.
    height = ((z1 - z2) ** 2).sum(axis=1) / 2
    with mp.workdps(40):
        nu = mp.mpf(p) / 2 - 1
        k = mp.mpf(kappa)
        fall = float(1 - k / p * mp.hyp0f1(nu + 2, k * k / 4) / mp.hyp0f1(nu + 1, k * k / 4))
    assert abs(height.mean() - fall) <= 5 * height.std() / math.sqrt(len(height)) + 1e-15


@pytest.mark.parametrize("kappa", [0.0, 2.0, 500.0])
def test_the_inner_product_has_its_law_in_three_dimensions(kappa):
    """For p = 3 the density of t is ∝ e^{κt} on [−1, 1]."""
    drawn = heights(3, np.full(5_000, kappa), np.random.default_rng(6))
    cdf = (lambda h: h / 2) if kappa == 0 else (lambda h: np.expm1(-kappa * h) / np.expm1(-2 * kappa))
    assert kstest(drawn, cdf).pvalue > 1e-4


@pytest.mark.statement("S3", kind="exact")
def test_the_ratio_keeps_its_digits_where_it_is_concentrated():
    model = SphereModel(3, 1e6)
    z1, z2 = model.sample(2_000, np.random.default_rng(1))
    # r = 2κ e^{−κ‖z₁ − z₂‖²/2}/(1 − e^{−2κ}) for p = 3.
    expected = math.log(2e6) - 1e6 * ((z1 - z2) ** 2).sum(axis=1) / 2
    np.testing.assert_allclose(model.pmi(z1, z2), expected, rtol=0, atol=1e-13 * 20)
    np.testing.assert_allclose(np.diag(model.pmi_table(z1, z2)), expected, rtol=0, atol=1e-8)


def test_the_range_of_the_ratio_is_attained():
    model = SphereModel(4, 3.0)
    point = np.eye(4)[:1]
    assert model.log_ratio_range == (model.pmi(point, -point)[0], model.pmi(point, point)[0])


@pytest.mark.statement("S2-top", kind="exact")
def test_the_circle_of_two_points():
    model = SphereModel(1, 0.7)
    assert model.canonical_correlations == pytest.approx([math.tanh(0.7)], rel=1e-15)
    np.testing.assert_allclose(
        np.exp(model.pmi([[1.0], [1.0]], [[1.0], [-1.0]])), 1 + math.tanh(0.7) * np.array([1, -1]), rtol=1e-15
    )


@pytest.mark.parametrize("law", [(2, 0.5), (3, 20.0), (5, 300.0), (7, 1e-3)], ids=str)
def test_eigenvalues_are_ratios_of_bessel_functions(law):
    p, kappa = law
    found = SphereModel(p, kappa).eigenvalues
    with mp.workdps(40):
        nu = mp.mpf(p) / 2 - 1
        for degree in (1, 2, len(found)):
            truth = mp.besseli(nu + degree, kappa) / mp.besseli(nu, kappa)
            assert abs(found[degree - 1] / truth - 1) <= 8 * degree * np.finfo(float).eps


def test_harmonics_are_counted():
    model = SphereModel(3, 2.0)
    assert [model.multiplicity(degree) for degree in range(4)] == [1, 3, 5, 7]
    assert [SphereModel(2, 1.0).multiplicity(degree) for degree in range(4)] == [1, 2, 2, 2]
    assert [SphereModel(1, 1.0).multiplicity(degree) for degree in range(4)] == [1, 1, 0, 0]
    np.testing.assert_array_equal(SphereModel(4, 0.0).canonical_correlations, np.zeros(4))
    assert len(SphereModel(6, 1e5).canonical_correlations) == 1000


@pytest.mark.parametrize("dimension", [1, 2, 3, 30, 3000])
def test_normalisers_are_known_within_their_bounds(dimension):
    kappa = np.array([0.0, 1e-12, 0.5, 29.0, 31.0, 500.0, 601.0, 1e6])
    values, errors = shortfalls(dimension, kappa)
    truth = [shortfall(dimension, k) for k in kappa.tolist()]
    assert (np.abs(values - truth) <= errors + np.finfo(float).eps * np.abs(truth)).all()


@pytest.mark.statement("S3", kind="exact")
def test_training_finds_the_scaled_identity():
    """The score ⟨Wz₁, Wz₂⟩ with WᵀW = κI is log r up to a constant; a fit of the right width comes near it."""
    model, rng = SphereModel(3, 2.0), np.random.default_rng(0)
    pairs = model.sample(8_192, rng)
    start = ss.LinearEncoder.random(3, 3, rng)
    fit = ss.fit(pairs, start, loss="infonce", batch=64, optimizer="lbfgs", rng=rng)
    gram = fit.encoder.weight.T @ fit.encoder.weight
    assert np.abs(gram - 2.0 * np.eye(3)).max() < 0.25
    assert model.sufficiency(fit.encoder, "kl") == 0
    exact = ss.finite_k_excess(model, ss.LinearEncoder(np.sqrt(2.0) * np.eye(3)), 16, 256, rng)
    assert exact.value <= 1e-15


def test_models_are_trained_on_directly():
    model = SphereModel(3, 2.0)
    options = {"batch": 32, "steps": 20, "rng": np.random.default_rng(0)}
    fit = ss.fit(model, ss.LinearEncoder(np.eye(3)[:1]), loss="infonce", **options)
    assert np.isfinite(fit.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0), "dimension must be an integer >= 1: dimension = 0"),
        ((2.0, 1.0), "dimension must be an integer >= 1: dimension = 2.0"),
        ((3, -1.0), "concentration must be finite and at least 0: concentration = -1.0"),
        ((3, math.nan), "concentration must be finite"),
        ((3, math.inf), "concentration must be finite"),
        ((3, "2"), "concentration must be finite"),
        ((3, True), "concentration must be finite"),
    ],
)
def test_laws_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SphereModel(*arguments)


def test_points_off_the_sphere_are_refused():
    model = SphereModel(2, 1.0)
    with pytest.raises(ValueError, match=r"z2 must have unit rows: norm of row 1 = 2.0"):
        model.pmi([[1.0, 0.0]] * 2, [[1.0, 0.0], [2.0, 0.0]])
    with pytest.raises(ValueError, match=r"z1 must have shape \(n, 2\)"):
        model.pmi([[1.0]], [[1.0, 0.0]])
    with pytest.raises(ValueError, match="z2 must have the 2 rows of z1"):
        model.pmi(np.eye(2), [[1.0, 0.0]])
    with pytest.raises(ValueError, match="k must be an integer in"):
        model.optimal_encoder(3)
