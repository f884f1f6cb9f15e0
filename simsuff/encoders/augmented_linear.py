"""Linear encoders augmented with the input itself, T(z) = (Wz, w·z): the class of the paper's topic example (W2)."""

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
from simsuff.kernels.sparse_rows import add_outer, times
from simsuff.numerics.validation import Float, RNGLike, generator, integer, real_array


class AugmentedLinearMap(NamedTuple):
    """z ↦ (Wz, w·z), θ = W (dim, inputs) row by row, then w."""

    dim: int
    inputs: int


def _forward(encoder: AugmentedLinearMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    joined = np.zeros((encoder.inputs, encoder.dim + encoder.inputs))
    for j in range(encoder.inputs):
        for k in range(encoder.dim):
            joined[j, k] = theta[k * encoder.inputs + j]
        joined[j, encoder.dim + j] = theta[encoder.dim * encoder.inputs]
    times(z, joined, out)


def _pullback(
    encoder: AugmentedLinearMap,
    theta: Float,
    z: Any,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    joined = np.zeros((encoder.inputs, encoder.dim + encoder.inputs))
    add_outer(z, cotangents, joined)
    for j in range(encoder.inputs):
        for k in range(encoder.dim):
            gradient[k * encoder.inputs + j] += joined[j, k]
        gradient[encoder.dim * encoder.inputs] += joined[j, encoder.dim + j]


@in_compiled_loops(AugmentedLinearMap, _forward, _pullback)
class AugmentedLinearEncoder(KernelEncoder):
    """T(z) = (Wz, w·z) in R^{k+S}, with the score ⟨Wz₁, Wz₂⟩ + w²⟨z₁, z₂⟩; one scalar w for all coordinates.

    On one-hot words the second part adds w² where z₁ = z₂ and nothing else, which is how two views of one document
    can share a word. Inputs are real rows (..., S), counts, or sparse rows (n, S).

    Parameters
    ----------
    weight : W, shape (k, S).
    scale : w; its sign is lost in the score.

    Raises
    ------
    ValueError : for a weight that is no finite matrix, and a scale that is no finite number.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> encoder = ss.AugmentedLinearEncoder([[1.0, -1.0]], 2.0)
    >>> encoder(np.eye(2)).tolist()
    [[1.0, 2.0, 0.0], [-1.0, 0.0, 2.0]]
    """

    def __init__(self, weight: ArrayLike, scale: float) -> None:
        self._weight = frozen("weight", weight, 2)
        self._scale = float(real_array("scale", scale, 0))

    @classmethod
    def random(cls, dim: int, inputs: int, rng: RNGLike) -> Self:
        """Independent N(0, 1) weights, for one-hot inputs, and w = 1."""
        size = (
            integer("dim", dim, 1, "an encoder of rank 0 has no output"),
            integer("inputs", inputs, 1, "an encoder needs at least one input"),
        )
        return cls(generator("rng", rng).standard_normal(size), 1.0)

    @property
    def weight(self) -> Float:
        """W, shape (k, S), read-only."""
        return self._weight

    @property
    def scale(self) -> float:
        """w."""
        return self._scale

    @property
    def parameters(self) -> Float:
        """W row by row, then w."""
        return np.append(self._weight.ravel(), self._scale)

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with W and w read from `theta`."""
        vector = flat_parameters(theta, self._weight.size + 1)
        return type(self)(vector[:-1].reshape(self._weight.shape), float(vector[-1]))

    def units(self, first: Float, second: Float) -> Float:
        """One over the size of the column that a weight multiplies, for w that of the largest."""
        sizes = np.maximum(first, second)
        return np.append(np.tile(1 / sizes, len(self._weight)), 1 / sizes.max())

    def compiled(self) -> CompiledEncoder:
        """Rows, dense or sparse, times the transposed weight beside a multiple of the identity."""
        dim, inputs = self._weight.shape
        form = AugmentedLinearMap(dim, inputs)
        return CompiledEncoder(form, (inputs, inputs), dim + inputs, takes_sparse=True)

    def __repr__(self) -> str:
        dim, inputs = self._weight.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs}, scale={self._scale:.4g})"
