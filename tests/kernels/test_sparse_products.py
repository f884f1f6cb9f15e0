"""Are products with sparse rows exact, for every width, order of entries and type of index, and stay inside?"""

import numpy as np
import pytest

from simsuff.kernels import sparse_products
from simsuff.kernels.cache_lines import LANES
from simsuff.kernels.sparse_products import (
    CACHE,
    MEETINGS,
    PAYS,
    add_rows_outer,
    gather_rows,
    piece_of,
    scatter_rows,
    times_rows,
    zero_lines,
)

# Ends of every length, strips of one to four vectors on any processor, and more than one strip.
WIDTHS = [1, 2, 3, 4, 6, 7, 8, 13, 16, 20, 24, 31, 32, 36, 65]
ROWS, INPUTS = 6, 9

FORWARD = [times_rows.py_func, times_rows, gather_rows.py_func, gather_rows]
BACKWARD = [add_rows_outer.py_func, add_rows_outer, scatter_rows.py_func, scatter_rows]


def integers(shape, seed=0):
    """Small whole numbers, whose sums of products no order of summation rounds."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def messy_rows(count, index=np.int64):
    """CSR arrays with `count` entries in no order, some of them twice, and no entry in the first and last row."""
    rng = np.random.default_rng(5)
    starts = np.sort(np.concatenate([[0, 0], rng.integers(count + 1, size=ROWS - 3), [count, count]]))
    columns = rng.integers(INPUTS, size=count)
    return starts, columns.astype(index), integers(count, 6)


def dense(starts, columns, entries):
    table = np.zeros((ROWS, INPUTS))
    np.add.at(table, (np.repeat(np.arange(ROWS), np.diff(starts)), columns), entries)
    return table


@pytest.mark.parametrize("count", [0, 7, PAYS * INPUTS - 1, PAYS * INPUTS, 60])
@pytest.mark.parametrize("width", WIDTHS)
def test_products_are_exact_and_stay_inside(width, count):
    parts = messy_rows(count)
    matrix, frame = integers((INPUTS, width), 1), integers((ROWS + 2, width), 2)
    expected = frame.copy()
    expected[1:-1] = dense(*parts) @ matrix
    for times in FORWARD:
        found = frame.copy()
        times(*parts, matrix, found[1:-1])
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("count", [0, 7, PAYS * INPUTS - 1, PAYS * INPUTS, 60])
@pytest.mark.parametrize("width", WIDTHS)
def test_gradients_are_exact_and_stay_inside(width, count):
    parts = messy_rows(count)
    above, frame = integers((ROWS, width), 1), integers((INPUTS + 2, width), 2)
    expected = frame.copy()
    expected[1:-1] += dense(*parts).T @ above
    for add in BACKWARD:
        found = frame.copy()
        add(*parts, above, found[1:-1])
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("in_order", [True, False])
def test_gradients_piece_by_piece_of_a_large_table(in_order):
    rng, inputs = np.random.default_rng(7), 1500
    lengths = np.array([0, 400, 3, 250, 1, 0])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    columns = np.concatenate([rng.integers(inputs, size=n) for n in lengths])
    if in_order:
        columns = np.concatenate([np.sort(part) for part in np.split(columns, starts[1:-1])])
    entries, above = integers(len(columns), 1), integers((ROWS, 24), 2)
    expected = np.zeros((inputs, 24))
    np.add.at(expected, columns, entries[:, None] * np.repeat(above, lengths, axis=0))
    assert 2 * piece_of.py_func(starts, expected) < inputs
    for scatter in (scatter_rows.py_func, scatter_rows):
        table = np.zeros_like(expected)
        scatter(starts, columns, entries, above, table)
        np.testing.assert_array_equal(table, expected)


def test_pieces_are_as_large_as_the_cache_or_as_rows_are_short():
    lines, starts = CACHE // (8 * 16), np.array([0, 10, 20])
    piece = lambda entries, size: piece_of.py_func(starts * entries, np.empty((size, 16)))  # noqa: E731
    assert [piece(100, n) for n in (0, 1, lines, 2 * lines, 10 * lines)] == [1, 1, lines, lines, lines]
    assert piece(2 * MEETINGS // 10 + 1, 10 * lines) == 5 * lines
    assert piece(0, 10 * lines) == 10 * lines


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("start", [np.int32, np.int64])
def test_indices_of_either_size(start, index):
    starts, *parts = messy_rows(40, index)
    parts = starts.astype(start), *parts
    matrix, out = integers((INPUTS, 20), 1), np.empty((ROWS, 20))
    times_rows(*parts, matrix, out)
    np.testing.assert_array_equal(out, dense(*parts) @ matrix)
    total = np.zeros((INPUTS, 20))
    add_rows_outer(*parts, out, total)
    np.testing.assert_array_equal(total, dense(*parts).T @ out)


def test_rows_may_be_part_of_a_longer_table():
    starts, columns, entries = messy_rows(40)
    part, matrix, out = starts[2:5], integers((INPUTS, 20), 1), np.empty((2, 20))
    times_rows(part, columns, entries, matrix, out)
    np.testing.assert_array_equal(out, (dense(starts, columns, entries) @ matrix)[2:4])


@pytest.mark.parametrize("function", [zero_lines.py_func, zero_lines])
@pytest.mark.parametrize("width", WIDTHS)
def test_lines_begin_where_those_of_the_cache_do(function, width):
    for _ in range(3):
        table = function(5, width)
        assert table.shape[1] % LANES == 0
        assert width <= table.shape[1] < width + LANES
        assert table.ctypes.data % (8 * LANES) == 0
        assert table.flags.c_contiguous
        assert not table.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_shows_where_it_is_met(bad):
    starts, columns, entries = np.array([0, 1, 2, 2]), np.array([0, 1]), np.ones(2)
    matrix, out = np.array([[1.0] * 20, [bad] * 20]), np.empty((3, 20))
    for times in FORWARD:
        times(starts, columns, entries, matrix, out)
        np.testing.assert_array_equal(out, np.array([[1.0], [bad], [0.0]]) * np.ones(20))


def test_aligned_lines_are_taken_where_they_pay(monkeypatch):
    seen = []
    monkeypatch.setattr(sparse_products, "gather_rows", lambda *parts: seen.append(parts[3].shape))
    for count in (PAYS * INPUTS - 1, PAYS * INPUTS):
        times_rows.py_func(*messy_rows(count), np.ones((INPUTS, 20)), np.empty((ROWS, 20)))
    assert seen == [(INPUTS, 20), (INPUTS, 24)]
