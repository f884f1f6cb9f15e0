"""The singular system of the kernel r of a finite table, and the lookup tables that its functions make."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simsuff.models.finite.tables import as_symbols
from simsuff.numerics.validation import Float, real_array


class SingularSystem(NamedTuple):
    """r(z₁, z₂) = 1 + Σ_i λ_i φ_i(z₁) ψ_i(z₂): `correlations` (m,), `left` (n1, m), `right` (n2, m).

    The functions are orthonormal in L²(P₁) and L²(P₂) and 0 at symbols without mass; m = min(n1, n2) − 1.
    """

    correlations: Float
    left: Float
    right: Float


def singular_system(joint: Float, marginal1: Float, marginal2: Float) -> SingularSystem:
    """The singular system of the centred kernel r − 1, correlations decreasing."""
    root1, root2 = np.sqrt(marginal1), np.sqrt(marginal2)
    inverse1, inverse2 = _reciprocal(root1), _reciprocal(root2)
    centred = joint * inverse1[:, None] * inverse2[None, :] - np.outer(root1, root2)
    left, values, right = np.linalg.svd(centred, full_matrices=False)
    count = min(joint.shape) - 1
    # A correlation is at most one; the decomposition of a rounded table may exceed it by a few ulp.
    correlations = np.minimum(values[:count], 1.0)
    # The largest entry of each column is made positive, so that equal tables give equal features.
    columns = left[:, :count]
    largest = columns[np.argmax(np.abs(columns), axis=0), np.arange(count)]
    signs = np.where(largest < 0, -1.0, 1.0)
    phi = columns * signs * inverse1[:, None]
    psi = right[:count].T * signs * inverse2[:, None]
    return SingularSystem(correlations, phi, psi)


def _reciprocal(root: Float) -> Float:
    positive = root > 0
    return np.where(positive, 1 / np.where(positive, root, 1.0), 0.0)


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
        return self._table[as_symbols("z", z, self._table.shape[0])]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape})"
