"""Checked symbols of a finite alphabet, and the classes of them that a statistic merges."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.numerics.validation import labels, plain_array, refuse, require, require_all

Integer = NDArray[np.int64]
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
    return _numbered(argument, values.reshape(size, -1))


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


def _numbered(argument: str, rows: NDArray[Any]) -> Integer:
    if rows.dtype == object:
        raise refuse(argument, f"dtype = {rows.dtype}", "return numbers", "return an array of numbers")
    if np.issubdtype(rows.dtype, np.inexact):
        allowed, way_out = "return values other than NaN", "NaN equals nothing, so it cannot be grouped"
        require_all(~np.isnan(rows), argument, rows, allowed, way_out)
    inverse = np.unique(rows, axis=0, return_inverse=True)[1]
    return np.asarray(inverse).reshape(len(rows)).astype(np.int64)
