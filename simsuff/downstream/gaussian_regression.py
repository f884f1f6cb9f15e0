"""Linear regression on T = Wz₁ in Gaussian models with a latent x: population risks and simulated fits (C1–C3, E7, E9).

Risks are sums of squares of what is lost of the signal and of what is kept of the noise, so that nothing cancels.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from simsuff.downstream.least_squares import expected_test_error, ordinary_least_squares
from simsuff.models import GaussianModel, Signal
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import (
    Float,
    RNGLike,
    generator,
    integer,
    plain_array,
    real_array,
    require,
    shaped_array,
)

# Roundings of a risk, for each dimension: products with at most three matrices.
ROUNDINGS = 16


@dataclass(frozen=True, init=False)
class GaussianRegression:
    """The target h⋆(x) = θᵀx, read on a view as h⋆(z) = θᵀz, with labels y = θᵀx + N(0, label_noise²).

    Parameters
    ----------
    model : a Gaussian model that knows its latent x (`GaussianModel.additive_noise`, `GaussianModel.ornstein_uhlenbeck`).
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
        size = (model.cov11.shape[0],)
        theta = shaped_array("coefficients", coefficients, size, "give one for each input")
        good = 0 <= label_noise < np.inf
        require(good, "label_noise", label_noise, "be in [0, inf)", "pass a standard deviation")
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "coefficients", theta)
        object.__setattr__(self, "label_noise", float(label_noise))

    @cached_property
    def _signal(self) -> Signal:
        """The latent x and how views depend on it: S = Cov(x), z = Gx + noise, N = Cov(noise); S, G, N diagonal."""
        assert self.model.signal is not None
        return self.model.signal

    @cached_property
    def _best_predictor(self) -> Float:
        """The coefficients Σ⁻¹GSθ of E[h⋆(x) | z₁], shape (d,)."""
        cross = self._signal.covariance_with_view.T @ self.coefficients
        return np.asarray(np.linalg.solve(self.model.cov11, cross), np.float64)

    @property
    def half_range(self) -> float:
        """B of C2: a linear target on Gaussian views is unbounded, so use the χ² rows."""
        return float("inf")

    @property
    def target_variance(self) -> Bounded:
        """Var h⋆(z) = θᵀΣθ."""
        return self._square(self.coefficients, self.model.cov11)

    @property
    def signal_variance(self) -> Bounded:
        """Var h⋆(x)."""
        return self._square(self.coefficients, self._signal.covariance)

    @property
    def augmentation_error(self) -> Bounded:
        """ε = E(h⋆(z) − h⋆(x))²."""
        return self._error_of(self.coefficients)

    @property
    def view_risk(self) -> Bounded:
        """R_z = E Var(h⋆(x) | z₁)."""
        # θ − Gᵀb for the best b, without the cancellation.
        rest = np.linalg.solve(self.model.cov11, self._signal.noise @ self.coefficients)
        return self._error_of(self._best_predictor, np.asarray(rest, np.float64))

    def risk(self, weight: ArrayLike) -> Bounded:
        """R_T = inf_h E(h(T) − h⋆(x))² for T = Wz₁, W (k, d): the view risk plus what T loses of E[h⋆(x) | z₁]."""
        return self.view_risk + self._lost(self._best_predictor, weight)

    def encoder_gap(self, weight: ArrayLike) -> Bounded:
        """a² = E(E[V₂ | z₁] − E[V₂ | T])² for T = Wz₁, V₂ = θᵀz₂."""
        best = np.linalg.solve(self.model.cov11, self.model.cov12 @ self.coefficients)
        return self._lost(np.asarray(best, dtype=np.float64), weight)

    def predictor_risk(self, weight: ArrayLike) -> Bounded:
        """E(h(T) − h⋆(x))² of the explicit predictor h(T) = E[h⋆(z₁) | T] of C1."""
        basis, root, condition = self._kept(weight)
        kept = np.asarray(
            np.linalg.solve(root.T, basis @ (basis.T @ (root.T @ self.coefficients))), np.float64
        )
        risk = self._error_of(kept)
        blur = self._units * condition * float(self.target_variance) ** 0.5
        return Bounded(risk.value, risk.error + 2 * blur * risk.value**0.5 + blur**2)

    @property
    def is_reversible(self) -> bool:
        """Whether x and z can be exchanged, so that T may be applied to x itself: z has the law of x."""
        return bool(np.array_equal(self._signal.covariance, self.model.cov11))

    def unaugmented_risk(self, weight: ArrayLike) -> Bounded:
        """inf_h E(h(Wx) − h⋆(x))² (Q3), W (k, d), for views that have the law of x.

        Raises
        ------
        ValueError : where they have another.
        """
        shown, way_out = "Cov(z) != Cov(x)", "build the model with GaussianModel.ornstein_uhlenbeck"
        require(self.is_reversible, "model", shown, "give views the law of x", way_out)
        return self._lost(self.coefficients, weight)

    def residual_variance(self, weight: ArrayLike) -> Bounded:
        """v = Var(y | T), T = Wz₁: the risk plus the label noise."""
        return self.risk(weight) + self.label_noise**2

    def expected_test_error(self, weight: ArrayLike, labelled: int) -> Bounded:
        """E[test MSE] of least squares on T = Wz₁ from `labelled` samples (E9)."""
        return expected_test_error(self.residual_variance(weight), np.shape(weight)[0], labelled)

    def sample(self, n: int, rng: RNGLike) -> tuple[Float, Float]:
        """`n` labelled samples: views z, shape (n, d), and labels y, shape (n,)."""
        integer("n", n, 1, "draw at least one sample")
        source = generator("rng", rng)
        root = np.linalg.cholesky(self.model.cov11)
        z = source.standard_normal((n, root.shape[0])) @ root.T
        spread = float(self.view_risk + self.label_noise**2) ** 0.5
        return z, z @ self._best_predictor + spread * source.standard_normal(n)

    def least_squares_test_error(self, weight: ArrayLike, labelled: int, rng: RNGLike) -> float:
        """The exact test MSE of one least-squares fit on T = Wz₁ from `labelled` random samples."""
        w = self._weight(weight)
        z, y = self.sample(labelled, rng)
        used = ordinary_least_squares(z @ w.T, y) @ w
        return self._error_of(used).value + self.label_noise**2

    def empirical_test_error(self, weight: ArrayLike, coefficients: ArrayLike, n: int, rng: RNGLike) -> Float:
        """The squared test errors (y − cᵀWz)² on `n` fresh samples, shape (n,)."""
        z, y = self.sample(n, rng)
        return np.asarray((y - z @ self._weight(weight).T @ plain_array(coefficients)) ** 2)

    def _weight(self, weight: ArrayLike) -> Float:
        w = real_array("weight", weight, 2)
        d = self.coefficients.size
        allowed = f"have shape (k, {d}) with 1 <= k <= {d}"
        require(w.shape[1] == d and w.shape[0] <= d, "weight", f"shape = {w.shape}", allowed, "reshape it")
        return w

    def _kept(self, weight: ArrayLike) -> tuple[Float, Float, float]:
        """A basis (d, k) of what T keeps, orthonormal after whitening by the Cholesky root; the root; W's condition."""
        root = np.asarray(np.linalg.cholesky(self.model.cov11), dtype=np.float64)
        seen = (self._weight(weight) @ root).T
        return np.asarray(np.linalg.qr(seen)[0], dtype=np.float64), root, float(np.linalg.cond(seen))

    def _lost(self, direction: Float, weight: ArrayLike) -> Bounded:
        """E Var(directionᵀz₁ | T), as the squared norm of a residual, so that it cannot cancel."""
        basis, root, condition = self._kept(weight)
        whitened = root.T @ direction
        value = float(np.sum((whitened - basis @ (basis.T @ whitened)) ** 2))
        # A residual is known as well as the directions that W keeps are known to the size of what they are taken from.
        blur = self._units * condition * float(np.linalg.norm(whitened))
        return Bounded(value, 2 * blur * value**0.5 + blur**2)

    def _error_of(self, predictor: Float, rest: Float | None = None) -> Bounded:
        """E(θᵀx − bᵀz)² = (θ − Gᵀb)ᵀS(θ − Gᵀb) + bᵀNb for b = `predictor`; `rest` is θ − Gᵀb where it is known better."""
        left = self.coefficients - self._signal.gain.T @ predictor if rest is None else rest
        return self._square(left, self._signal.covariance) + self._square(predictor, self._signal.noise)

    def _square(self, coefficients: Float, covariance: Float) -> Bounded:
        """cᵀ covariance c, covariance diagonal."""
        value = float(coefficients @ covariance @ coefficients)
        return Bounded(value, self._units * value)

    @property
    def _units(self) -> float:
        return ROUNDINGS * self.coefficients.size * UNIT
