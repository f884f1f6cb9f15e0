"""Are the Gaussian risks what conditioning formulas and simulations say?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff import Comparison, Estimate, GaussianModel
from simsuff.downstream import GaussianRegression
from simsuff.numerics.numbers import ROUNDING
from simsuff.strategies import additive_noise_models, score_tables, weights


@st.composite
def tasks(draw):
    model = draw(additive_noise_models())
    d = len(model.cov11)
    return GaussianRegression(model, draw(score_tables((d,)))), draw(weights(d))


@given(tasks())
def test_risks_follow_from_conditioning(drawn):
    """Var(θᵀx | Wz) and Var(E[V₂|z₁] | Wz₁) by Schur complements, the explicit predictor by its coefficients."""
    task, w = drawn
    theta, signal, view = task.coefficients, task.model.signal, task.model.cov11
    kept, cross = w @ view @ w.T, w @ signal.covariance_with_view.T @ theta
    scale = 1e3 * (1 + task.target_variance)
    schur = theta @ signal.covariance @ theta - cross @ np.linalg.solve(kept, cross)
    assert abs(task.risk(w) - schur) <= ROUNDING * scale
    best = np.linalg.solve(view, task.model.cov12 @ theta)
    lost = best @ view @ best - (w @ view @ best) @ np.linalg.solve(kept, w @ view @ best)
    assert abs(task.encoder_gap(w) - lost) <= ROUNDING * scale
    explicit = w.T @ np.linalg.solve(kept, w @ view @ theta)
    direct = (
        explicit @ view @ explicit
        - 2 * explicit @ signal.covariance_with_view.T @ theta
        + task.signal_variance
    )
    assert abs(task.predictor_risk(w) - direct) <= ROUNDING * scale


def example():
    model = GaussianModel.additive_noise([2.0, 1.0, 0.5], [0.5, 1.0, 0.8])
    return GaussianRegression(model, [1.0, -0.5, 2.0], label_noise=0.3)


def test_samples_have_the_stated_risk():
    """The best predictor on W z, fitted on the population, has the empirical test error v."""
    task, w = example(), np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    signal, view = task.model.signal, task.model.cov11
    best = np.linalg.solve(w @ view @ w.T, w @ signal.covariance_with_view.T @ task.coefficients)
    errors = task.empirical_test_error(w, best, 200_000, np.random.default_rng(1))
    assert Comparison(Estimate.from_samples(errors), "==", task.residual_variance(w)).verdict == "holds"


@pytest.mark.statement("E9", kind="exact")
def test_least_squares_error_exceeds_the_noise():
    task = example()
    assert task.least_squares_test_error(np.eye(3), 10, np.random.default_rng(0)) > task.residual_variance(
        np.eye(3)
    )
    assert task.expected_test_error(np.eye(3), 10) == pytest.approx(task.residual_variance(np.eye(3)) * 9 / 6)


def test_same_seed_same_bytes():
    first, second = (example().sample(5, np.random.default_rng(3)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_bad_input_is_refused():
    model = example().model
    with pytest.raises(ValueError, match="model must know its latent x"):
        GaussianRegression(GaussianModel.from_correlations([0.5]), [1.0])
    with pytest.raises(ValueError, match=r"coefficients must have shape \(3,\)"):
        GaussianRegression(model, [1.0])
    with pytest.raises(ValueError, match="label_noise must be in"):
        GaussianRegression(model, [1.0, 1.0, 1.0], label_noise=-1.0)
    with pytest.raises(ValueError, match="weight must have shape"):
        example().risk(np.eye(4))
    with pytest.raises(ValueError, match="rng must be a"):
        example().sample(3, None)
    with pytest.raises(ValueError, match="m >= 5 labels"):
        example().expected_test_error(np.eye(3), 4)
