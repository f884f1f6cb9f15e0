"""Statistics that are a matrix: z ↦ Wz on the rows of vectors, z ↦ table[z] on symbols."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.models.finite.tables import as_symbols
from simsuff.numerics.validation import Float, real_array, shaped_array


class LinearMap:
    """The map z ↦ Wz on rows.

    Parameters
    ----------
    weight : W, shape (k, d), finite.

    Raises
    ------
    ValueError : if `weight` is not a finite, non-empty matrix.
    """

    def __init__(self, weight: ArrayLike) -> None:
        self._weight = _read_only("weight", weight)

    @property
    def weight(self) -> Float:
        """W, shape (k, d), read-only."""
        return self._weight

    @property
    def shape(self) -> tuple[int, int]:
        """(k, d): outputs, inputs."""
        rows, columns = self._weight.shape
        return rows, columns

    def __call__(self, z: ArrayLike) -> Float:
        """T(z), shape (n, k), for `z` of shape (n, d)."""
        inputs = self._weight.shape[1]
        return shaped_array("z", z, ("n", inputs), "pass one row for each sample") @ self._weight.T

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._weight, dtype=dtype, copy=True if copy is None else copy)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape})"


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
        self._table = _read_only("table", table)

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
        return self._table[as_symbols("z", z, self._table.shape[0])]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape})"


def _read_only(argument: str, values: ArrayLike) -> Float:
    matrix = real_array(argument, values, ndim=2).copy()
    matrix.setflags(write=False)
    return matrix
