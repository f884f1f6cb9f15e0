"""What does ordinary least squares from m labelled samples cost, exactly in finite samples (E9)?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.numerics.validation import integer, positive, real_array, require

Float = NDArray[np.float64]


def ordinary_least_squares(features: ArrayLike, responses: ArrayLike) -> Float:
    """The minimiser of Σ(y − cᵀT)² without intercept, shape (p,); features (m, p), responses (m,).

    Raises
    ------
    ValueError : on shape mismatch or fewer samples than features, where the minimiser is not unique.
    """
    inputs = real_array("features", features, 2)
    outputs = real_array("responses", responses, 1)
    m, p = inputs.shape
    shape = f"shape = {outputs.shape}"
    require(outputs.size == m, "responses", shape, f"have shape ({m},)", "give one response for each row")
    require(
        m >= p, "features", f"shape = {inputs.shape}", "have at least as many rows as columns", "label more"
    )
    return np.asarray(np.linalg.lstsq(inputs, outputs, rcond=None)[0])


def expected_test_error(residual_variance: float, features: int, labelled: int) -> float:
    """E[test MSE] = v (m − 1)/(m − p − 1) of least squares, v = Var(y | T), p features, m labels (E9).

    Raises
    ------
    ValueError : unless m > p + 1, where the expectation is infinite.
    """
    variance = positive("residual_variance", residual_variance)
    p = integer("features", features, 1, "use at least one feature")
    m = integer("labelled", labelled, p + 2, f"with {p} features the expectation needs m >= {p + 2} labels")
    return variance * (m - 1) / (m - p - 1)


def prediction_error(
    coefficients: ArrayLike, covariance: ArrayLike, cross: ArrayLike, variance: float
) -> float:
    """E(y − cᵀT)² of fixed coefficients c (p,) from Cov(T) (p, p), Cov(T, y) (p,) and Var(y)."""
    c = real_array("coefficients", coefficients, 1)
    second = real_array("covariance", covariance, 2)
    mixed = real_array("cross", cross, 1)
    return float(variance - 2 * c @ mixed + c @ second @ c)
