"""How does a rescaled softmax of counts run inside a compiled loop?"""

from typing import Any, NamedTuple

import numpy as np

from simsuff.encoders.compiled.maps import FORWARD, PULLBACK
from simsuff.encoders.compiled.products import add_outer, times
from simsuff.encoders.softmax_rows import pull_rescaled_rows, rescaled_softmax_rows
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float


class SoftmaxMap(NamedTuple):
    """z ↦ scale ∘ softmax(zᵀC + b); θ = C (inputs, dim), b and, where it `learns_scale`, log scale (else fixed)."""

    inputs: int
    dim: int
    learns_scale: bool
    log_scale: Float


@jit
def scale_of(encoder: SoftmaxMap, theta: Float) -> Float:
    scale, own = np.empty(encoder.dim), theta.size - encoder.dim
    for k in range(encoder.dim):
        scale[k] = np.exp(theta[own + k] if encoder.learns_scale else encoder.log_scale[k])
    return scale


@FORWARD.register(SoftmaxMap)
def _softmax(encoder: SoftmaxMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:  # noqa: ARG001
    slopes, dim = encoder.inputs * encoder.dim, encoder.dim
    times(z, theta[:slopes].reshape(encoder.inputs, dim), out)
    rescaled_softmax_rows(out, theta[slopes : slopes + dim], scale_of(encoder, theta))


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
    bias, log_scale = gradient[slopes : slopes + dim], np.zeros(dim)
    pull_rescaled_rows(out, scale_of(encoder, theta), cotangents, bias, log_scale)
    add_outer(z, cotangents, gradient[:slopes].reshape(encoder.inputs, dim))
    if encoder.learns_scale:
        for k in range(dim):
            gradient[slopes + dim + k] += log_scale[k]
