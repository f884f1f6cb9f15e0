from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from simsuff.models.topic import counts as topic_counts
from simsuff.models.topic.counts import (
    DENSE_VOCABULARY,
    as_counts,
    check_states,
    count_vectors,
    represented,
    state_count,
    tallied,
)


@given(st.integers(1, 4), st.integers(1, 4))
def test_every_count_vector_once(words, vocabulary):
    table = count_vectors(words, vocabulary)
    expected = {c for c in product(range(words + 1), repeat=vocabulary) if sum(c) == words}
    assert len(table) == state_count(words, vocabulary) == len(expected)
    assert {tuple(int(x) for x in row) for row in table} == expected


def test_too_many_count_vectors_are_refused():
    with pytest.raises(
        ValueError, match=r"leave at most 5 count vectors: count vectors = 6, of 2 words.*; go away"
    ):
        check_states(2, 3, 5, "go away")
    with pytest.raises(ValueError, match="leave at most 500000 count vectors"):
        count_vectors(100, 10)


@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7), st.randoms())
def test_tallies_agree(n, length, vocabulary, random):
    words = np.array(
        [[random.randrange(vocabulary) for _ in range(length)] for _ in range(n)], dtype=np.int32
    )
    dense, csr = tallied(words, vocabulary, False), tallied(words, vocabulary, True)
    assert dense.dtype == csr.data.dtype == np.int64
    assert csr.has_canonical_format
    np.testing.assert_array_equal(dense, [np.bincount(row, minlength=vocabulary) for row in words])
    np.testing.assert_array_equal(csr.toarray(), dense)
    assert (csr.data > 0).all()


def test_representation_follows_the_vocabulary():
    assert isinstance(represented(np.ones((2, DENSE_VOCABULARY), dtype=int)), np.ndarray)
    assert sparse.issparse(represented(np.ones((2, DENSE_VOCABULARY + 1), dtype=int)))


def test_sparse_counts_become_canonical():
    messy = sparse.csr_array((np.array([1, 2, 0, 1]), np.array([2, 0, 1, 0]), np.array([0, 4])), shape=(1, 3))
    tidy = as_counts("counts", messy, 3)
    np.testing.assert_array_equal(tidy.indices, [0, 2])
    np.testing.assert_array_equal(tidy.data, [3, 1])
    assert tidy.data.dtype == np.int64
    # The caller's matrix is left as it was.
    np.testing.assert_array_equal(messy.data, [1, 2, 0, 1])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.coo_array, sparse.csc_array, np.asarray])
@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64])
def test_any_container_of_whole_numbers(kind, dtype):
    counts = as_counts("counts", kind(np.array([[1, 0, 2]], dtype=dtype)), 3)
    np.testing.assert_array_equal(counts.toarray() if sparse.issparse(counts) else counts, [[1, 0, 2]])


def test_kernels_equal_their_plain_selves():
    words = np.array([[0, 2, 2], [1, 1, 1]], dtype=np.int32)
    tables = [np.zeros((2, 3), dtype=np.int64) for _ in range(2)]
    topic_counts.tally.py_func(words, tables[0])
    topic_counts.tally(words, tables[1])
    np.testing.assert_array_equal(*tables)
    for fill, table in zip(
        (topic_counts.enumerate_counts.py_func, topic_counts.enumerate_counts), tables, strict=True
    ):
        table[:] = 0
        table[0, 0] = 1
        fill(table)
    np.testing.assert_array_equal(*tables)
