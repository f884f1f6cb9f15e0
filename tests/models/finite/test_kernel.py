import numpy as np
import pytest

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.models.finite.model import singular_system

# Singular values of a small matrix with entries below one are found to a few units for each dimension.
SVD_SLACK = 64 * np.finfo(float).eps


@pytest.fixture
def model():
    return FiniteModel(np.random.default_rng(2).dirichlet(np.full(20, 0.5)).reshape(5, 4))


def test_correlations_give_chi2(model):
    """1 + χ² = Σ λ_i²."""
    total = float((model.canonical_correlations**2).sum())
    assert total == pytest.approx(model.information(divergence("chi2")), rel=SVD_SLACK)


def test_functions_are_orthonormal_and_diagonalise_the_kernel(model):
    system = singular_system(model.joint, model.marginal1, model.marginal2)
    gram = system.left.T @ (model.marginal1[:, None] * system.left)
    np.testing.assert_allclose(gram, np.eye(3), atol=SVD_SLACK * 10)
    kernel = 1 + (system.left * system.correlations) @ system.right.T
    np.testing.assert_allclose(
        kernel, model.ratio, atol=SVD_SLACK * model.ratio.max() / model.marginal1.min()
    )
    np.testing.assert_allclose(model.marginal1 @ system.left, 0, atol=SVD_SLACK)


@pytest.mark.statement("E8-attained", kind="exact")
@pytest.mark.statement("E8")
def test_spectral_features_minimise_the_spectral_loss():
    """E8: E_⊗⟨f, f⟩² − 2E₁₂⟨f, f⟩ = −Σ λ_i² at (√λ_i φ_i), and no random perturbation does better."""
    rng = np.random.default_rng(5)
    model = FiniteModel.from_views(rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(5), size=6))
    features = model.optimal_encoder(3).table
    p = model.marginal1

    def loss(table):
        inner = table @ table.T
        return float(p @ inner**2 @ p - 2 * (model.joint * inner).sum())

    best = -1 - float((model.canonical_correlations[:2] ** 2).sum())
    assert loss(features) == pytest.approx(best, rel=SVD_SLACK)
    for _ in range(50):
        assert loss(features + rng.normal(size=features.shape) * 10 ** rng.uniform(-4, 0)) > best


def test_edge_shapes():
    assert FiniteModel(np.ones((1, 1))).canonical_correlations.shape == (0,)
    independent = FiniteModel(np.outer([0.25, 0.75], [0.5, 0.25, 0.25]))
    np.testing.assert_allclose(independent.canonical_correlations, [0.0], atol=SVD_SLACK)
    identical = FiniteModel(np.diag([0.5, 0.25, 0.25]))
    np.testing.assert_allclose(identical.canonical_correlations, [1.0, 1.0], rtol=SVD_SLACK)
    assert (identical.canonical_correlations <= 1).all()


def test_symbols_without_mass_get_feature_zero():
    model = FiniteModel([[0.0, 0.0], [0.3, 0.2], [0.1, 0.4]])
    table = model.optimal_encoder(2).table
    assert np.isfinite(table).all()
    assert table[0, 1] == 0


@pytest.mark.parametrize("k", [0, -1, 5, 1.5, True])
def test_refuses_a_bad_width(model, k):
    with pytest.raises(ValueError, match=r"k must be an integer in \[1, 4\]"):
        model.optimal_encoder(k)
