"""Do threads that share the softmax of sparse counts leave every bit as it is, in rows of any kind?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import SoftmaxEncoder
from simsuff.encoders.softmax_team import Counts, back, counts, counts_of
from simsuff.encoders.softmax_team.back import SAMPLE, _limits, find_words, in_order
from simsuff.kernels.sparse_products import PAYS
from simsuff.kernels.threads import threads

ROWS, WORDS, DIM = (70, 45), 400, 20
EPS = float(np.finfo(np.float64).eps)


def draw(seed=0):
    return np.random.default_rng(seed)


def ordered(rows, seed):
    """Counts with an empty row at each end and in the middle, more of the first words than of others."""
    rate = 0.3 + 3.0 * (np.arange(WORDS) < 12)
    table = draw(seed).poisson(rate, (rows, WORDS)).astype(float)
    table[[0, rows // 2, rows - 1]] = 0
    return sparse.csr_array(table)


def shuffled(rows, seed):
    """The same rows, one of them in the opposite order."""
    table = ordered(rows, seed)
    row = slice(*table.indptr[20:22])
    table.indices[row], table.data[row] = table.indices[row][::-1].copy(), table.data[row][::-1].copy()
    return table


def doubled(rows, seed):
    """The same rows, each entry in two unequal parts side by side."""
    table = ordered(rows, seed)
    data = np.stack([table.data / 3, table.data * 2 / 3], axis=1).ravel()
    return sparse.csr_array((data, np.repeat(table.indices, 2), 2 * table.indptr), shape=table.shape)


def long_indices(rows, seed):
    table = ordered(rows, seed)
    table.indices, table.indptr = table.indices.astype(np.int64), table.indptr.astype(np.int64)
    return table


KINDS = {"ordered": ordered, "shuffled": shuffled, "doubled": doubled, "long indices": long_indices}


def encoder(learn_scale=True):
    rng = draw(1)
    matrix, bias = rng.standard_normal((WORDS, DIM)) / 10, rng.standard_normal(DIM)
    return SoftmaxEncoder(matrix, bias, np.exp(rng.standard_normal(DIM)), learn_scale)


@pytest.fixture
def always_help(monkeypatch):
    monkeypatch.setattr(counts, "WORTH_HELP", 0)


def both_ways(z1, z2, number, learn_scale=True):
    with threads(number):
        (u, v), pullback = encoder(learn_scale).linearise(z1, z2)
        du, dv = draw(3).standard_normal((ROWS[0], DIM)), draw(4).standard_normal((ROWS[1], DIM))
        return u, v, pullback(du, dv)


def sides(kind):
    return [KINDS[kind](rows, seed) for seed, rows in enumerate(ROWS)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("always_help")
def test_no_number_of_threads_changes_a_bit(kind):
    z1, z2 = sides(kind)
    alone = both_ways(z1, z2, 1)
    for number in (2, 3, 3, 20):
        for found, expected in zip(both_ways(z1, z2, number), alone, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("always_help")
def test_no_limits_of_groups_change_a_bit(kind, monkeypatch):
    z1, z2 = sides(kind)
    alone = both_ways(z1, z2, 1)[-1]
    for inner in ([], [3], [0, 0, 1], [7, 8, WORDS], range(0, WORDS, 30)):
        limits = np.array([0, *inner, WORDS], dtype=np.int64)
        monkeypatch.setattr(back, "_limits", lambda *_, limits=limits: limits)
        np.testing.assert_array_equal(both_ways(z1, z2, 1)[-1], alone)


@pytest.mark.parametrize("learn_scale", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("always_help")
def test_the_same_as_dense_rows(kind, learn_scale):
    z1, z2 = sides(kind)
    # Each number is a sum of products over the words of a row, or over all rows, in another order.
    most = max(abs(z).sum(axis=axis).max() for z in (z1, z2) for axis in (0, 1)) * sum(ROWS)
    found = both_ways(z1, z2, 2, learn_scale)
    for ours, theirs in zip(found, both_ways(z1.toarray(), z2.toarray(), 1, learn_scale), strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() <= most * EPS * np.abs(theirs).max()


def test_counts_that_meet_words_often_and_both_sparse():
    matrix = np.ones((WORDS, DIM))
    few, dense = sparse.csr_array(np.eye(WORDS)), np.ones((1, WORDS))
    assert counts_of([few, few], matrix) is not None
    assert counts_of([few, few[1:]], matrix) is None
    assert counts_of([sparse.csr_array(dense), dense], matrix) is None
    assert PAYS == 2


def test_help_from_a_size_on(monkeypatch):
    calls, few = [], sparse.csr_array(np.ones((2, WORDS)))
    alone = lambda kernel, *given: calls.append(kernel) or counts.by_itself(kernel, *given)  # noqa: E731
    monkeypatch.setattr(counts, "together", alone)
    for worth, expected in ((2 * few.nnz * DIM, 2), (2 * few.nnz * DIM + 1, 0)):
        calls.clear()
        monkeypatch.setattr(counts, "WORTH_HELP", worth)
        (u, _), pullback = encoder().linearise(few, few)
        assert np.isfinite(pullback(u, u)).all()
        assert len(calls) == expected


def test_cotangents_of_another_size_are_refused():
    z1, z2 = sides("ordered")
    (u, v), pullback = encoder().linearise(z1, z2)
    with pytest.raises(ValueError, match="reshape"):
        pullback(u[1:], v)


@pytest.mark.parametrize("groups", [1, 2, 3, 7])
def test_limits_share_entries_evenly(groups):
    columns = np.sort((draw().random(10_000) ** 3 * WORDS).astype(np.int32))
    limits = _limits(draw(1).permutation(columns), WORDS, groups)
    assert limits[0] == 0
    assert limits[-1] == WORDS
    shares = np.diff(np.searchsorted(columns, limits)) / len(columns)
    # Six standard deviations of a share in the sample, and the mass of a word at each end.
    largest = np.bincount(columns).max() / len(columns)
    assert len(shares) == groups
    assert np.abs(shares - 1 / groups).max() <= 6 * 0.5 / np.sqrt(SAMPLE) + 2 * largest


def test_limits_without_entries():
    assert _limits(np.zeros(0, np.int32), WORDS, 3).tolist() == [0, WORDS]


def rows_of(*columns):
    starts = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate([np.array(c, dtype=np.int32) for c in columns])
    return Counts(starts.astype(np.int64), flat, np.ones(len(flat)))


def test_order_is_that_within_rows():
    assert in_order(rows_of([], [5, 9], [], [], [1, 1, 7], [0], []), 0, 7)
    assert in_order(rows_of([], []), 0, 2)
    assert not in_order(rows_of([5, 9], [3, 2]), 0, 2)
    assert not in_order(rows_of([9, 5], [7]), 0, 2)
    assert in_order(rows_of([9, 5], [], [3, 4], [2]), 1, 4)
    assert not in_order(rows_of([1], [9, 8], [3, 4]), 1, 2)
    # As many falls within rows as rises between them.
    assert not in_order(rows_of([1, 0], [2, 3]), 0, 2)


def test_first_entries_of_groups():
    rows, left = rows_of([], [0, 3, 3, 8], [4]), np.full((3, 3), -1)
    find_words(rows, 1, 3, np.array([0, 3, 8, 10]), left)
    assert left.tolist() == [[-1, 0, 4], [-1, 1, 4], [-1, 3, 5]]
