"""Encoders written once, as kernels: for the interpreter and for compiled training loops alike.

An encoder describes itself as a NamedTuple of constants, its map, and two functions in the language that Python and Numba
share. `KernelEncoder` makes the methods of the protocol of them, and `in_compiled_loops` lets compiled loops use them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from simsuff.encoders.protocol import Inputs, Linearised, Linearising
from simsuff.kernels.sparse_rows import SparseRows
from simsuff.kernels.specialised import Specialised
from simsuff.numerics.validation import Float, plain_array, real_array, require

Kind = TypeVar("Kind", bound=type)

# forward(map, theta, z, side, out, work): fills the embeddings `out` (n, width) of the rows z of one view; `side` is 0
# for z₁ and 1 for z₂, `work` (n·work,) is kept for the way back. Rows are float64 (n, d), int64 symbols (n,) or
# `SparseRows`.
FORWARD = Specialised("forward")
forward = FORWARD.function

# pullback(map, theta, z, side, out, cotangents, gradient, work): adds ∂L/∂θ to `gradient`; `cotangents` are ∂L/∂out and
# may be overwritten, `out` and `work` may not.
PULLBACK = Specialised("pullback")
pullback = PULLBACK.function

_COMPILED: set[type] = set()


class CompiledEncoder(NamedTuple):
    """The `map` of an encoder, the rows it takes, and the sizes of its buffers for each pair.

    `inputs` are the widths of the rows of z₁ and z₂ (of symbols: the sizes of their alphabets), `width` is that of the
    embeddings, `work` the numbers that the way forward keeps for the way back.
    """

    map: Any
    inputs: tuple[int, int]
    width: int
    work: int = 0
    takes_symbols: bool = False
    takes_sparse: bool = False


def in_compiled_loops(
    map_class: type, forward: Callable[..., None], pullback: Callable[..., None]
) -> Callable[[Kind], Kind]:
    """A decorator for an encoder class whose method `compiled` gives a `CompiledEncoder` with a map of this class.

    Training then runs it inside compiled loops. A class that derives from it does not take part, as it may embed in
    another way, unless it is decorated itself. Maps are stored with compiled code by their class: define them at the top
    of a module.
    """
    FORWARD.register(map_class)(forward)
    PULLBACK.register(map_class)(pullback)

    def add(kind: Kind) -> Kind:
        _COMPILED.add(kind)
        return kind

    return add


def compiled_encoder(encoder: Any) -> CompiledEncoder | None:
    """The compiled form of an encoder; None where only the interpreter can run it."""
    return encoder.compiled() if type(encoder) in _COMPILED else None


class KernelEncoder(Linearising):
    """Base of encoders that offer `parameters` and `compiled`: `embed`, `pullback` and `linearise` by their kernels."""

    @property
    def parameters(self) -> Float:
        """θ as a flat float64 vector (a copy)."""
        raise NotImplementedError

    def compiled(self) -> CompiledEncoder:
        """The map of this encoder and the sizes that it needs."""
        raise NotImplementedError

    def __call__(self, z: Inputs) -> Float:
        """The representation T(z), one row for each input: (..., d) gives (..., k)."""
        return self._view("z", z, 0)[2]

    def linearise(self, z1: Inputs, z2: Inputs) -> Linearised:
        """`embed`, and `pullback` from there."""
        views = self._view("z1", z1, 0), self._view("z2", z2, 1)

        def pull(du: Float, dv: Float) -> Float:
            theta, form = self.parameters, self.compiled()
            gradient = np.zeros(theta.size)
            for side, ((rows, flat, _, work), above) in enumerate(zip(views, (du, dv), strict=True)):
                # A copy, which the way back may overwrite.
                cotangents = np.array(above, dtype=np.float64, order="C").reshape(flat.shape)
                pullback(form.map, theta, rows, side, flat, cotangents, gradient, work)
            return gradient

        return Linearised((views[0][2], views[1][2]), pull)

    def _view(self, argument: str, z: Inputs, side: int) -> tuple[Any, Float, Float, Float]:
        """The rows of one view, their embeddings one below the other and in the shape of `z`, and what is kept."""
        form = self.compiled()
        rows, shape = rows_for(form, argument, z, side)
        size = int(np.prod(shape))
        flat, work = np.empty((size, form.width)), np.empty(size * form.work)
        forward(form.map, self.parameters, rows, side, flat, work)
        return rows, flat, flat.reshape(*shape, form.width), work


def rows_for(form: CompiledEncoder, argument: str, z: Inputs, side: int) -> tuple[Any, tuple[int, ...]]:
    """`z` as rows for kernels, one below the other, with its leading shape; raises ValueError where they do not fit."""
    width = form.inputs[side]
    if form.takes_symbols:
        symbols = plain_array(z)
        whole = np.issubdtype(symbols.dtype, np.integer)
        shown = f"dtype = {symbols.dtype}"
        require(whole, argument, shown, "hold integer symbols", "use a LinearEncoder for real vectors")
        inside = symbols.size == 0 or (symbols.min() >= 0 and symbols.max() < width)
        shown = f"range = [{symbols.min()}, {symbols.max()}]" if symbols.size else "empty"
        way_out = "give the table one row for each symbol"
        require(inside, argument, shown, f"lie in [0, {width - 1}]", way_out)
        return symbols.astype(np.int64, copy=False).ravel(), symbols.shape
    way_out = "build the encoder for the dimension of the data"
    if sparse.issparse(z):
        advice = "convert them with toarray(), or use an encoder of counts"
        require(form.takes_sparse, argument, f"type = {type(z).__name__}", "hold dense rows", advice)
        shown, allowed = f"shape = {z.shape}", f"have {width} columns"
        require(len(z.shape) == 2 and z.shape[1] == width, argument, shown, allowed, way_out)
        return SparseRows.of(z, argument), (z.shape[0],)
    array = plain_array(z, np.float64)
    fits, shown = array.ndim >= 1 and array.shape[-1] == width, f"shape = {array.shape}"
    require(fits, argument, shown, f"have {width} entries in the last axis", way_out)
    # Kernels are compiled for writable arrays only.
    return np.require(array, requirements=["C", "W"]).reshape(-1, width), array.shape[:-1]


def flat_parameters(theta: ArrayLike, size: int) -> Float:
    """`theta` as a finite vector of `size` entries, or the house's error."""
    vector = real_array("theta", theta, 1)
    way_out = "pass a vector as long as encoder.parameters"
    require(vector.size == size, "theta", f"size = {vector.size}", f"have {size} entries", way_out)
    return vector


def frozen(argument: str, values: ArrayLike, ndim: int) -> Float:
    """A read-only float64 copy of a finite, non-empty array of `ndim` dimensions, or the house's error."""
    array = real_array(argument, values, ndim).copy()
    array.flags.writeable = False
    return array


def vector_of(argument: str, values: ArrayLike, size: int, meaning: str) -> Float:
    """A read-only vector of `size` entries, one for each `meaning`, or the house's error."""
    vector = frozen(argument, values, 1)
    allowed = f"have {size} entries"
    require(vector.size == size, argument, f"size = {vector.size}", allowed, f"give one for each {meaning}")
    return vector
