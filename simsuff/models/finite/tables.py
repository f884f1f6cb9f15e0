"""Sums, ratios and merged rows of joint tables, over any leading axes."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Integer = NDArray[np.int64]


def total(cells: Float) -> Float:
    """The sum of each table, shape (...,) for cells of shape (..., n1, n2).

    Each table is summed as one contiguous row, so that it has the same bits alone and among others.
    """
    rows = np.ascontiguousarray(cells).reshape(*cells.shape[:-2], -1)
    return np.asarray(rows.sum(axis=-1))


def outer(first: Float, second: Float) -> Float:
    """P₁⊗P₂, shape (..., n1, n2)."""
    return first[..., :, None] * second[..., None, :]


def ratio_of(joint: Float, first: Float, second: Float, empty: float) -> Float:
    """r = dP₁₂/d(P₁⊗P₂), shape (..., n1, n2), `empty` where a marginal is 0."""
    rows, columns = np.where(first > 0, first, 1.0), np.where(second > 0, second, 1.0)
    quotient = joint / rows[..., :, None] / columns[..., None, :]
    return quotient if empty == 0 else np.where(has_mass(first, second), quotient, empty)


def has_mass(first: Float, second: Float) -> NDArray[np.bool_]:
    """Where P₁⊗P₂ has mass, even if the product underflows, shape (..., n1, n2)."""
    return (first > 0)[..., :, None] & (second > 0)[..., None, :]


def merged(joint: Float, classes: Integer, rows: int) -> Float:
    """The law of (T(z₁), z₂), shape (..., rows, n2), for labels below `rows` of shape (n1,) or (..., n1)."""
    lead, columns = joint.shape[:-2], joint.shape[-1]
    tables = int(np.prod(lead))
    labels = np.broadcast_to(classes, joint.shape[:-1]).reshape(tables, -1)
    row = np.arange(tables)[:, None] * rows + labels
    place = row[..., None] * columns + np.arange(columns)
    # Sums in the order of the symbols, table by table.
    sums = np.bincount(place.ravel(), weights=joint.ravel(), minlength=tables * rows * columns)
    return np.asarray(sums, dtype=np.float64).reshape(*lead, rows, columns)


def through(table: NDArray[np.float64], classes: Integer) -> Float:
    """The row of `table` (..., g, n2) that each label of `classes`, (n1,) or (..., n1), names: (..., n1, n2)."""
    labels = np.broadcast_to(classes, (*table.shape[:-2], classes.shape[-1]))
    return np.take_along_axis(table, labels[..., None], axis=-2)
