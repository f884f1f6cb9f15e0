"""How do linear maps and symmetric quadratic offsets run inside a compiled loop?"""

from typing import Any, NamedTuple

import numpy as np

from simsuff.encoders.compiled.maps import FORWARD, PULLBACK
from simsuff.encoders.compiled.products import add_outer_transposed, times_transposed
from simsuff.kernels.tables import add_table
from simsuff.numerics.validation import Float


class LinearMap(NamedTuple):
    """z ↦ Wz, θ = W (dim, inputs) row by row."""

    dim: int
    inputs: int


class QuadraticMap(NamedTuple):
    """z₁ ↦ (Wz₁, b(z₁), 1), z₂ ↦ (Wz₂, 1, b(z₂)), b(z) = ½ zᵀOz; θ = W, then the lower triangle of O."""

    dim: int
    inputs: int


@FORWARD.register(LinearMap)
def _linear(encoder: LinearMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:  # noqa: ARG001
    times_transposed(z, theta.reshape(encoder.dim, encoder.inputs), out)


@PULLBACK.register(LinearMap)
def _pull_linear(
    encoder: LinearMap,
    theta: Float,  # noqa: ARG001
    z: Any,
    side: int,  # noqa: ARG001
    out: Float,  # noqa: ARG001
    cotangents: Float,
    gradient: Float,
    work: Float,  # noqa: ARG001
) -> None:
    add_outer_transposed(z, cotangents, gradient.reshape(encoder.dim, encoder.inputs))


@FORWARD.register(QuadraticMap)
def _quadratic(encoder: QuadraticMap, theta: Float, z: Float, side: int, out: Float, work: Float) -> None:  # noqa: ARG001
    dim, inputs = encoder.dim, encoder.inputs
    features = np.dot(z, theta[: dim * inputs].reshape(dim, inputs).T)
    # Entries below the diagonal of O count twice: ½ zᵀOz = Σ_i z_i (½ O_ii z_i + Σ_{j<i} O_ij z_j).
    half = np.zeros((inputs, inputs))
    place = dim * inputs
    for i in range(inputs):
        for j in range(i + 1):
            half[i, j] = theta[place] if j < i else theta[place] / 2
            place += 1
    image = np.dot(z, half.T)
    for i in range(z.shape[0]):
        for k in range(dim):
            out[i, k] = features[i, k]
        offset = 0.0
        for j in range(inputs):
            offset += image[i, j] * z[i, j]
        out[i, dim + side] = offset
        out[i, dim + 1 - side] = 1.0


@PULLBACK.register(QuadraticMap)
def _pull_quadratic(
    encoder: QuadraticMap,
    theta: Float,  # noqa: ARG001
    z: Float,
    side: int,
    out: Float,  # noqa: ARG001
    cotangents: Float,
    gradient: Float,
    work: Float,  # noqa: ARG001
) -> None:
    dim, inputs = encoder.dim, encoder.inputs
    above = cotangents[:, :dim].copy()
    add_table(np.dot(above.T, z), gradient[: dim * inputs].reshape(dim, inputs))
    scaled = np.empty_like(z)
    for i in range(z.shape[0]):
        for j in range(inputs):
            scaled[i, j] = cotangents[i, dim + side] * z[i, j]
    square = np.dot(scaled.T, z)
    place = dim * inputs
    for i in range(inputs):
        for j in range(i + 1):
            gradient[place] += square[i, j] if j < i else square[i, j] / 2
            place += 1
