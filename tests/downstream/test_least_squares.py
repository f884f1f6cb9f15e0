"""Does least squares minimise, and does it refuse what has no unique minimiser?"""

import numpy as np
import pytest

from simsuff.downstream import expected_test_error, ordinary_least_squares, prediction_error


def test_residuals_are_orthogonal_to_the_features():
    rng = np.random.default_rng(0)
    features, responses = rng.normal(size=(20, 3)), rng.normal(size=20)
    residuals = responses - features @ ordinary_least_squares(features, responses)
    assert np.abs(features.T @ residuals).max() <= 1e3 * np.finfo(float).eps


def test_prediction_error_is_the_quadratic_form():
    assert prediction_error([2.0], [[3.0]], [1.0], 5.0) == 5.0 - 4.0 + 12.0


@pytest.mark.statement("E9", kind="exact")
def test_expected_error_grows_with_features():
    assert expected_test_error(1.0, 2, 10) == 9 / 7
    assert expected_test_error(1.0, 5, 10) > expected_test_error(1.0, 2, 10)


@pytest.mark.parametrize(
    ("features", "responses", "message"),
    [
        (np.ones((2, 3)), np.ones(2), "at least as many rows as columns"),
        (np.ones((4, 2)), np.ones(3), r"responses must have shape \(4,\)"),
        (np.full((4, 2), np.nan), np.ones(4), "features must be finite"),
        (np.ones((0, 2)), np.ones(0), "features must be non-empty"),
    ],
)
def test_bad_input_is_refused(features, responses, message):
    with pytest.raises(ValueError, match=message):
        ordinary_least_squares(features, responses)
