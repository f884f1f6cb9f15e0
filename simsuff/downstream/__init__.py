"""Downstream regression and classification on a representation: population risks, augmentation errors, least squares."""

from simsuff.downstream.conditional_laws import conditional_variation
from simsuff.downstream.finite_classification import FiniteClassification, regression_as_classification
from simsuff.downstream.finite_regression import FiniteRegression, PairRegression, StationaryRegression
from simsuff.downstream.gaussian_regression import GaussianRegression
from simsuff.downstream.least_squares import (
    TruncatedLinear,
    expected_test_error,
    ordinary_least_squares,
    prediction_error,
    truncated_least_squares,
)
from simsuff.downstream.semimetrics import ABSOLUTE, SQUARE, Semimetric, huber, power
from simsuff.downstream.sphere_regression import SphereRegression
from simsuff.downstream.truncated_head import (
    HeadFit,
    TruncatedSoftmaxHead,
    fit_truncated_head,
    least_margin,
    proof_head,
)

__all__ = [
    "ABSOLUTE",
    "SQUARE",
    "FiniteClassification",
    "FiniteRegression",
    "GaussianRegression",
    "HeadFit",
    "PairRegression",
    "Semimetric",
    "SphereRegression",
    "StationaryRegression",
    "TruncatedLinear",
    "TruncatedSoftmaxHead",
    "conditional_variation",
    "expected_test_error",
    "fit_truncated_head",
    "huber",
    "least_margin",
    "ordinary_least_squares",
    "power",
    "prediction_error",
    "proof_head",
    "regression_as_classification",
    "truncated_least_squares",
]
