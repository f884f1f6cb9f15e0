"""E7, E9: what do additive noise and m labelled samples cost in the worked linear-regression example?"""

import numpy as np

from simsuff.downstream import GaussianRegression
from simsuff.models import GaussianModel
from simsuff.numerics.numbers import rounded
from simsuff.numerics.validation import Float, Integer
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("E7", "augmentation error of additive noise")
def additive_noise_augmentation_error(
    signal_variances: Float, noise_std: float, coefficients: Float
) -> Comparison:
    """ε = σ² ‖θ‖²."""
    task = _task(signal_variances, noise_std, coefficients)
    rhs = noise_std**2 * float(coefficients @ coefficients)
    return Comparison(rounded(task.augmentation_error, task.target_variance), "==", rhs)


@statement("E7-correlations", "canonical correlations of additive noise")
def additive_noise_correlations(signal_variances: Float, noise_std: float) -> Comparison:
    """ρ_i = s_i/(s_i + σ²), compared where they differ most."""
    rho = np.sort(signal_variances / (signal_variances + noise_std**2))[::-1]
    found = GaussianModel.additive_noise(signal_variances, noise_std).canonical_correlations
    i = int(np.argmax(np.abs(found - rho)))
    return Comparison(float(found[i]), "==", float(rho[i]))


@statement("E7-risk", "regression risk of the top-k encoder under additive noise")
def additive_noise_risk(signal_variances: Float, noise_std: float, coefficients: Float, k: int) -> Comparison:
    """R_T = Σ_i θ_i² s_i (1 − ρ_i) + Σ_{i>k} θ_i² s_i ρ_i."""
    task, order, rho = _ordered(signal_variances, noise_std, coefficients)
    energy = coefficients[order] ** 2 * signal_variances[order]
    rhs = float(np.sum(energy * (1 - rho)) + np.sum((energy * rho)[k:]))
    return Comparison(rounded(_top(task, k, task.risk), task.target_variance), "==", rhs)


@statement("E7-gap", "encoder gap of the top-k encoder under additive noise")
def additive_noise_gap(signal_variances: Float, noise_std: float, coefficients: Float, k: int) -> Comparison:
    """a² = Σ_{i>k} θ_i² ρ_i² (s_i + σ²)."""
    task, order, rho = _ordered(signal_variances, noise_std, coefficients)
    terms = coefficients[order] ** 2 * rho**2 * (signal_variances[order] + noise_std**2)
    return Comparison(
        rounded(_top(task, k, task.encoder_gap), task.target_variance), "==", float(terms[k:].sum())
    )


@statement("E9", "expected test error of least squares from m labelled samples", in_expectation=True)
def least_squares_test_error(
    task: GaussianRegression, weight: Float, labelled: int, rng: np.random.Generator
) -> Comparison:
    """E[test MSE] = v (m − 1)/(m − p − 1); the left side is the exact test error of one random fit: average it."""
    lhs = task.least_squares_test_error(weight, labelled, rng)
    return Comparison(lhs, "==", task.expected_test_error(weight, labelled))


def _task(signal_variances: Float, noise_std: float, coefficients: Float) -> GaussianRegression:
    return GaussianRegression(GaussianModel.additive_noise(signal_variances, noise_std), coefficients)


def _ordered(
    signal_variances: Float, noise_std: float, coefficients: Float
) -> tuple[GaussianRegression, Integer, Float]:
    """The task, the coordinates by decreasing correlation, and the correlations in that order."""
    order = np.argsort(-signal_variances, kind="stable")
    rho = signal_variances[order] / (signal_variances[order] + noise_std**2)
    return _task(signal_variances, noise_std, coefficients), order, rho


def _top(task: GaussianRegression, k: int, functional: object) -> float:
    weight = task.model.optimal_encoder(k).weight
    assert callable(functional)
    return float(functional(weight))
