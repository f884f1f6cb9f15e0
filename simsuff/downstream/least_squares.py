"""Least squares: the fit, its expected test error (E9), the error of fixed coefficients, and clipped predictions (S7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simsuff.numerics.numbers import Bounded, error_of
from simsuff.numerics.validation import Float, integer, positive, real_array, require, shaped_array


def ordinary_least_squares(features: ArrayLike, responses: ArrayLike) -> Float:
    """The minimiser of Σ(y − cᵀT)² without intercept, shape (p,); features (m, p), responses (m,).

    Raises
    ------
    ValueError : on shape mismatch or fewer samples than features, where the minimiser is not unique.
    """
    inputs = real_array("features", features, 2)
    m, p = inputs.shape
    outputs = shaped_array("responses", responses, (m,), "give one response for each row")
    shown = f"shape = {inputs.shape}"
    require(m >= p, "features", shown, "have at least as many rows as columns", "label more")
    return np.asarray(np.linalg.lstsq(inputs, outputs, rcond=None)[0])


def expected_test_error(residual_variance: float, features: int, labelled: int) -> Bounded:
    """E[test MSE] = v (m − 1)/(m − p − 1) of least squares, v = Var(y | T), p features, m labels (E9).

    Raises
    ------
    ValueError : unless m > p + 1, where the expectation is infinite.
    """
    positive("residual_variance", residual_variance)
    p = integer("features", features, 1, "use at least one feature")
    m = integer("labelled", labelled, p + 2, f"with {p} features the expectation needs m >= {p + 2} labels")
    return Bounded(residual_variance, error_of(residual_variance)) * (m - 1) / (m - p - 1)


def prediction_error(
    coefficients: ArrayLike, covariance: ArrayLike, cross: ArrayLike, variance: float
) -> float:
    """E(y − cᵀT)² of fixed coefficients c (p,) from Cov(T) (p, p), Cov(T, y) (p,) and Var(y)."""
    c = real_array("coefficients", coefficients, 1)
    second = real_array("covariance", covariance, 2)
    mixed = real_array("cross", cross, 1)
    return float(variance - 2 * c @ mixed + c @ second @ c)


@dataclass(frozen=True)
class TruncatedLinear:
    """The predictor clip(cᵀT, [−B, B]) on rows T (n, p): `coefficients` c (p,), `bound` B."""

    coefficients: Float
    bound: float

    def __call__(self, features: ArrayLike) -> Float:
        """Predictions (n,) for `features` (n, p)."""
        plain = real_array("features", features, 2) @ self.coefficients
        return np.asarray(np.clip(plain, -self.bound, self.bound))


def truncated_least_squares(features: ArrayLike, responses: ArrayLike, bound: float) -> TruncatedLinear:
    """Least squares without intercept on `features` (m, p) and `responses` (m,), clipped to [−bound, bound] (S7).

    Wherever the target stays within the bound, clipping brings each prediction nearer to it.

    Raises
    ------
    ValueError : as `ordinary_least_squares`, and for a bound that is not positive.

    Examples
    --------
    >>> fit = truncated_least_squares([[1.0], [2.0]], [1.0, 2.0], bound=3.0)
    >>> fit([[2.0], [5.0]])
    array([2., 3.])
    """
    return TruncatedLinear(ordinary_least_squares(features, responses), positive("bound", bound))
