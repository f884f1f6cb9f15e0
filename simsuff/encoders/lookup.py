"""Which encoder puts no restriction on a finite alphabet?"""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.protocol import Inputs, flat_parameters
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float, Integer, generator, integer, real_array, require


class LookupEncoder:
    """T(z) = table[z] for symbols z = 0, …, n − 1, with the score ⟨table[z₁], table[z₂]⟩."""

    def __init__(self, table: ArrayLike) -> None:
        """`table` has shape (n, k), one row for each symbol; raises ValueError where it is not finite."""
        self._table = real_array("table", table, 2).copy()
        self._table.flags.writeable = False

    @classmethod
    def random(cls, dim: int, symbols: int, rng: np.random.Generator) -> Self:
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

    def __call__(self, z: Inputs) -> Float:
        """The row of each symbol: (...) gives (..., k)."""
        rows: Float = self._table[self._symbols("z", z)]
        return rows

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """u = table[z₁] and v = table[z₂]."""
        return self._table[self._symbols("z1", z1)], self._table[self._symbols("z2", z2)]

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂table row by row: du and dv added to the rows of their symbols."""
        gradient = np.zeros_like(self._table)
        for argument, z, rows in (("z1", z1, du), ("z2", z2, dv)):
            symbols = self._symbols(argument, z).ravel()
            scatter_add(symbols, np.ascontiguousarray(rows).reshape(-1, gradient.shape[1]), gradient)
        return gradient.reshape(-1)

    def _symbols(self, argument: str, z: Inputs) -> Integer:
        symbols = np.asarray(z)
        whole = np.issubdtype(symbols.dtype, np.integer)
        shown = f"dtype = {symbols.dtype}"
        require(whole, argument, shown, "hold integer symbols", "use a LinearEncoder for real vectors")
        size = self._table.shape[0]
        inside = symbols.size == 0 or (symbols.min() >= 0 and symbols.max() < size)
        shown = f"range = [{symbols.min()}, {symbols.max()}]" if symbols.size else "empty"
        require(inside, argument, shown, f"lie in [0, {size - 1}]", "give the table one row for each symbol")
        return symbols.astype(np.int64, copy=False)

    def __repr__(self) -> str:
        symbols, dim = self._table.shape
        return f"{type(self).__name__}(dim={dim}, symbols={symbols})"


@jit
def scatter_add(symbols: Integer, rows: Float, total: Float) -> None:
    """total[symbols[i]] += rows[i], in the order of i."""
    for i in range(symbols.size):
        for j in range(rows.shape[1]):
            total[symbols[i], j] += rows[i, j]
