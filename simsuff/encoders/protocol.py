"""The protocol of encoders: what a map z ↦ T(z) must offer to be trained and judged."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.encoders.score_form import ScoreForm
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


@runtime_checkable
class QuadraticScorer(Protocol):
    """An encoder whose score is a quadratic form of (z₁, z₂)."""

    def score_form(self) -> ScoreForm:
        """The three matrices of the score."""
