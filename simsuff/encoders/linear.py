"""Linear encoders T(z) = Wz with the plain bilinear score."""

# ruff: noqa: ARG001 - all maps are called alike

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.compiled import (
    CompiledEncoder,
    KernelEncoder,
    flat_parameters,
    frozen,
    in_compiled_loops,
)
from simsuff.encoders.protocol import ScoreForm
from simsuff.kernels.sparse_rows import add_outer, times
from simsuff.kernels.tables import add_table
from simsuff.numerics.validation import Float, RNGLike, generator, integer, require


class LinearMap(NamedTuple):
    """z ↦ Wz, θ = W (dim, inputs) row by row."""

    dim: int
    inputs: int


def _forward(encoder: LinearMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    times(z, theta.reshape(encoder.dim, encoder.inputs).T.copy(), out)


def _pullback(
    encoder: LinearMap,
    theta: Float,
    z: Any,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    turned = np.zeros((encoder.inputs, encoder.dim))
    add_outer(z, cotangents, turned)
    add_table(turned.T, gradient.reshape(encoder.dim, encoder.inputs))


@in_compiled_loops(LinearMap, _forward, _pullback)
class LinearEncoder(KernelEncoder):
    """T(z) = Wz with the score S(z₁, z₂) = ⟨Wz₁, Wz₂⟩.

    The score is misspecified for Gaussian pairs although T can be exactly sufficient (E6). Inputs are real rows
    (..., d) or sparse rows (n, d).

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> encoder = ss.LinearEncoder([[1.0, 1.0]])
    >>> encoder(np.array([[2.0, 3.0], [0.0, 1.0]]))
    array([[5.],
           [1.]])
    """

    def __init__(self, weight: ArrayLike) -> None:
        """`weight` has shape (k, d), 1 ≤ k ≤ d; raises ValueError otherwise or where it is not finite."""
        self._weight = weight_matrix(weight)

    @classmethod
    def random(cls, dim: int, inputs: int, rng: RNGLike) -> Self:
        """An encoder from R^inputs to R^dim with independent N(0, 1/inputs) weights."""
        return cls(random_weight(dim, inputs, rng))

    @property
    def weight(self) -> Float:
        """W, shape (k, d), read-only."""
        return self._weight

    @property
    def parameters(self) -> Float:
        """W row by row."""
        return self._weight.flatten()

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with W read from `theta` row by row."""
        return type(self)(flat_parameters(theta, self._weight.size).reshape(self._weight.shape))

    def units(self, first: Float, second: Float) -> Float:
        """One over the size of the column that a weight multiplies."""
        return np.tile(1 / np.maximum(first, second), len(self._weight))

    def compiled(self) -> CompiledEncoder:
        """Rows, dense or sparse, times the transposed weight."""
        dim, inputs = self._weight.shape
        return CompiledEncoder(LinearMap(dim, inputs), (inputs, inputs), dim, takes_sparse=True)

    def score_form(self) -> ScoreForm:
        """The score as a quadratic form: cross = WᵀW."""
        gram = self._weight.T @ self._weight
        return ScoreForm(gram, np.zeros_like(gram), np.zeros_like(gram))

    def __repr__(self) -> str:
        dim, inputs = self._weight.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs})"


def weight_matrix(weight: ArrayLike) -> Float:
    """A read-only copy of a finite (k, d) matrix with 1 ≤ k ≤ d, or the house's error."""
    shape = np.shape(weight)
    way_out = "an encoder of rank 0 has no output; keep at least one row"
    require(
        len(shape) == 2 and shape[0] > 0, "weight", f"shape = {shape}", "be a (k, d) matrix, k >= 1", way_out
    )
    matrix = frozen("weight", weight, 2)
    way_out = "an encoder wider than its input repeats itself; take k <= d rows"
    require(shape[0] <= shape[1], "weight", f"shape = {shape}", "have no more rows than columns", way_out)
    return matrix


def random_weight(dim: int, inputs: int, rng: RNGLike) -> Float:
    """A (dim, inputs) matrix of independent N(0, 1/inputs) entries, so that T(z) has the scale of z."""
    integer("inputs", inputs, 1, "an encoder needs at least one input")
    integer("dim", dim, 1, "an encoder is no wider than its input; take 1 <= dim <= inputs", high=inputs)
    draws: Float = generator("rng", rng).standard_normal((dim, inputs)) / np.sqrt(inputs)
    return draws
