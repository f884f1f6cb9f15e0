"""Do views that should have the law of x have it, and is T applied to x itself?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff import FiniteModel, GaussianModel
from simsuff.downstream import ABSOLUTE, SQUARE, GaussianRegression, StationaryRegression
from simsuff.models.finite.random import permutation_views, reversible_views, stationary_views
from simsuff.numerics.numbers import value_of
from simsuff.strategies.tasks import reversible_tasks, stationary_tasks


def drawn(make):
    rng = np.random.default_rng(0)
    return [make(rng) for _ in range(20)]


@pytest.mark.parametrize(
    ("make", "reversible"),
    [
        (lambda rng: reversible_views(4, rng, 0.5), True),
        (lambda rng: permutation_views(5, 3, rng), False),
        (lambda rng: stationary_views(5, rng), False),
    ],
)
def test_generators_preserve_the_law(make, reversible):
    models = drawn(make)
    for model in models:
        np.testing.assert_allclose(model.prior @ model.channel, model.prior, rtol=0, atol=1e-15)
    balanced = [StationaryRegression(model, np.arange(model.shape[0])).is_reversible for model in models]
    assert all(balanced) if reversible else not any(balanced)


@given(st.one_of(reversible_tasks(), stationary_tasks()))
def test_the_risk_is_that_of_the_best_predictor_of_the_target_from_its_symbol(task):
    """Σ π(x) Var(h⋆ | T = T(x)), by loops over groups."""
    n = task.target_z.size
    labels, prior = np.arange(n) // 2, task.model.prior
    direct = 0.0
    for group in np.unique(labels):
        inside = labels == group
        mean = prior[inside] @ task.target_z[inside] / prior[inside].sum()
        direct += prior[inside] @ (task.target_z[inside] - mean) ** 2
    found = task.unaugmented_risk(labels)
    assert abs(found - direct) <= found.error + 1e-14 * np.abs(task.target_z).max() ** 2
    assert value_of(task.unaugmented_loss(labels, SQUARE)) == pytest.approx(found.value, abs=1e-12)
    assert task.unaugmented_loss(labels, ABSOLUTE) ** 2 <= found + 1e-12


@given(reversible_tasks())
def test_reversible_tasks_are_reversible(task):
    assert task.is_reversible


def test_a_channel_that_changes_the_law_is_refused():
    model = FiniteModel.from_views([0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]])
    with pytest.raises(
        ValueError, match=r"channel must map the law of x to itself: E\|P\(z\) − P\(x\)\| = 0\.1"
    ):
        StationaryRegression(model, [0.0, 1.0])
    with pytest.raises(ValueError, match=r"channel must be square: shape = \(1, 2\)"):
        StationaryRegression(FiniteModel.from_views([1.0], [[0.5, 0.5]]), [0.0])
    with pytest.raises(ValueError, match="model must know its latent x"):
        StationaryRegression(FiniteModel(np.eye(2) / 2), [0.0, 1.0])


def test_ornstein_uhlenbeck_is_what_it_says():
    rho = np.array([0.9, -0.5, 0.0])
    model = GaussianModel.ornstein_uhlenbeck(rho)
    np.testing.assert_array_equal(model.canonical_correlations, [0.81, 0.25, 0.0])
    task = GaussianRegression(model, [1.0, 2.0, -1.0])
    assert value_of(task.augmentation_error) == pytest.approx(2 * (0.1 + 4 * 1.5 + 1), rel=1e-14)
    assert value_of(task.view_risk) == pytest.approx(1 - 0.81 + 4 * 0.75 + 1, rel=1e-14)
    assert value_of(task.unaugmented_risk([[1.0, 0.0, 0.0]])) == pytest.approx(5, rel=1e-13)
    # The risk on views: E(θᵀx − E[θᵀx | z₁])² plus what is lost of ρθ.
    assert value_of(task.risk([[1.0, 0.0, 0.0]])) == pytest.approx(0.19 + 4 + 1, rel=1e-13)
    # The explicit predictor keeps θ₁z₁: (1 − ρ)² + (1 − ρ²) = 2(1 − ρ) on the first coordinate.
    assert value_of(task.predictor_risk([[1.0, 0.0, 0.0]])) == pytest.approx(0.2 + 4 + 1, rel=1e-13)


def test_samples_of_an_ornstein_uhlenbeck_task():
    task = GaussianRegression(GaussianModel.ornstein_uhlenbeck([0.8, 0.3]), [1.0, -2.0], label_noise=0.5)
    z, y = task.sample(100_000, np.random.default_rng(0))
    residual = y - z @ np.array([0.8, -0.6])
    assert np.mean(residual**2) == pytest.approx(value_of(task.view_risk) + 0.25, rel=0.02)


def test_nearly_equal_views_keep_their_error():
    rho = 1 - 2.0**-40
    task = GaussianRegression(GaussianModel.ornstein_uhlenbeck([rho]), [3.0])
    assert value_of(task.augmentation_error) == pytest.approx(18 * 2.0**-40, rel=1e-12)
    assert task.augmentation_error.error <= 1e-13 * task.augmentation_error


def test_bad_gaussian_input_is_refused():
    with pytest.raises(ValueError, match=r"correlations must lie in \(-1, 1\): correlations\[1\] = 1\.0"):
        GaussianModel.ornstein_uhlenbeck([0.5, 1.0])
    noisy = GaussianRegression(GaussianModel.additive_noise([1.0], 0.5), [1.0])
    with pytest.raises(ValueError, match="model must give views the law of x"):
        noisy.unaugmented_risk([[1.0]])
