"""Linear encoders of vectors: z ↦ Wz on rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.numerics.validation import Float, real_array, require


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
        matrix = real_array("weight", weight, ndim=2).copy()
        matrix.setflags(write=False)
        self._weight: Float = matrix

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
        samples = real_array("z", z, ndim=2)
        shown, allowed = f"shape = {samples.shape}", f"have shape (n, {self._weight.shape[1]})"
        fits = samples.shape[1] == self._weight.shape[1]
        require(fits, "z", shown, allowed, "pass one row for each sample")
        return samples @ self._weight.T

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._weight, dtype=dtype, copy=True if copy is None else copy)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape})"
