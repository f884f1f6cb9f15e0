"""Least squares whose predictions are clipped to the range of what they predict."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simsuff.downstream.gaussian_regression import ordinary_least_squares
from simsuff.numerics.validation import Float, positive, real_array


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
