"""What must a map z ↦ T(z) offer to be trained and judged?"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.encoders.score_form import ScoreForm
from simsuff.kernels.threads import for_each
from simsuff.numerics.validation import Float, real_array, require

# Rows that a product takes at a time: they stay in cache, and threads share the pieces.
PIECE = 4096

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


@runtime_checkable
class QuadraticScorer(Protocol):
    """An encoder whose score is a quadratic form of (z₁, z₂)."""

    def score_form(self) -> ScoreForm:
        """The three matrices of the score."""


def flat_parameters(theta: ArrayLike, size: int) -> Float:
    """`theta` as a finite vector of `size` entries, or the house's error."""
    vector = real_array("theta", theta, 1)
    require(
        vector.size == size,
        "theta",
        f"size = {vector.size}",
        f"have {size} entries",
        "pass a vector as long as encoder.parameters",
    )
    return vector


def real_inputs(argument: str, z: Inputs, inputs: int) -> Float:
    """`z` as float64 with `inputs` entries in its last axis, or the house's error; NaN passes through."""
    dense = not hasattr(z, "toarray")
    way_out = "convert them with toarray(), or use an encoder of counts"
    require(dense, argument, f"type = {type(z).__name__}", "hold dense rows", way_out)
    array = np.asarray(z, dtype=np.float64)
    require(
        array.ndim >= 1 and array.shape[-1] == inputs,
        argument,
        f"shape = {array.shape}",
        f"have {inputs} entries in the last axis",
        "build the encoder for the dimension of the data",
    )
    return array


def outer_sum(left: Float, right: Float) -> Float:
    """Σ left ⊗ right over all leading axes: (..., a) and (..., b) give (a, b)."""
    a, b = left.reshape(-1, left.shape[-1]), right.reshape(-1, right.shape[-1])
    pieces = _pieces(a)
    parts = np.empty((len(pieces), a.shape[1], b.shape[1]))

    def multiply(piece: int) -> None:
        rows = pieces[piece]
        np.matmul(a[rows].T, b[rows], out=parts[piece])

    for_each(multiply, len(pieces))
    total: Float = parts.sum(axis=0)
    return total


def flat_product(rows: Float, matrix: Float) -> Float:
    """rows @ matrix for rows (..., a) and a matrix (a, b)."""
    flat = rows.reshape(-1, rows.shape[-1])
    pieces = _pieces(flat)
    product: Float = np.empty((len(flat), matrix.shape[1]))

    def multiply(piece: int) -> None:
        place = pieces[piece]
        np.matmul(flat[place], matrix, out=product[place])

    for_each(multiply, len(pieces))
    return product.reshape(*rows.shape[:-1], matrix.shape[1])


def _pieces(rows: Float) -> list[slice]:
    """Slices of `PIECE` rows, at least one; what is computed on them does not depend on the number of threads."""
    return [slice(start, start + PIECE) for start in range(0, max(1, len(rows)), PIECE)]
