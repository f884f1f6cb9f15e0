"""Which encoder makes the Gaussian model well specified?"""

from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.linear import random_weight, weight_matrix
from simsuff.encoders.protocol import Inputs, flat_parameters, outer_sum, real_inputs
from simsuff.encoders.score_form import ScoreForm
from simsuff.numerics.validation import SYMMETRY_SLACK, Float, real_array, require


class GaussianLaw(Protocol):
    """What `QuadraticOffsetEncoder.exact` needs to know of a model: its three covariance blocks."""

    @property
    def cov11(self) -> Float:
        """Cov(z₁)."""

    @property
    def cov12(self) -> Float:
        """Cov(z₁, z₂)."""

    @property
    def cov22(self) -> Float:
        """Cov(z₂)."""


class QuadraticOffsetEncoder:
    """T(z) = Wz with the score S(z₁, z₂) = ⟨Wz₁, Wz₂⟩ + b(z₁) + b(z₂), b(z) = ½ zᵀOz, O symmetric (E5(i)).

    The embeddings u = (Wz₁, b(z₁), 1) and v = (Wz₂, 1, b(z₂)) make the score an inner product. The flat
    parameters are W row by row and then the lower triangle of O row by row. W is identified up to a rotation
    of its rows only.
    """

    def __init__(self, weight: ArrayLike, offset: ArrayLike) -> None:
        """`weight` (k, d) with 1 ≤ k ≤ d and `offset` (d, d) symmetric; raises ValueError otherwise."""
        self._weight = weight_matrix(weight)
        self._offset = _symmetric(offset, self._weight.shape[1])

    @classmethod
    def random(cls, dim: int, inputs: int, rng: np.random.Generator) -> Self:
        """A random W as in `LinearEncoder.random`, without offset."""
        return cls(random_weight(dim, inputs, rng), np.zeros((inputs, inputs)))

    @classmethod
    def exact(cls, model: GaussianLaw) -> Self:
        """The encoder whose score is the model's pmi up to a constant (E4, E5(i)).

        The law must be that of an augmentation model: exchangeable views with a positive semi-definite
        cross-covariance. Raises ValueError otherwise.
        """
        correlations, directions = _shared_canonical_form(model)
        precision = 1 / ((1 - correlations) * (1 + correlations))
        weight = np.sqrt(correlations * precision)[:, None] * directions
        return cls(weight, -(directions.T * (correlations**2 * precision)) @ directions)

    @property
    def weight(self) -> Float:
        """W, shape (k, d), read-only."""
        return self._weight

    @property
    def offset(self) -> Float:
        """O, shape (d, d), symmetric, read-only."""
        return self._offset

    @property
    def parameters(self) -> Float:
        """W row by row, then the lower triangle of O row by row."""
        return np.concatenate([self._weight.ravel(), self._offset[np.tril_indices_from(self._offset)]])

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with W and O read from `theta`."""
        lower = np.tril_indices_from(self._offset)
        vector = flat_parameters(theta, self._weight.size + lower[0].size)
        offset = np.zeros_like(self._offset)
        offset[lower] = offset.T[lower] = vector[self._weight.size :]
        return type(self)(vector[: self._weight.size].reshape(self._weight.shape), offset)

    def __call__(self, z: Inputs) -> Float:
        """Wz for each input: (..., d) gives (..., k)."""
        image: Float = real_inputs("z", z, self._weight.shape[1]) @ self._weight.T
        return image

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """u = (Wz₁, b(z₁), 1) and v = (Wz₂, 1, b(z₂))."""
        b1, b2 = self._offsets("z1", z1), self._offsets("z2", z2)
        u = np.concatenate([self(z1), b1, np.ones_like(b1)], axis=-1)
        v = np.concatenate([self(z2), np.ones_like(b2), b2], axis=-1)
        return u, v

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂θ: Σ du z₁ᵀ + Σ dv z₂ᵀ for W, the folded Σ ½ db zzᵀ for the lower triangle of O."""
        dim, inputs = self._weight.shape
        x1, x2 = real_inputs("z1", z1, inputs), real_inputs("z2", z2, inputs)
        weight = outer_sum(du[..., :dim], x1) + outer_sum(dv[..., :dim], x2)
        square = outer_sum(du[..., dim, None] * x1, x1) + outer_sum(dv[..., dim + 1, None] * x2, x2)
        # An entry below the diagonal of O stands for two entries of O.
        folded = square - np.diag(np.diag(square)) / 2
        return np.concatenate([weight.ravel(), folded[np.tril_indices(inputs)]])

    def score_form(self) -> ScoreForm:
        """The score as a quadratic form: cross = WᵀW, first = second = O."""
        return ScoreForm(self._weight.T @ self._weight, self._offset, self._offset)

    def _offsets(self, argument: str, z: Inputs) -> Float:
        x = real_inputs(argument, z, self._weight.shape[1])
        values: Float = ((x @ self._offset) * x).sum(axis=-1, keepdims=True) / 2
        return values

    def __repr__(self) -> str:
        dim, inputs = self._weight.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs})"


def _symmetric(offset: ArrayLike, size: int) -> Float:
    """A read-only, exactly symmetric copy of `offset`, shape (size, size), or the house's error."""
    matrix = real_array("offset", offset, 2)
    shape = f"shape = {matrix.shape}"
    require(
        matrix.shape == (size, size), "offset", shape, f"be ({size}, {size})", "match the columns of weight"
    )
    gap = float(np.abs(matrix - matrix.T).max())
    within = gap <= SYMMETRY_SLACK * float(np.abs(matrix).max())
    shown = f"largest asymmetry = {gap!r}"
    require(within, "offset", shown, "be symmetric", "symmetrise it: (O + O.T) / 2")
    symmetric: Float = (matrix + matrix.T) / 2
    symmetric.flags.writeable = False
    return symmetric


def _shared_canonical_form(model: GaussianLaw) -> tuple[Float, Float]:
    """Correlations ρ, decreasing, and the rows a (aᵀΣa = 1) that both views share, or the house's error."""
    covariance, cross = model.cov11, model.cov12
    way_out = "use a model whose views are iid given a latent"
    same = covariance.shape == model.cov22.shape
    require(same, "model", "shapes differ", "have views of one dimension", way_out)
    gap = max(float(np.abs(covariance - model.cov22).max()), float(np.abs(cross - cross.T).max()))
    slack = SYMMETRY_SLACK * float(np.abs(covariance).max())
    require(gap <= slack, "model", f"largest asymmetry = {gap!r}", "have exchangeable views", way_out)
    lower = np.linalg.cholesky(covariance)
    whitened = np.linalg.solve(lower, np.linalg.solve(lower, (cross + cross.T) / 2).T)
    correlations, rotation = np.linalg.eigh((whitened + whitened.T) / 2)
    shown = f"smallest canonical correlation = {float(correlations[0])!r}"
    require(correlations[0] >= -SYMMETRY_SLACK, "model", shown, "have no negative correlation", way_out)
    # Within the slack a negative correlation is the rounding of a zero one.
    return np.maximum(correlations, 0)[::-1], np.linalg.solve(lower.T, rotation).T[::-1]
