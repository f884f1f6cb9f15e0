"""Joint tables over any leading axes: symbols, the classes that a statistic merges, sums, ratios and merged rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.numerics.validation import (
    Float,
    Integer,
    labels,
    plain_array,
    refuse,
    require,
    require_all,
)

Statistic = ArrayLike | Callable[[Integer], Any]


def as_symbols(argument: str, values: ArrayLike, size: int) -> Integer:
    """`values` as int64 symbols of the alphabet 0, …, size − 1."""
    array = plain_array(values)
    require(array.size > 0, argument, f"shape = {array.shape}", "be non-empty", "pass at least one symbol")
    whole = np.issubdtype(array.dtype, np.integer)
    require(whole, argument, f"dtype = {array.dtype}", "hold integer symbols", "convert it with astype(int)")
    inside = (array >= 0) & (array < size)
    require_all(inside, argument, array, f"lie in [0, {size - 1}]", "use the symbols of the model's alphabet")
    return array.astype(np.int64)


def groups(argument: str, statistic: Statistic, size: int) -> Integer:
    """The labels 0, 1, … of the classes of symbols on which `statistic` is constant, shape (size,).

    `statistic` is a vector of integer labels, or a callable that maps the vector of all symbols to one value
    (a scalar or a vector) for each symbol; values are compared by equality.
    """
    if not callable(statistic):
        return labels(argument, statistic, size)
    values = plain_array(statistic(np.arange(size)))
    shown = f"shape of its values = {values.shape}"
    allowed = f"return one value for each of the {size} symbols"
    require(values.ndim >= 1 and len(values) == size, argument, shown, allowed, "vectorise it over symbols")
    rows = values.reshape(size, -1)
    if rows.dtype == object:
        raise refuse(argument, f"dtype = {rows.dtype}", "return numbers", "return an array of numbers")
    if np.issubdtype(rows.dtype, np.inexact):
        way_out = "NaN equals nothing, so it cannot be grouped"
        require_all(~np.isnan(rows), argument, rows, "return values other than NaN", way_out)
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(size).astype(np.int64)


def group_rows(argument: str, statistic: Statistic, tables: int, size: int) -> Integer:
    """The classes that `statistic` makes of the symbols, shape (size,); (tables, size) where each table has its own.

    As `groups`, or a matrix of integer labels with one row for each table.
    """
    if callable(statistic) or np.ndim(statistic) != 2:
        return groups(argument, statistic, size)
    array = plain_array(statistic)
    allowed = f"have shape ({size},) or ({tables}, {size})"
    way_out = "give one label for each symbol, or one row of labels for each table"
    require(array.shape == (tables, size), argument, f"shape = {array.shape}", allowed, way_out)
    return ranks(argument, array)


def ranks(argument: str, values: ArrayLike) -> Integer:
    """Integer labels renumbered 0, 1, … in the order of their values, along the last axis."""
    array = plain_array(values)
    whole = np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.bool_)
    require(whole, argument, f"dtype = {array.dtype}", "hold integers", "number the groups 0, 1, …")
    order = np.argsort(array, axis=-1)
    ordered = np.take_along_axis(array, order, axis=-1)
    rank = np.zeros(array.shape, dtype=np.int64)
    rank[..., 1:] = np.cumsum(ordered[..., 1:] != ordered[..., :-1], axis=-1)
    renumbered = np.empty_like(rank)
    np.put_along_axis(renumbered, order, rank, axis=-1)
    return renumbered


def total(cells: Float) -> Float:
    """The sum of each table, shape (...,) for cells of shape (..., n1, n2).

    Each table is summed as one contiguous row, so that it has the same bits alone and among others.
    """
    rows = np.ascontiguousarray(cells).reshape(*cells.shape[:-2], -1)
    return np.asarray(rows.sum(axis=-1))


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
