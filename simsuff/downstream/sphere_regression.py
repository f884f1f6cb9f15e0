"""Linear regression on T = Wz₁ for von Mises–Fisher pairs: the target is a linear function of the partner (S7, S8)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simsuff.downstream.least_squares import ordinary_least_squares
from simsuff.models import SphereModel
from simsuff.models.sphere.projected import row_basis
from simsuff.models.sphere.quadrature import FINE, composite, log_beta
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

# Roundings of a sum of squares, for each coordinate.
ROUNDINGS = 16


@dataclass(frozen=True, init=False)
class SphereRegression:
    """Labels y = ⟨θ, z₂⟩ + N(0, label_noise²) of z₁, so that E[y | z₁] = λ₁⟨θ, z₁⟩.

    Parameters
    ----------
    model : the law of (z₁, z₂).
    coefficients : θ, shape (p,).
    label_noise : standard deviation of the label noise, ≥ 0.

    Raises
    ------
    ValueError : when a shape does not fit or the noise is negative.
    """

    model: SphereModel
    coefficients: Float
    label_noise: float

    def __init__(self, model: SphereModel, coefficients: ArrayLike, label_noise: float = 0.0) -> None:
        way_out = "give one for each coordinate"
        theta = shaped_array("coefficients", coefficients, (model.dimension,), way_out)
        good = 0 <= label_noise < math.inf
        require(good, "label_noise", label_noise, "be in [0, inf)", "pass a standard deviation")
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "coefficients", theta)
        object.__setattr__(self, "label_noise", float(label_noise))

    @property
    def alignment(self) -> float:
        """λ₁ = E⟨z₁, z₂⟩."""
        return float(self.model.eigenvalues[0])

    @property
    def target_bound(self) -> float:
        """The largest |E[y | z₁]|, λ₁‖θ‖."""
        return self.alignment * float(np.linalg.norm(self.coefficients))

    @property
    def half_range(self) -> float:
        """The largest |⟨θ, z₂⟩|, ‖θ‖: the B of C2."""
        return float(np.linalg.norm(self.coefficients))

    @property
    def target_variance(self) -> float:
        """Var⟨θ, z₂⟩ = ‖θ‖²/p."""
        return self.half_range**2 / self.model.dimension

    def label_variance(self, rank: int) -> float:
        """A bound on Var(y | Wz₁) for W of this rank: noise, spread of the partner, and what W loses of the target.

        ‖θ‖² λ₁/κ is the largest variance of ⟨θ, z₂⟩ given z₁ (1/p for κ = 0), across z₁; along it A_p' is smaller.
        For p = 1 it is 1 − λ₁².
        """
        p, kappa, size = self.model.dimension, self.model.concentration, self.half_range**2
        across = 1 - self.alignment**2 if p == 1 else self.alignment / kappa if kappa > 0 else 1 / p
        lost = self.alignment**2 / (p - rank) if rank < p else 0.0
        return self.label_noise**2 + size * (across + lost)

    def encoder_gap(self, weight: ArrayLike) -> Bounded:
        """a² = E(E[y | z₁] − E[y | Wz₁])² = λ₁²‖(I − P)θ‖²/p, P the projection to the row space of W."""
        basis = row_basis(weight, self.model.dimension)
        lost = self.coefficients - basis.T @ (basis @ self.coefficients)
        return self._mean_square(self.alignment * lost)

    def sample(self, n: int, rng: RNGLike) -> tuple[Float, Float]:
        """`n` labelled samples: z₁ of shape (n, p) and y of shape (n,)."""
        source = generator("rng", rng)
        first, second = self.model.sample(integer("n", n, 1, "draw at least one sample"), source)
        return first, second @ self.coefficients + self.label_noise * source.standard_normal(n)

    def least_squares(self, weight: ArrayLike, labelled: int, rng: RNGLike) -> Float:
        """b = Wᵀc, shape (p,), of one least-squares fit cᵀWz of y from `labelled` random samples."""
        w = real_array("weight", weight, 2)
        z, y = self.sample(labelled, rng)
        return np.asarray(ordinary_least_squares(z @ w.T, y) @ w)

    def excess(self, used: ArrayLike) -> Bounded:
        """E(⟨b, z₁⟩ − E[y | z₁])² = ‖b − λ₁θ‖²/p for b = `used`."""
        return self._mean_square(plain_array(used, np.float64) - self.alignment * self.coefficients)

    def truncated_excess(self, used: ArrayLike, bound: float) -> Bounded:
        """E(clip(⟨b, z₁⟩, ±`bound`) − E[y | z₁])² for b = `used`, by quadrature over the angle between z₁ and b.

        What the target has across b is independent of the sign of its part along b, and adds its own mean square.
        """
        b, target = plain_array(used, np.float64), self.alignment * self.coefficients
        length = float(np.linalg.norm(b))
        along = float(b @ target) / length if length > 0 else 0.0
        across = self._mean_square(target - along * (b / length if length > 0 else b))
        p = self.model.dimension
        if p == 1:
            return Bounded((min(length, bound) - along) ** 2, ROUNDINGS * UNIT * (length + abs(along)) ** 2)
        cut = math.acos(min(1.0, bound / length)) if length > bound else 0.0
        angle, width = composite(np.array(sorted({0.0, cut, math.pi / 2})), FINE + p)
        density = np.exp((p - 2) * np.log(np.sin(angle)) - log_beta((p - 1) / 2, 0.5))
        terms = 2 * width * density * (np.minimum(length * np.cos(angle), bound) - along * np.cos(angle)) ** 2
        size = (length + abs(along)) ** 2
        return across + Bounded(float(terms.sum()), ROUNDINGS * (p + FINE) * UNIT * size)

    def _mean_square(self, direction: Float) -> Bounded:
        """E⟨direction, z⟩²."""
        p = self.model.dimension
        value = float(direction @ direction) / p
        size = float(self.coefficients @ self.coefficients) + float(direction @ direction)
        return Bounded(value, ROUNDINGS * p * UNIT * size)
