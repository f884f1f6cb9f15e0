"""Do rows survive the way into buffers and back?"""

import numpy as np
from scipy import sparse

from simsuff.kernels.sparse_rows import SparseRows, most_entries, row_count, take_rows

TABLE = sparse.csr_array(np.array([[0, 2, 0, 1], [0, 0, 0, 0], [3, 0, 0, 0], [1, 1, 1, 1]]))


def test_tables_become_rows_and_tables_again():
    rows = SparseRows.of(TABLE)
    assert (row_count(rows), rows.width, rows.entries.dtype) == (4, 4, np.float64)
    np.testing.assert_array_equal(rows.table().toarray(), TABLE.toarray())
    rows.entries[:] = 0
    assert TABLE.sum() == 10


def test_rows_are_taken_in_the_order_asked_for():
    chosen = np.array([3, 1, 0, 3])
    for take in (take_rows.py_func, take_rows):
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
