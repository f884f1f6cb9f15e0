"""How does a rescaled softmax of counts run inside a compiled loop?"""

from typing import Any, NamedTuple

import numpy as np

from simsuff.encoders.compiled.activations import pull_softmax_rows, softmax_rows
from simsuff.encoders.compiled.maps import FORWARD, PULLBACK
from simsuff.encoders.compiled.products import add_outer, times
from simsuff.numerics.jit import jit
from simsuff.numerics.validation import Float


class SoftmaxMap(NamedTuple):
    """z ↦ scale ∘ softmax(zᵀC + b); θ = C (inputs, dim), b and, where it `learns_scale`, log scale (else fixed)."""

    inputs: int
    dim: int
    learns_scale: bool
    log_scale: Float


def _scale_of(encoder: SoftmaxMap, theta: Float) -> Float:
    return np.exp(theta[theta.size - encoder.dim :] if encoder.learns_scale else encoder.log_scale)


scale_of = jit(_scale_of)


@FORWARD.register(SoftmaxMap)
def _softmax(encoder: SoftmaxMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:  # noqa: ARG001
    slopes, dim = encoder.inputs * encoder.dim, encoder.dim
    times(z, theta[:slopes].reshape(encoder.inputs, dim), out)
    bias, scale = theta[slopes : slopes + dim], scale_of(encoder, theta)
    for i in range(out.shape[0]):
        for k in range(dim):
            out[i, k] += bias[k]
    softmax_rows(out)
    for i in range(out.shape[0]):
        for k in range(dim):
            out[i, k] *= scale[k]


@PULLBACK.register(SoftmaxMap)
def _pull_softmax(
    encoder: SoftmaxMap,
    theta: Float,
    z: Any,
    side: int,  # noqa: ARG001
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,  # noqa: ARG001
) -> None:
    slopes, dim = encoder.inputs * encoder.dim, encoder.dim
    scale, law = scale_of(encoder, theta), np.empty_like(out)
    bias_gradient, scale_gradient = gradient[slopes : slopes + dim], np.zeros(dim)
    for i in range(out.shape[0]):
        for k in range(dim):
            scale_gradient[k] += out[i, k] * cotangents[i, k]
            law[i, k] = out[i, k] / scale[k]
            cotangents[i, k] *= scale[k]
    pull_softmax_rows(law, cotangents)
    for i in range(out.shape[0]):
        for k in range(dim):
            bias_gradient[k] += cotangents[i, k]
    add_outer(z, cotangents, gradient[:slopes].reshape(encoder.inputs, dim))
    if encoder.learns_scale:
        for k in range(dim):
            gradient[slopes + dim + k] += scale_gradient[k]
