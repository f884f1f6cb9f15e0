"""Downstream regression and classification on a representation: population risks, augmentation errors, least squares."""

from simsuff.downstream.finite_classification import FiniteClassification, regression_as_classification
from simsuff.downstream.finite_regression import FiniteRegression, PairRegression
from simsuff.downstream.gaussian_regression import (
    GaussianRegression,
    expected_test_error,
    ordinary_least_squares,
    prediction_error,
)

__all__ = [
    "FiniteClassification",
    "FiniteRegression",
    "GaussianRegression",
    "PairRegression",
    "expected_test_error",
    "ordinary_least_squares",
    "prediction_error",
    "regression_as_classification",
]
