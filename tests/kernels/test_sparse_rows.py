"""Do rows survive the way into buffers and back, and are products with them exact and inside their arrays?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.kernels import sparse_rows
from simsuff.kernels.sparse_rows import SparseRows, add_outer, most_entries, row_count, times
from simsuff.training import sources

TABLE = sparse.csr_array(np.array([[0, 2, 0, 1], [0, 0, 0, 0], [3, 0, 0, 0], [1, 1, 1, 1]]))


def test_tables_become_rows_and_tables_again():
    rows = SparseRows.of(TABLE)
    assert (row_count(rows), rows.width, rows.entries.dtype) == (4, 4, np.float64)
    np.testing.assert_array_equal(rows.table().toarray(), TABLE.toarray())
    assert TABLE.sum() == 10


def test_rows_are_taken_in_the_order_asked_for():
    chosen = np.array([3, 1, 0, 3])
    for take in (sources.take, sources._take_sparse.py_func):
        out = SparseRows.buffer(4, 12, 4)
        for _ in range(2):
            take(SparseRows.of(TABLE), chosen, out)
            np.testing.assert_array_equal(out.table().toarray(), TABLE.toarray()[chosen])


def test_buffers_hold_the_longest_rows_together():
    starts = SparseRows.of(TABLE).starts
    assert [most_entries(starts, k) for k in (1, 2, 3, 4)] == [4, 6, 7, 7]
    assert most_entries(np.zeros(3, dtype=np.int64), 2) == 1


def test_arrays_and_symbols_have_rows_too():
    assert row_count(np.zeros((3, 2))) == row_count(np.zeros(3)) == 3


def integers(shape, seed=0):
    """Small whole numbers, whose sums of products no order of summation rounds."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def messy(count, rows=6, inputs=9):
    """A table with `count` entries in no order, some of them twice, and no entry in the first and last row."""
    rng = np.random.default_rng(5)
    starts = np.sort(np.concatenate([[0, 0], rng.integers(count + 1, size=rows - 3), [count, count]]))
    return sparse.csr_array(
        (integers(count, 6), rng.integers(inputs, size=count), starts), shape=(rows, inputs)
    )


@pytest.mark.parametrize("count", [0, 7, 60])
@pytest.mark.parametrize("width", [1, 2, 7, 8, 20, 33])
def test_products_are_exact_and_stay_inside(width, count):
    table = messy(count)
    rows, dense = SparseRows.of(table), table.toarray()
    matrix, frame = integers((9, width), 1), integers((8, width), 2)
    above, wide_frame = integers((6, width), 3), integers((11, width), 4)
    for function in (times, sparse_rows._times_sparse.py_func):
        found, expected = frame.copy(), frame.copy()
        expected[1:-1] = dense @ matrix
        function(rows, matrix, found[1:-1])
        np.testing.assert_array_equal(found, expected)
    for function in (add_outer, sparse_rows._add_outer_sparse.py_func):
        found, expected = wide_frame.copy(), wide_frame.copy()
        expected[1:-1] += dense.T @ above
        function(rows, above, found[1:-1])
        np.testing.assert_array_equal(found, expected)


def test_what_is_no_number_shows_where_it_is_met():
    rows = SparseRows.of(sparse.csr_array(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])))
    out = np.empty((3, 4))
    times(rows, np.array([[1.0] * 4, [np.nan] * 4]), out)
    np.testing.assert_array_equal(out, np.array([[1.0], [np.nan], [0.0]]) * np.ones(4))


def test_tables_of_any_kind_are_taken_without_being_changed():
    for kind in (sparse.csc_array, sparse.coo_array, sparse.csr_matrix, sparse.csr_array):
        np.testing.assert_array_equal(SparseRows.of(kind(TABLE)).table().toarray(), TABLE.toarray())
    frozen = TABLE.astype(float)
    frozen.data.flags.writeable = False
    assert SparseRows.of(frozen).entries.flags.writeable


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("indices", 4, r"z must have columns in \[0, 4\): columns = \[0, ..., 4\]"),
        ("indices", -1, r"z must have columns in \[0, 4\): columns = \[-1, ..., 3\]"),
        ("indptr", 9, "z must be a valid CSR table: indptr = out of order"),
        ("indptr", 0, "z must be a valid CSR table: indptr = out of order"),
    ],
)
def test_malformed_tables_are_refused(part, change, message):
    table = TABLE.copy()
    getattr(table, part)[3] = change
    with pytest.raises(ValueError, match=message):
        SparseRows.of(table, "z")
