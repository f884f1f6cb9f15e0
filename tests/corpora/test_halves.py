"""Are the halves of a document disjoint, complete, and every split equally likely?"""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from simsuff import LinearEncoder, fit
from simsuff.corpora import HalfDocuments, halves, unit_rows
from simsuff.corpora.halves import deal
from simsuff.encoders import SoftmaxEncoder


def table(rows):
    return sparse.csr_array(np.array(rows, dtype=np.int64))


documents = st.lists(
    st.lists(st.integers(0, 4), min_size=4, max_size=4).filter(lambda row: sum(row) >= 2),
    min_size=1,
    max_size=6,
)


@given(documents, st.integers(0, 2**32))
def test_halves_are_disjoint_and_complete(rows, seed):
    counts = table(rows)
    z1, z2 = halves(counts, np.random.default_rng(seed))
    assert ((z1 + z2).toarray() == counts.toarray()).all()
    assert (np.abs(z1.sum(axis=1) - z2.sum(axis=1)) <= 1).all()
    for view in (z1, z2):
        assert view.dtype == np.int64
        assert (view.data > 0).all()
        assert view.has_sorted_indices
    assert (counts.toarray() == np.array(rows)).all()


def test_every_split_is_equally_likely():
    draws, rng = 20_000, np.random.default_rng(0)
    counts = sparse.csr_array(np.tile(np.array([2, 1, 2], dtype=np.int64), (draws, 1)))
    found = Counter(map(tuple, halves(counts, rng).z1.toarray().tolist()))
    for a, b, c in ((a, b, c) for a in range(3) for b in range(2) for c in range(3)):
        # The longer half has 3 of 5 words with probability ½; a half of s words is hypergeometric.
        s = a + b + c
        share = (
            math.comb(2, a) * math.comb(1, b) * math.comb(2, c) / math.comb(5, s) / 2 if s in (2, 3) else 0.0
        )
        four_sigma = 4 * math.sqrt(draws * share * (1 - share))
        assert abs(found[a, b, c] - draws * share) <= four_sigma


def test_the_kernel_does_what_its_plain_twin_does():
    counts = table([[3, 0, 2, 5], [1, 1, 0, 0]])
    first, second = np.empty_like(counts.data), np.empty_like(counts.data)
    deal(np.random.default_rng(4), counts.indptr, counts.data, first)
    deal.py_func(np.random.default_rng(4), counts.indptr, counts.data, second)
    assert first.tolist() == second.tolist()


def test_a_source_draws_distinct_documents_and_splits_them_anew():
    counts = table(np.diag(np.arange(2, 12)))
    source = HalfDocuments(counts)
    rng = np.random.default_rng(1)
    first, second = source.sample(10, rng), source.sample(10, rng)
    whole = (first.z1 + first.z2).toarray()
    assert sorted(whole.sum(axis=1)) == list(range(2, 12))
    assert (whole != (second.z1 + second.z2).toarray()).any()
    again = HalfDocuments(counts).sample(10, np.random.default_rng(1))
    assert (again.z1 != first.z1).nnz == 0
    with pytest.raises(ValueError, match=r"n must be an integer in \[1, 10\]: n = 11; lower the batch"):
        source.sample(11, rng)


def test_encoders_train_on_half_documents():
    rng = np.random.default_rng(2)
    counts = sparse.csr_array(rng.multinomial(20, np.full(12, 1 / 12), size=40).astype(np.int64))
    start = SoftmaxEncoder.random(3, 12, rng)
    trained = fit(HalfDocuments(counts), start, batch=16, rng=rng, steps=5, link="log")
    assert trained.n_steps == 5
    assert trained.encoder(counts).shape == (40, 3)
    dense = HalfDocuments(counts, view=lambda half: unit_rows(half).toarray())
    assert fit(dense, LinearEncoder.random(2, 12, rng), batch=8, rng=rng, steps=3).n_steps == 3


def test_unit_rows():
    rows = unit_rows(table([[1, 3, 0], [0, 0, 0], [0, 0, 7]]))
    # One square root and one division for each entry: two roundings of half an ulp.
    expected = [[0.5, math.sqrt(0.75), 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert np.abs(rows.toarray() - expected).max() <= np.finfo(float).eps
    assert rows.dtype == np.float64


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones((2, 2), dtype=np.int64), r"counts must be a sparse \(n, V\) table"),
        (sparse.csr_array(np.ones((2, 2))), "counts must hold non-negative integers: dtype = float64"),
        (table([[3, -1]]), "counts must hold non-negative integers"),
        (table([[3, 0], [1, 0]]), r"words in counts\[1\] = 1; drop the shorter documents"),
        (table([[0, 0]]), r"words in counts\[0\] = 0"),
    ],
)
def test_unusable_counts_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        halves(counts, np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        HalfDocuments(counts)


def test_unit_rows_take_any_form_of_the_same_counts():
    """Stored zeros, duplicates and unsorted columns; an empty row, stored or not, stays zero."""
    entries, columns, starts = [4, 0, 5, 0, 2, 2], [2, 0, 1, 0, 1, 1], [0, 3, 4, 6]
    messy = sparse.csr_array((np.array(entries), np.array(columns), np.array(starts)), shape=(3, 3))
    found = unit_rows(messy)
    assert np.allclose(found.toarray(), np.sqrt([[0, 5 / 9, 4 / 9], [0, 0, 0], [0, 1, 0]]), rtol=1e-15)
    assert messy.data.tolist() == entries  # the argument is as it was
    with pytest.raises(ValueError, match="counts must be non-negative and finite"):
        unit_rows(np.array([[1, -1]]))


def test_counts_that_would_wrap_are_refused():
    for huge in (2**63, 2**64 - 1):
        counts = sparse.csr_array(np.array([[huge, 2]], dtype=np.uint64))
        with pytest.raises(ValueError, match=r"words in counts must be below 2\*\*53"):
            halves(counts, np.random.default_rng(0))
    doubled = sparse.csr_array((np.array([2**62] * 3), np.array([0, 0, 0]), np.array([0, 3])), shape=(1, 1))
    with pytest.raises(ValueError, match="words in counts"):
        HalfDocuments(doubled)
