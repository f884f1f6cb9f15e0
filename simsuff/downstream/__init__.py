"""Downstream regression and classification on a representation: population risks, augmentation error, least squares."""

from simsuff.downstream.finite_classification import FiniteClassification, regression_as_classification
from simsuff.downstream.finite_regression import FiniteRegression
from simsuff.downstream.gaussian_regression import GaussianRegression
from simsuff.downstream.least_squares import expected_test_error, ordinary_least_squares, prediction_error
from simsuff.downstream.pair_regression import PairRegression

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
