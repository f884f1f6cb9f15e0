"""What does a network with one hidden layer learn?"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.activations import HIDDEN, OUTPUT, activation
from simsuff.encoders.protocol import Inputs, Linearised, flat_parameters
from simsuff.encoders.rows import Rows, frozen, input_rows, pulled, times, vector_of
from simsuff.numerics.validation import Float, generator, integer, require


class Layers(NamedTuple):
    """Weights A (d, h), a (h,) into the hidden layer and B (h, k), b (k,) out of it."""

    inner: Float
    inner_bias: Float
    outer: Float
    outer_bias: Float


class HiddenLayerEncoder:
    """T(z) = o(σ(zᵀA + a)ᵀB + b) with the score ⟨T(z₁), T(z₂)⟩.

    σ is "tanh" or "relu"; o is "linear", or "softmax" or "softplus" for positive features, which the log link asks
    for. Inputs are real rows (..., d) or sparse rows (n, d). The flat parameters are A, a, B, b, each row by row.
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
        self._sigma = activation("hidden_activation", hidden_activation, HIDDEN)
        self._out = activation("output", output, OUTPUT)

    @classmethod
    def random(
        cls,
        dim: int,
        inputs: int,
        rng: np.random.Generator,
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

    def __call__(self, z: Inputs) -> Float:
        """The output for each row: (..., d) gives (..., k)."""
        return self._forward(self._rows("z", z))[1]

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """u = T(z₁) and v = T(z₂)."""
        return self.linearise(z1, z2).embeddings

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂θ, in the order of `parameters`, by back-propagation."""
        return self.linearise(z1, z2).pullback(du, dv)

    def linearise(self, z1: Inputs, z2: Inputs) -> Linearised:
        """`embed`, and `pullback` from there."""
        first, second = self._rows("z1", z1), self._rows("z2", z2)
        one, other = self._forward(first), self._forward(second)
        return Linearised(
            (one[1], other[1]), lambda du, dv: self._pull(first, *one, du) + self._pull(second, *other, dv)
        )

    def _rows(self, argument: str, z: Inputs) -> Rows:
        return input_rows(argument, z, self._layers.inner.shape[0])

    def _forward(self, rows: Rows) -> tuple[Float, Float]:
        """Hidden layer and output."""
        weights = self._layers
        hidden = self._sigma.value(times(rows, weights.inner) + weights.inner_bias)
        return hidden, self._out.value(hidden @ weights.outer + weights.outer_bias)

    def _pull(self, rows: Rows, hidden: Float, output: Float, cotangents: Float) -> Float:
        above = self._out.pull(output, cotangents)
        below = self._sigma.pull(hidden, above @ self._layers.outer.T)
        above, below = (part.reshape(-1, part.shape[-1]) for part in (above, below))
        inner, outer = pulled((rows, below)), hidden.reshape(-1, hidden.shape[-1]).T @ above
        return np.concatenate([inner.ravel(), below.sum(axis=0), outer.ravel(), above.sum(axis=0)])

    def __repr__(self) -> str:
        inputs, hidden = self._layers.inner.shape
        dim = self._layers.outer.shape[1]
        sigma, output = self._choices
        return (
            f"{type(self).__name__}(dim={dim}, inputs={inputs}, hidden={hidden}, "
            f"hidden_activation={sigma!r}, output={output!r})"
        )
