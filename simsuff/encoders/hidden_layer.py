"""Encoders with one hidden layer, tanh or relu, and linear, softmax or softplus outputs."""

# ruff: noqa: ARG001 - all maps are called alike

import math
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.compiled import (
    CompiledEncoder,
    KernelEncoder,
    flat_parameters,
    frozen,
    in_compiled_loops,
    vector_of,
)
from simsuff.encoders.softmax import pull_softmax_rows, softmax_rows
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_rows import add_outer, times
from simsuff.kernels.tables import add_table
from simsuff.numerics.validation import Float, RNGLike, generator, integer, one_of, require

# Nonlinearities inside a network and at its end ("softmax" and "softplus" are positive, as the log link asks), by
# numbers, so that one compiled loop serves them all.
HIDDEN = {"tanh": 0, "relu": 1}
OUTPUT = {"linear": 0, "softmax": 1, "softplus": 2}


class HiddenMap(NamedTuple):
    """z ↦ o(σ(zᵀA + a)ᵀB + b), σ and o by their codes; θ = A (inputs, hidden), a, B (hidden, dim), b."""

    inputs: int
    hidden: int
    dim: int
    sigma: int
    output: int


@jit
def apply_hidden(x: Float, code: int) -> None:
    """Each entry to its tanh (0) or its positive part (1)."""
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            if code == 0:
                x[i, k] = math.tanh(x[i, k])
            elif x[i, k] < 0:
                x[i, k] = 0.0


@jit
def pull_hidden(y: Float, cotangents: Float, code: int) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, from the output y."""
    for i in range(y.shape[0]):
        for k in range(y.shape[1]):
            if code == 0:
                cotangents[i, k] *= (1 - y[i, k]) * (1 + y[i, k])
            elif not y[i, k] > 0:
                cotangents[i, k] = 0.0


@jit
def apply_output(x: Float, code: int) -> None:
    """Nothing (0), the softmax of each row (1), or log(1 + exp x) of each entry (2)."""
    if code == 1:
        softmax_rows(x)
    elif code == 2:
        for i in range(x.shape[0]):
            for k in range(x.shape[1]):
                x[i, k] = max(x[i, k], 0.0) + math.log1p(math.exp(-abs(x[i, k])))


@jit
def pull_output(y: Float, cotangents: Float, code: int) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, from the output y."""
    if code == 1:
        pull_softmax_rows(y, cotangents)
    elif code == 2:
        # The slope is 1/(1 + e^{−x}) = 1 − e^{−y}.
        for i in range(y.shape[0]):
            for k in range(y.shape[1]):
                cotangents[i, k] *= -math.expm1(-y[i, k])


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


def _forward(encoder: HiddenMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    inner, inner_bias, outer, outer_bias = parts(encoder, theta)
    hidden = work[: out.shape[0] * encoder.hidden].reshape(out.shape[0], encoder.hidden)
    times(z, inner, hidden)
    add_to_rows(hidden, inner_bias)
    apply_hidden(hidden, encoder.sigma)
    np.dot(hidden, outer, out)
    add_to_rows(out, outer_bias)
    apply_output(out, encoder.output)


def _pullback(
    encoder: HiddenMap,
    theta: Float,
    z: Any,
    side: int,
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


class Layers(NamedTuple):
    """Weights A (d, h), a (h,) into the hidden layer and B (h, k), b (k,) out of it."""

    inner: Float
    inner_bias: Float
    outer: Float
    outer_bias: Float


@in_compiled_loops(HiddenMap, _forward, _pullback)
class HiddenLayerEncoder(KernelEncoder):
    """T(z) = o(σ(zᵀA + a)ᵀB + b) with the score ⟨T(z₁), T(z₂)⟩.

    σ is "tanh" or "relu"; o is "linear", or "softmax" or "softplus" for positive features, which the log link asks
    for. Inputs are real rows (..., d) or sparse rows (n, d). The flat parameters are A, a, B, b, each row by row.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> rng = np.random.default_rng(0)
    >>> encoder = ss.HiddenLayerEncoder.random(2, 3, rng, hidden=8)
    >>> encoder(rng.normal(size=(5, 3))).shape, encoder.parameters.size
    ((5, 2), 50)
    """

    def __init__(
        self,
        inner: ArrayLike,
        inner_bias: ArrayLike,
        outer: ArrayLike,
        outer_bias: ArrayLike,
        hidden_activation: str = "tanh",
        output: str = "linear",
    ) -> None:
        """`inner` A (d, h), `inner_bias` a (h,), `outer` B (h, k), `outer_bias` b (k,); raises ValueError otherwise."""
        first, second = frozen("inner", inner, 2), frozen("outer", outer, 2)
        hidden, dim = first.shape[1], second.shape[1]
        allowed = f"have {hidden} rows"
        way_out = "give one row for each hidden unit"
        require(len(second) == hidden, "outer", f"shape = {second.shape}", allowed, way_out)
        self._layers = Layers(
            first,
            vector_of("inner_bias", inner_bias, hidden, "hidden unit"),
            second,
            vector_of("outer_bias", outer_bias, dim, "output"),
        )
        self._choices = hidden_activation, output
        for argument, name, known in zip(
            ("hidden_activation", "output"), self._choices, (HIDDEN, OUTPUT), strict=True
        ):
            one_of(argument, name, known)

    @classmethod
    def random(
        cls,
        dim: int,
        inputs: int,
        rng: RNGLike,
        hidden: int = 32,
        hidden_activation: str = "tanh",
        output: str = "linear",
    ) -> Self:
        """Independent normal weights of variance 1/inputs and 1/hidden, no biases."""
        integer("inputs", inputs, 1, "an encoder needs at least one input")
        integer("hidden", hidden, 1, "a hidden layer has at least one unit")
        integer("dim", dim, 1, "an encoder of rank 0 has no output")
        draw = generator("rng", rng).standard_normal
        inner, outer = draw((inputs, hidden)) / np.sqrt(inputs), draw((hidden, dim)) / np.sqrt(hidden)
        return cls(inner, np.zeros(hidden), outer, np.zeros(dim), hidden_activation, output)

    @property
    def layers(self) -> Layers:
        """The weights, read-only."""
        return self._layers

    @property
    def activations(self) -> tuple[str, str]:
        """The names of σ and o."""
        return self._choices

    @property
    def parameters(self) -> Float:
        """A, a, B, b, each row by row."""
        return np.concatenate([part.ravel() for part in self._layers])

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with its weights read from `theta`."""
        ends = np.cumsum([part.size for part in self._layers])
        vector = flat_parameters(theta, int(ends[-1]))
        parts = np.split(vector, ends[:-1])
        shaped = Layers(*(part.reshape(old.shape) for part, old in zip(parts, self._layers, strict=True)))
        return type(self)(*shaped, *self._choices)

    def units(self, first: Float, second: Float) -> Float:
        """One over the size of the column that a weight of A multiplies; 1 beyond, where activations are of order 1."""
        units = np.ones(self.parameters.size)
        inner = self._layers.inner
        units[: inner.size] = np.repeat(1 / np.maximum(first, second), inner.shape[1])
        return units

    def compiled(self) -> CompiledEncoder:
        """Rows, dense or sparse, through both layers; the hidden one is kept for the way back."""
        (inputs, hidden), dim = self._layers.inner.shape, self._layers.outer.shape[1]
        sigma, output = (codes[name] for codes, name in zip((HIDDEN, OUTPUT), self._choices, strict=True))
        form = HiddenMap(inputs, hidden, dim, sigma, output)
        return CompiledEncoder(form, (inputs, inputs), dim, hidden, takes_sparse=True)

    def __repr__(self) -> str:
        inputs, hidden = self._layers.inner.shape
        dim = self._layers.outer.shape[1]
        sigma, output = self._choices
        return (
            f"{type(self).__name__}(dim={dim}, inputs={inputs}, hidden={hidden}, "
            f"hidden_activation={sigma!r}, output={output!r})"
        )
