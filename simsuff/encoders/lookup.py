"""Lookup tables: encoders that put no restriction on a finite alphabet."""

# ruff: noqa: ARG001 - all maps are called alike

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.compiled import (
    CompiledEncoder,
    KernelEncoder,
    flat_parameters,
    frozen,
    in_compiled_loops,
)
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float, Integer, RNGLike, generator, integer


class TableMap(NamedTuple):
    """z ↦ table[z], θ = table (symbols, dim) row by row."""

    symbols: int
    dim: int


@jit
def _forward(encoder: TableMap, theta: Float, z: Integer, side: int, out: Float, work: Float) -> None:
    for i in range(z.size):
        for k in range(encoder.dim):
            out[i, k] = theta[z[i] * encoder.dim + k]


@jit
def _pullback(
    encoder: TableMap,
    theta: Float,
    z: Integer,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    for i in range(z.size):
        for k in range(encoder.dim):
            gradient[z[i] * encoder.dim + k] += cotangents[i, k]


@in_compiled_loops(TableMap, _forward, _pullback)
class LookupEncoder(KernelEncoder):
    """T(z) = table[z] for symbols z = 0, …, n − 1, with the score ⟨table[z₁], table[z₂]⟩.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> encoder = ss.LookupEncoder([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> encoder(np.array([0, 2]))
    array([[1., 0.],
           [0., 1.]])
    """

    def __init__(self, table: ArrayLike) -> None:
        """`table` has shape (n, k), one row for each symbol; raises ValueError where it is not finite."""
        self._table = frozen("table", table, 2)

    @classmethod
    def random(cls, dim: int, symbols: int, rng: RNGLike) -> Self:
        """A table of independent N(0, 1/dim) entries, so that rows have length of order one."""
        integer("dim", dim, 1, "an encoder of rank 0 has no output")
        integer("symbols", symbols, 1, "an alphabet has at least one symbol")
        return cls(generator("rng", rng).standard_normal((symbols, dim)) / np.sqrt(dim))

    @property
    def table(self) -> Float:
        """The table, shape (n, k), read-only."""
        return self._table

    @property
    def parameters(self) -> Float:
        """The table row by row."""
        return self._table.flatten()

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with its table read from `theta` row by row."""
        return type(self)(flat_parameters(theta, self._table.size).reshape(self._table.shape))

    def compiled(self) -> CompiledEncoder:
        """Rows of the table, picked by symbols."""
        symbols, dim = self._table.shape
        return CompiledEncoder(TableMap(symbols, dim), (symbols, symbols), dim, takes_symbols=True)

    def __repr__(self) -> str:
        symbols, dim = self._table.shape
        return f"{type(self).__name__}(dim={dim}, symbols={symbols})"
