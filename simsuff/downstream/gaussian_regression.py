"""What does linear regression on T = Wz₁ cost in a Gaussian model with a latent x, exactly (C1–C3, E7, E9)?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.downstream.least_squares import expected_test_error, ordinary_least_squares, prediction_error
from simsuff.models import GaussianModel
from simsuff.numerics.validation import generator, integer, real_array, require

Float = NDArray[np.float64]


@dataclass(frozen=True, init=False)
class GaussianRegression:
    """The target h⋆(x) = θᵀx, read on a view as h⋆(z) = θᵀz, with labels y = θᵀx + N(0, label_noise²).

    Parameters
    ----------
    model : a Gaussian model that knows its latent x (`GaussianModel.additive_noise`).
    coefficients : θ, shape (d,).
    label_noise : standard deviation of the label noise, ≥ 0.

    Raises
    ------
    ValueError : when the model has no latent x, or a shape does not fit.
    """

    model: GaussianModel
    coefficients: Float
    label_noise: float

    def __init__(self, model: GaussianModel, coefficients: ArrayLike, label_noise: float = 0.0) -> None:
        way_out = "build it with GaussianModel.additive_noise(signal_variances, noise_std)"
        require(model.signal is not None, "model", "signal = None", "know its latent x", way_out)
        theta = real_array("coefficients", coefficients, 1)
        d = model.cov11.shape[0]
        shape = f"shape = {theta.shape}"
        require(theta.size == d, "coefficients", shape, f"have shape ({d},)", "give one for each input")
        require(
            0 <= label_noise < np.inf,
            "label_noise",
            label_noise,
            "be in [0, inf)",
            "pass a standard deviation",
        )
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "coefficients", theta)
        object.__setattr__(self, "label_noise", float(label_noise))

    @property
    def _signal_covariance(self) -> Float:
        assert self.model.signal is not None
        return self.model.signal.covariance

    @property
    def _target_cross(self) -> Float:
        """Cov(z, θᵀx), shape (d,)."""
        assert self.model.signal is not None
        cross: Float = self.model.signal.covariance_with_view.T @ self.coefficients
        return cross

    @property
    def _best_predictor(self) -> Float:
        """The coefficients of E[h⋆(x) | z₁], shape (d,)."""
        return np.asarray(np.linalg.solve(self.model.cov11, self._target_cross), dtype=np.float64)

    @property
    def half_range(self) -> float:
        """B of C2: a linear target on Gaussian views is unbounded, so use the χ² rows."""
        return float("inf")

    @property
    def target_variance(self) -> float:
        """Var h⋆(z) = θᵀΣθ."""
        return float(self.coefficients @ self.model.cov11 @ self.coefficients)

    @property
    def signal_variance(self) -> float:
        """Var h⋆(x)."""
        return float(self.coefficients @ self._signal_covariance @ self.coefficients)

    @property
    def augmentation_error(self) -> float:
        """ε = E(h⋆(z) − h⋆(x))²."""
        mixed = float(self.coefficients @ self._target_cross)
        return self.target_variance - 2 * mixed + self.signal_variance

    @property
    def view_risk(self) -> float:
        """R_z = E Var(h⋆(x) | z₁)."""
        return self.signal_variance - float(self._best_predictor @ self._target_cross)

    def risk(self, weight: ArrayLike) -> float:
        """R_T = inf_h E(h(T) − h⋆(x))² for T = Wz₁, W (k, d): the view risk plus what T loses of E[h⋆(x) | z₁]."""
        return self.view_risk + self._lost(self._best_predictor, weight)

    def encoder_gap(self, weight: ArrayLike) -> float:
        """a² = E(E[V₂ | z₁] − E[V₂ | T])² for T = Wz₁, V₂ = θᵀz₂."""
        best = np.linalg.solve(self.model.cov11, self.model.cov12 @ self.coefficients)
        return self._lost(np.asarray(best, dtype=np.float64), weight)

    def predictor_risk(self, weight: ArrayLike) -> float:
        """E(h(T) − h⋆(x))² of the explicit predictor h(T) = E[h⋆(z₁) | T] of C1."""
        basis, root = self._kept(weight)
        kept = np.linalg.solve(root.T, basis @ (basis.T @ (root.T @ self.coefficients)))
        return prediction_error(kept, self.model.cov11, self._target_cross, self.signal_variance)

    def residual_variance(self, weight: ArrayLike) -> float:
        """v = Var(y | T), T = Wz₁: the risk plus the label noise."""
        return self.risk(weight) + self.label_noise**2

    def expected_test_error(self, weight: ArrayLike, labelled: int) -> float:
        """E[test MSE] of least squares on T = Wz₁ from `labelled` samples (E9)."""
        return expected_test_error(self.residual_variance(weight), np.shape(weight)[0], labelled)

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Float, Float]:
        """`n` labelled samples: views z, shape (n, d), and labels y, shape (n,)."""
        integer("n", n, 1, "draw at least one sample")
        generator("rng", rng)
        root = np.linalg.cholesky(self.model.cov11)
        z = rng.standard_normal((n, root.shape[0])) @ root.T
        spread = np.sqrt(self.view_risk + self.label_noise**2)
        return z, z @ self._best_predictor + spread * rng.standard_normal(n)

    def least_squares_test_error(self, weight: ArrayLike, labelled: int, rng: np.random.Generator) -> float:
        """The exact test MSE of one least-squares fit on T = Wz₁ from `labelled` random samples."""
        w = self._weight(weight)
        z, y = self.sample(labelled, rng)
        fitted = ordinary_least_squares(z @ w.T, y)
        total = self.signal_variance + self.label_noise**2
        return prediction_error(fitted, w @ self.model.cov11 @ w.T, w @ self._target_cross, total)

    def empirical_test_error(
        self, weight: ArrayLike, coefficients: ArrayLike, n: int, rng: np.random.Generator
    ) -> Float:
        """The squared test errors (y − cᵀWz)² on `n` fresh samples, shape (n,)."""
        z, y = self.sample(n, rng)
        errors: Float = (y - z @ self._weight(weight).T @ np.asarray(coefficients)) ** 2
        return errors

    def _weight(self, weight: ArrayLike) -> Float:
        w = real_array("weight", weight, 2)
        d = self.coefficients.size
        allowed = f"have shape (k, {d}) with 1 <= k <= {d}"
        require(w.shape[1] == d and w.shape[0] <= d, "weight", f"shape = {w.shape}", allowed, "reshape it")
        return w

    def _kept(self, weight: ArrayLike) -> tuple[Float, Float]:
        """An orthonormal basis (d, k) of what T keeps, in coordinates whitened by the Cholesky root."""
        root = np.asarray(np.linalg.cholesky(self.model.cov11), dtype=np.float64)
        return np.asarray(np.linalg.qr((self._weight(weight) @ root).T)[0], dtype=np.float64), root

    def _lost(self, direction: Float, weight: ArrayLike) -> float:
        """E Var(directionᵀz₁ | T), as the squared norm of a residual, so that it cannot cancel."""
        basis, root = self._kept(weight)
        whitened = root.T @ direction
        return float(np.sum((whitened - basis @ (basis.T @ whitened)) ** 2))
