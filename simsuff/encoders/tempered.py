"""A temperature that is trained along with an encoder."""

from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.compiled import (
    CompiledEncoder,
    compiled_encoder,
    flat_parameters,
    forward,
    in_compiled_loops,
    pullback,
)
from simsuff.encoders.linear import LinearEncoder
from simsuff.encoders.protocol import Encoder, Inputs, Linearised, Linearising, linearise, parameter_units
from simsuff.encoders.two import RandomEncoder
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float, RNGLike, generator, positive

Inner = TypeVar("Inner", bound=Encoder)


class TemperedMap(NamedTuple):
    """`inner` over √t; θ is that of `inner`, then log t."""

    inner: Any


@jit
def scaled(rows: Float, factor: float, out: Float) -> None:
    """out = factor · rows."""
    for i in range(rows.shape[0]):
        for k in range(rows.shape[1]):
            out[i, k] = factor * rows[i, k]


@jit
def product(a: Float, b: Float) -> float:
    """Σ a b."""
    total = 0.0
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            total += a[i, k] * b[i, k]
    return total


def _forward(encoder: TemperedMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    # The inner embeddings are kept for the way back of the inner map, which may need them.
    inner = work[: out.size].reshape(out.shape)
    forward(encoder.inner, theta[:-1], z, side, inner, work[out.size :])
    scaled(inner, np.exp(-0.5 * theta[-1]), out)


def _pullback(
    encoder: TemperedMap,
    theta: Float,
    z: Any,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    inner = work[: out.size].reshape(out.shape)
    gradient[-1] -= 0.5 * product(out, cotangents)
    scaled(cotangents, np.exp(-0.5 * theta[-1]), cotangents)
    pullback(encoder.inner, theta[:-1], z, side, inner, cotangents, gradient[:-1], work[out.size :])


@in_compiled_loops(TemperedMap, _forward, _pullback)
class TemperedEncoder(Linearising, Generic[Inner]):
    """The scores of `encoder` over a trainable temperature: u/√t and v/√t, so that ⟨u, v⟩ becomes ⟨u, v⟩/t.

    A loss at temperature 1 then is the loss at temperature t, under the links s/t and e^{s/t}; under the log link it is
    not, as a factor of ⟨u, v⟩ changes nothing there. The flat parameters are those of `encoder`, then log t. T is that of
    `encoder`: no temperature changes what it knows. ``fit(..., temperature="trainable")`` puts an encoder into
    one of these at t = 1 and takes it out again.

    Parameters
    ----------
    encoder : any encoder.
    temperature : t, positive.

    Examples
    --------
    >>> encoder = TemperedEncoder(LinearEncoder(np.eye(2)), 0.25)
    >>> u, v = encoder.embed(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]))
    >>> float(u[0] @ v[0]), encoder.temperature
    (4.0, 0.25)
    """

    def __init__(self, encoder: Inner, temperature: float = 1.0) -> None:
        self._encoder = encoder
        self._log_temperature = float(np.log(positive("temperature", temperature)))

    @classmethod
    def random(cls, dim: int, inputs: int, rng: RNGLike, kind: RandomEncoder = LinearEncoder) -> Self:
        """A draw of `kind` (an encoder class) at temperature 1."""
        return cls(cast(Inner, kind.random(dim, inputs, generator("rng", rng))))

    @property
    def encoder(self) -> Inner:
        """The encoder without its temperature."""
        return self._encoder

    @property
    def temperature(self) -> float:
        """The temperature t."""
        return float(np.exp(self._log_temperature))

    @property
    def parameters(self) -> Float:
        """θ of the encoder, then log t."""
        return np.append(self._encoder.parameters, self._log_temperature)

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder and its temperature read from `theta`."""
        vector = flat_parameters(theta, self._encoder.parameters.size + 1)
        moved = type(self)(self._encoder.with_parameters(vector[:-1]))
        moved._log_temperature = float(vector[-1])
        return moved

    def units(self, first: Float, second: Float) -> Float:
        """Those of the encoder, and 1 for log t."""
        return np.append(parameter_units(self._encoder, first, second), 1.0)

    def __call__(self, z: Inputs) -> Float:
        """T of the encoder."""
        return self._encoder(z)

    def linearise(self, z1: Inputs, z2: Inputs) -> Linearised:
        """Embeddings over √t; ∂L/∂θ, then ∂L/∂log t = −½(⟨u, du⟩ + ⟨v, dv⟩)."""
        inner, factor = linearise(self._encoder, z1, z2), np.exp(-0.5 * self._log_temperature)
        u, v = (factor * x for x in inner.embeddings)

        def pull(du: Float, dv: Float) -> Float:
            slope = -0.5 * (float(np.vdot(u, du)) + float(np.vdot(v, dv)))
            return np.append(inner.pullback(factor * du, factor * dv), slope)

        return Linearised((u, v), pull)

    def compiled(self) -> CompiledEncoder | None:
        """The kernels of the encoder, with room for its embeddings; None where it has none."""
        form = compiled_encoder(self._encoder)
        return None if form is None else form._replace(map=TemperedMap(form.map), work=form.work + form.width)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._encoder!r}, temperature={self.temperature:.6g})"
