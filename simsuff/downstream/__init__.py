"""Downstream regression and classification on a representation: population risks, augmentation errors, least squares."""

from simsuff.downstream.finite_classification import FiniteClassification, regression_as_classification
from simsuff.downstream.finite_regression import FiniteRegression, PairRegression
from simsuff.downstream.gaussian_regression import (
    GaussianRegression,
    expected_test_error,
    ordinary_least_squares,
    prediction_error,
)
from simsuff.downstream.truncated_head import (
    HeadFit,
    TruncatedSoftmaxHead,
    fit_truncated_head,
    least_margin,
    proof_head,
)

__all__ = [
    "FiniteClassification",
    "FiniteRegression",
    "GaussianRegression",
    "HeadFit",
    "PairRegression",
    "TruncatedSoftmaxHead",
    "expected_test_error",
    "fit_truncated_head",
    "least_margin",
    "ordinary_least_squares",
    "prediction_error",
    "proof_head",
    "regression_as_classification",
]
