"""The protocol of encoders: what a map z ↦ T(z) must offer to be trained and judged."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.numerics.validation import Float

# Inputs are real vectors in the last axis, or integer symbols of a finite alphabet.
Inputs = NDArray[Any]


@runtime_checkable
class Encoder(Protocol):
    """An immutable map T with a flat parameter vector θ, and the score ⟨u(z₁), v(z₂)⟩ that a loss sees.

    Every method takes inputs with any leading axes: (n, d) for pairs, (B, K, d) for batches (integer symbols
    lack the last axis), or no rows at all for one of the views. Encoders of counts also take `scipy.sparse` rows
    (n, d). Two different encoders for two views fit the same protocol (`TwoEncoders`): `embed` and `pullback` are
    told the views, and `parameters` may hold both.
    """

    @property
    def parameters(self) -> Float:
        """θ as a flat float64 vector (a copy)."""

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder of the same shape at the parameters `theta`."""

    def __call__(self, z: Inputs) -> Float:
        """The representation T(z), one row for each input."""

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """Embeddings u, v such that ⟨u_i, v_j⟩ is the score of (z1_i, z2_j)."""

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂θ, flat, from du = ∂L/∂u and dv = ∂L/∂v at ``embed(z1, z2)``."""


class Linearised(NamedTuple):
    """The embeddings (u, v) of a batch, and (du, dv) ↦ ∂L/∂θ there, which reuses what they have cost.

    The pullback holds on to the embeddings: leave them unchanged until it is called.
    """

    embeddings: tuple[Float, Float]
    pullback: Callable[[Float, Float], Float]


class Linearising:
    """Base of encoders that offer `linearise`, which makes their `embed` and `pullback`."""

    def linearise(self, z1: Inputs, z2: Inputs) -> Linearised:
        """`embed`, and `pullback` from there."""
        raise NotImplementedError

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """Embeddings u of z₁ and v of z₂, whose inner products are the scores."""
        return self.linearise(z1, z2).embeddings

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂θ, in the order of `parameters`."""
        return self.linearise(z1, z2).pullback(du, dv)


def linearise(encoder: Encoder, z1: Inputs, z2: Inputs) -> Linearised:
    """``encoder.embed(z1, z2)`` together with ``encoder.pullback(z1, z2, ·, ·)``.

    By the method `linearise` of the encoder, which spares it a second way forward, or by those two methods where it
    has none.
    """
    own = getattr(encoder, "linearise", None)
    if own is not None:
        both: Linearised = own(z1, z2)
        return both
    return Linearised(encoder.embed(z1, z2), lambda du, dv: encoder.pullback(z1, z2, du, dv))


def parameter_units(encoder: Encoder, first: Float, second: Float) -> Float:
    """The natural size of each parameter where the columns of z₁ and z₂ have the sizes `first` and `second`.

    By the method `units` of the encoder; 1 for one that has none.
    """
    own = getattr(encoder, "units", None)
    units: Float = np.ones(encoder.parameters.size) if own is None else own(first, second)
    return units


class ScoreForm(NamedTuple):
    """S(z₁, z₂) = z₁ᵀ `cross` z₂ + ½ z₁ᵀ `first` z₁ + ½ z₂ᵀ `second` z₂, `first` and `second` symmetric.

    Shapes (d₁, d₂), (d₁, d₁), (d₂, d₂). A constant is left out: no contrastive excess depends on it.
    """

    cross: Float
    first: Float
    second: Float

    def swapped(self) -> "ScoreForm":
        """The score of the exchanged views, S(z₂, z₁)."""
        return ScoreForm(self.cross.T, self.second, self.first)

    def scaled(self, factor: float) -> "ScoreForm":
        """The score times `factor`, for instance 1/temperature."""
        return ScoreForm(factor * self.cross, factor * self.first, factor * self.second)

    def table(self, z1: Float, z2: Float) -> Float:
        """S of each pair (z1_i, z2_j): (..., m, d₁) and (..., n, d₂) give (..., m, n)."""
        rows = ((z1 @ self.first) * z1).sum(axis=-1)[..., :, None]
        columns = ((z2 @ self.second) * z2).sum(axis=-1)[..., None, :]
        values: Float = (z1 @ self.cross) @ z2.swapaxes(-1, -2) + (rows + columns) / 2
        return values


@runtime_checkable
class QuadraticScorer(Protocol):
    """An encoder whose score is a quadratic form of (z₁, z₂)."""

    def score_form(self) -> ScoreForm:
        """The three matrices of the score."""
