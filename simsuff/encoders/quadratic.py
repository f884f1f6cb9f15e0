"""Linear encoders with quadratic offsets of the score, which make the Gaussian model well specified."""

# ruff: noqa: ARG001 - all maps are called alike

from functools import cache
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.compiled import CompiledEncoder, KernelEncoder, flat_parameters, in_compiled_loops
from simsuff.encoders.linear import random_weight, weight_matrix
from simsuff.encoders.protocol import Inputs, ScoreForm
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import (
    SYMMETRY_SLACK,
    Float,
    Integer,
    RNGLike,
    real_array,
    require,
)


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


class QuadraticMap(NamedTuple):
    """z₁ ↦ (Wz₁, b(z₁), 1), z₂ ↦ (Wz₂, 1, b(z₂)), b(z) = ½ zᵀOz; θ = W, then the lower triangle of O."""

    dim: int
    inputs: int


@jit
def _forward(encoder: QuadraticMap, theta: Float, z: Float, side: int, out: Float, work: Float) -> None:
    dim, inputs = encoder.dim, encoder.inputs
    # The lower triangle of O; entries below the diagonal count twice.
    weight, lower = theta[: dim * inputs].reshape(dim, inputs), theta[dim * inputs :]
    for i in range(z.shape[0]):
        for k in range(dim):
            image = 0.0
            for j in range(inputs):
                image += weight[k, j] * z[i, j]
            out[i, k] = image
        place, offset = 0, 0.0
        for j in range(inputs):
            inner = 0.0
            for m in range(j):
                inner += lower[place + m] * z[i, m]
            offset += z[i, j] * (inner + lower[place + j] * z[i, j] / 2)
            place += j + 1
        out[i, dim + side] = offset
        out[i, dim + 1 - side] = 1.0


@jit
def _pullback(
    encoder: QuadraticMap,
    theta: Float,
    z: Float,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    dim, inputs = encoder.dim, encoder.inputs
    weight, lower = gradient[: dim * inputs].reshape(dim, inputs), gradient[dim * inputs :]
    for i in range(z.shape[0]):
        for k in range(dim):
            for j in range(inputs):
                weight[k, j] += cotangents[i, k] * z[i, j]
        above, place = cotangents[i, dim + side], 0
        for j in range(inputs):
            for m in range(j):
                lower[place + m] += above * z[i, j] * z[i, m]
            lower[place + j] += above * z[i, j] * z[i, j] / 2
            place += j + 1


@in_compiled_loops(QuadraticMap, _forward, _pullback)
class QuadraticOffsetEncoder(KernelEncoder):
    """T(z) = Wz with the score S(z₁, z₂) = ⟨Wz₁, Wz₂⟩ + b(z₁) + b(z₂), b(z) = ½ zᵀOz, O symmetric (E5(i)).

    The embeddings u = (Wz₁, b(z₁), 1) and v = (Wz₂, 1, b(z₂)) make the score an inner product. The flat
    parameters are W row by row and then the lower triangle of O row by row. W is identified up to a rotation
    of its rows only.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> model = ss.GaussianModel.from_correlations([0.6])
    >>> encoder = ss.QuadraticOffsetEncoder([[0.968246]], [[-0.5625]])  # √(ρ/(1 − ρ²)), −ρ²/(1 − ρ²)
    >>> float(ss.score_excess(model, encoder)) < 1e-10
    True
    """

    def __init__(self, weight: ArrayLike, offset: ArrayLike) -> None:
        """`weight` (k, d) with 1 ≤ k ≤ d and `offset` (d, d) symmetric; raises ValueError otherwise."""
        self._weight = weight_matrix(weight)
        self._offset = _symmetric(offset, self._weight.shape[1])

    @classmethod
    def random(cls, dim: int, inputs: int, rng: RNGLike) -> Self:
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
        return np.concatenate([self._weight.ravel(), self._offset[_lower_triangle(len(self._offset))]])

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with W and O read from `theta`."""
        lower = _lower_triangle(len(self._offset))
        vector = flat_parameters(theta, self._weight.size + lower[0].size)
        offset = np.zeros_like(self._offset)
        offset[lower] = offset.T[lower] = vector[self._weight.size :]
        return type(self)(vector[: self._weight.size].reshape(self._weight.shape), offset)

    def __call__(self, z: Inputs) -> Float:
        """Wz for each input: (..., d) gives (..., k)."""
        return super().__call__(z)[..., : len(self._weight)]

    def units(self, first: Float, second: Float) -> Float:
        """One over the size of the column that a weight multiplies, of the product that an offset does."""
        each = 1 / np.maximum(first, second)
        products = np.outer(each, each)[_lower_triangle(each.size)]
        return np.concatenate([np.tile(each, len(self._weight)), products])

    def compiled(self) -> CompiledEncoder:
        """Dense rows, with two more embeddings than W has rows."""
        dim, inputs = self._weight.shape
        return CompiledEncoder(QuadraticMap(dim, inputs), (inputs, inputs), dim + 2)

    def score_form(self) -> ScoreForm:
        """The score as a quadratic form: cross = WᵀW, first = second = O."""
        return ScoreForm(self._weight.T @ self._weight, self._offset, self._offset)

    def __repr__(self) -> str:
        dim, inputs = self._weight.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs})"


@cache
def _lower_triangle(size: int) -> tuple[Integer, Integer]:
    """Rows and columns of the lower triangle, row by row; finding them takes longer than a small gradient."""
    return np.tril_indices(size)


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
    sizes = len(covariance), len(model.cov22)
    require(sizes[0] == sizes[1], "model", f"dimensions = {sizes}", "have views of one dimension", way_out)
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
