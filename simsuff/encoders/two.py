"""Two encoders, one for each view, that share nothing but the space of their outputs."""

from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar, cast

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
from simsuff.numerics.validation import Float, RNGLike, generator, require

First = TypeVar("First", bound=Encoder)
Second = TypeVar("Second", bound=Encoder)


class RandomEncoder(Protocol):
    """An encoder class whose parameters can be drawn."""

    def random(self, dim: int, inputs: int, rng: np.random.Generator) -> Encoder:
        """An encoder from `inputs` to `dim` dimensions."""


class TwoMaps(NamedTuple):
    """`first` on z₁ and `second` on z₂; θ is that of `first`, `split` numbers, then that of `second`."""

    first: Any
    second: Any
    split: int


def _forward(encoder: TwoMaps, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    if side == 0:
        forward(encoder.first, theta[: encoder.split], z, side, out, work)
    else:
        forward(encoder.second, theta[encoder.split :], z, side, out, work)


def _pullback(
    encoder: TwoMaps,
    theta: Float,
    z: Any,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    split = encoder.split
    if side == 0:
        pullback(encoder.first, theta[:split], z, side, out, cotangents, gradient[:split], work)
    else:
        pullback(encoder.second, theta[split:], z, side, out, cotangents, gradient[split:], work)


@in_compiled_loops(TwoMaps, _forward, _pullback)
class TwoEncoders(Linearising, Generic[First, Second]):
    """u from `first` on z₁ and v from `second` on z₂: images and captions, two languages, two vocabularies.

    T is that of `first`, the statistic of z₁ whose sufficiency is asked for; `encoder.second(z2)` is the other one.
    The flat parameters are those of `first`, then those of `second`.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> encoder = ss.TwoEncoders(ss.LinearEncoder([[1.0, 0.0]]), ss.LinearEncoder([[0.5, 0.5, 0.0]]))
    >>> u, v = encoder.embed(np.ones((4, 2)), np.ones((4, 3)))
    >>> u.shape, v.shape
    ((4, 1), (4, 1))
    """

    def __init__(self, first: First, second: Second) -> None:
        self._first, self._second = first, second

    @classmethod
    def random(
        cls,
        dim: int,
        inputs: int,
        rng: RNGLike,
        kind: RandomEncoder = LinearEncoder,
        second_inputs: int | None = None,
    ) -> Self:
        """Two independent draws of `kind` (an encoder class), for `inputs` and `second_inputs` dimensions."""
        others = inputs if second_inputs is None else second_inputs
        source = generator("rng", rng)
        first, second = kind.random(dim, inputs, source), kind.random(dim, others, source)
        return cls(cast(First, first), cast(Second, second))

    @property
    def first(self) -> First:
        """The encoder of z₁."""
        return self._first

    @property
    def second(self) -> Second:
        """The encoder of z₂."""
        return self._second

    @property
    def parameters(self) -> Float:
        """θ of `first`, then θ of `second`."""
        return np.concatenate([self._first.parameters, self._second.parameters])

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The pair of encoders with both parameter vectors read from `theta`."""
        size = self._first.parameters.size
        vector = flat_parameters(theta, size + self._second.parameters.size)
        return type(self)(
            self._first.with_parameters(vector[:size]), self._second.with_parameters(vector[size:])
        )

    def units(self, first: Float, second: Float) -> Float:
        """Those of either encoder on its own view."""
        return np.concatenate(
            [parameter_units(self._first, first, first), parameter_units(self._second, second, second)]
        )

    def __call__(self, z: Inputs) -> Float:
        """T of the first view."""
        return self._first(z)

    def linearise(self, z1: Inputs, z2: Inputs) -> Linearised:
        """u of `first` and v of `second`; ∂L/∂θ of `first` from du, then of `second` from dv.

        Raises
        ------
        ValueError
            Where they differ in width.
        """
        # Each encoder sees its own view only: the other one is passed as no rows at all.
        first, second = linearise(self._first, z1, z1[:0]), linearise(self._second, z2[:0], z2)
        u, v = first.embeddings[0], second.embeddings[1]
        shown, allowed = f"width of v = {v.shape[-1]}", f"embed into the {u.shape[-1]} dimensions of first"
        require(u.shape[-1] == v.shape[-1], "second", shown, allowed, "build both with the same dim")
        return Linearised(
            (u, v),
            lambda du, dv: np.concatenate([first.pullback(du, du[:0]), second.pullback(dv[:0], dv)]),
        )

    def compiled(self) -> CompiledEncoder | None:
        """Both of one kind of rows and one width; anything else is left to the interpreter and its errors."""
        first, second = compiled_encoder(self._first), compiled_encoder(self._second)
        if first is None or second is None:
            return None
        if (first.takes_symbols, first.width) != (second.takes_symbols, second.width):
            return None
        return first._replace(
            map=TwoMaps(first.map, second.map, self._first.parameters.size),
            inputs=(first.inputs[0], second.inputs[1]),
            work=max(first.work, second.work),
            takes_sparse=first.takes_sparse and second.takes_sparse,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._first!r}, {self._second!r})"
