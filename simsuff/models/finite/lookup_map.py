"""What is a statistic of a finite alphabet? A table with one row for each symbol."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.models.finite.symbols import as_symbols
from simsuff.numerics.validation import real_array

Float = NDArray[np.float64]


class LookupMap:
    """The map z ↦ table[z] on symbols.

    Parameters
    ----------
    table : shape (n1, k), finite; row z is T(z).

    Raises
    ------
    ValueError : if `table` is not a finite, non-empty matrix.
    """

    def __init__(self, table: ArrayLike) -> None:
        matrix = real_array("table", table, ndim=2).copy()
        matrix.setflags(write=False)
        self._table: Float = matrix

    @property
    def table(self) -> Float:
        """All values, shape (n1, k), read-only."""
        return self._table

    @property
    def shape(self) -> tuple[int, int]:
        """(k, n1): outputs, inputs."""
        inputs, outputs = self._table.shape
        return outputs, inputs

    def __call__(self, z: ArrayLike) -> Float:
        """T(z), shape (n, k), for symbols `z` of shape (n,)."""
        rows: Float = self._table[as_symbols("z", z, self._table.shape[0])]
        return rows

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape})"
