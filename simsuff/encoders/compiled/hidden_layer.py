"""How does a network with one hidden layer run inside a compiled loop?"""

from typing import Any, NamedTuple

import numpy as np

from simsuff.encoders.compiled.activations import apply_hidden, apply_output, pull_hidden, pull_output
from simsuff.encoders.compiled.maps import FORWARD, PULLBACK
from simsuff.encoders.compiled.products import add_outer, times
from simsuff.kernels.jit import jit
from simsuff.kernels.tables import add_table
from simsuff.numerics.validation import Float


class HiddenMap(NamedTuple):
    """z ↦ o(σ(zᵀA + a)ᵀB + b), σ and o by their codes; θ = A (inputs, hidden), a, B (hidden, dim), b."""

    inputs: int
    hidden: int
    dim: int
    sigma: int
    output: int


@jit
def parts(encoder: HiddenMap, theta: Float) -> tuple[Float, Float, Float, Float]:
    """Views of A, a, B, b."""
    inputs, hidden, dim = encoder.inputs, encoder.hidden, encoder.dim
    first, second = inputs * hidden, inputs * hidden + hidden
    third = second + hidden * dim
    inner, outer = theta[:first].reshape(inputs, hidden), theta[second:third].reshape(hidden, dim)
    return inner, theta[first:second], outer, theta[third:]


@jit
def add_to_rows(rows: Float, vector: Float) -> None:
    for i in range(rows.shape[0]):
        for k in range(vector.size):
            rows[i, k] += vector[k]


@jit
def add_rows(rows: Float, total: Float) -> None:
    for i in range(rows.shape[0]):
        for k in range(total.size):
            total[k] += rows[i, k]


@FORWARD.register(HiddenMap)
def _hidden_layer(encoder: HiddenMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:  # noqa: ARG001
    inner, inner_bias, outer, outer_bias = parts(encoder, theta)
    hidden = work[: out.shape[0] * encoder.hidden].reshape(out.shape[0], encoder.hidden)
    times(z, inner, hidden)
    add_to_rows(hidden, inner_bias)
    apply_hidden(hidden, encoder.sigma)
    np.dot(hidden, outer, out)
    add_to_rows(out, outer_bias)
    apply_output(out, encoder.output)


@PULLBACK.register(HiddenMap)
def _pull_hidden_layer(
    encoder: HiddenMap,
    theta: Float,
    z: Any,
    side: int,  # noqa: ARG001
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    outer = parts(encoder, theta)[2]
    inner_gradient, inner_bias, outer_gradient, outer_bias = parts(encoder, gradient)
    hidden = work[: out.shape[0] * encoder.hidden].reshape(out.shape[0], encoder.hidden)
    pull_output(out, cotangents, encoder.output)
    below = np.dot(cotangents, outer.T)
    pull_hidden(hidden, below, encoder.sigma)
    add_outer(z, below, inner_gradient)
    add_rows(below, inner_bias)
    add_table(np.dot(hidden.T, cotangents), outer_gradient)
    add_rows(cotangents, outer_bias)
