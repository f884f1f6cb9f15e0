"""Do sparse rows give what dense rows do, however they are stored, and forward and back alike?"""

import numpy as np
import pytest
from scipy import sparse

from simsuff.encoders import HiddenLayerEncoder, LinearEncoder, SoftmaxEncoder, TwoEncoders
from simsuff.training import fit

N, INPUTS, DIM = 12, 7, 5
EPS = float(np.finfo(np.float64).eps)
# Each number is a sum of at most 12 · 7 products of size up to 10², or of a network on top, in two orders.
ROUNDING = 2 * N * INPUTS * 100 * EPS


def draw(seed=0):
    return np.random.default_rng(seed)


def counts(rate, seed=0):
    """Counts (N, INPUTS) with an empty row at each end and in the middle."""
    table = draw(seed).poisson(rate, (N, INPUTS))
    table[[0, 5, N - 1]] = 0
    return table


ENCODERS = {
    "linear": LinearEncoder.random(DIM, INPUTS, draw()),
    "softmax": SoftmaxEncoder(
        draw(1).standard_normal((INPUTS, DIM)), draw(2).standard_normal(DIM), np.arange(1.0, 6)
    ),
    "hidden": HiddenLayerEncoder.random(DIM, INPUTS, draw(), hidden=9, output="softplus"),
    "two": TwoEncoders(SoftmaxEncoder.random(DIM, INPUTS, draw()), LinearEncoder.random(DIM, INPUTS, draw())),
}


def shuffled(table):
    """The same rows with every entry in two halves, in no order."""
    rows, columns = (np.tile(index, 2) for index in table.nonzero())
    order = draw(3).permutation(len(rows))
    order = order[np.argsort(rows[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(table)))])
    entries = table[rows, columns] / 2
    return sparse.csr_array((entries[order], columns[order], starts), shape=table.shape)


def read_only(table):
    rows = sparse.csr_array(table.astype(float))
    for part in (rows.data, rows.indices, rows.indptr):
        part.flags.writeable = False
    return rows


def long_indices(table):
    rows = sparse.csr_array(table.astype(float))
    rows.indices, rows.indptr = rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
    return rows


def strided(table):
    rows = sparse.csr_array(table.astype(float))
    rows.data = np.repeat(rows.data, 2)[::2]
    return rows


FORMS = {
    "csr of counts": sparse.csr_array,
    "csr matrix": sparse.csr_matrix,
    "csc": sparse.csc_array,
    "coo": sparse.coo_array,
    "float32": lambda table: sparse.csr_array(table.astype(np.float32)),
    "shuffled": shuffled,
    "read-only": read_only,
    "long indices": long_indices,
    "strided": strided,
}


def both_ways(encoder, z1, z2, du, dv):
    return *encoder.embed(z1, z2), encoder.pullback(z1, z2, du, dv)


def agree(found, expected):
    for left, right in zip(found, expected, strict=True):
        assert left.shape == right.shape
        assert np.abs(left - right).max() <= ROUNDING


@pytest.mark.parametrize("rate", [0.05, 2.0])
@pytest.mark.parametrize("name", ENCODERS)
def test_sparse_rows_are_dense_rows(name, rate):
    encoder, z1, z2 = ENCODERS[name], counts(rate), counts(rate, 1)
    assert np.count_nonzero(z1) > 0
    du, dv = draw(4).standard_normal((2, N, DIM))
    agree(
        both_ways(encoder, sparse.csr_array(z1), sparse.csr_array(z2), du, dv),
        both_ways(encoder, z1, z2, du, dv),
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["linear", "softmax"])
def test_the_form_of_sparse_rows_makes_no_difference(name, form):
    encoder, z1, z2 = ENCODERS[name], counts(2.0), counts(2.0, 1)
    du, dv = np.asfortranarray(draw(4).standard_normal((N, DIM))), draw(5).standard_normal((2 * N, DIM))[::2]
    given = FORMS[form](z1), FORMS[form](z2)
    before = [z.toarray() for z in given]
    agree(both_ways(encoder, *given, du, dv), both_ways(encoder, z1, z2, du, dv))
    for z, kept in zip(given, before, strict=True):
        np.testing.assert_array_equal(z.toarray(), kept)


@pytest.mark.parametrize("mixed", [False, True])
def test_one_view_may_be_dense(mixed):
    encoder, z1, z2 = ENCODERS["softmax"], counts(2.0), counts(2.0, 1)
    du, dv = draw(4).standard_normal((2, N, DIM))
    given = (z1, sparse.csr_array(z2)) if mixed else (sparse.csr_array(z1), z2)
    agree(both_ways(encoder, *given, du, dv), both_ways(encoder, z1, z2, du, dv))


def test_cotangents_stay_as_they_are():
    z1, z2 = sparse.csr_array(counts(2.0)), counts(2.0, 1)
    du, dv = draw(4).standard_normal((2, N, DIM))
    kept = du.copy(), dv.copy()
    for encoder in ENCODERS.values():
        encoder.pullback(z1, z2, du, dv)
        np.testing.assert_array_equal((du, dv), kept)


def test_what_is_no_number_is_seen():
    z = sparse.csr_array(counts(2.0).astype(float))
    z.data[0] = np.nan
    row = z.nonzero()[0][0]
    for name in ("linear", "softmax"):
        ours, theirs = ENCODERS[name](z), ENCODERS[name](z.toarray())
        assert np.isnan(ours[row]).all()
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))


def test_no_rows_at_all():
    for kind in (np.zeros, sparse.csr_array):
        none = kind((0, INPUTS))
        for encoder in ENCODERS.values():
            assert encoder(none).shape == (0, DIM)
            assert not encoder.pullback(none, none, *np.ones((2, 0, DIM))).any()


def malformed(**parts):
    """A table that scipy takes without a look, as its parts are changed afterwards."""
    rows = sparse.csr_array(counts(2.0).astype(float))
    for name, change in parts.items():
        getattr(rows, name)[3] = change
    return rows


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (malformed(indices=INPUTS), r"z1 must have columns in \[0, 7\): columns = \[0, ..., 7\]"),
        (malformed(indices=-1), r"z1 must have columns in \[0, 7\): columns = \[-1, "),
        (malformed(indptr=1_000_000), "z1 must be a valid CSR table: indptr = out of order"),
    ],
)
@pytest.mark.parametrize("name", ENCODERS)
def test_malformed_tables_are_refused_at_the_door(name, rows, message):
    """Compiled loops do not look where they read and write."""
    with pytest.raises(ValueError, match=message):
        ENCODERS[name].embed(rows, rows)
    with pytest.raises(ValueError, match=message):
        fit((rows, rows), ENCODERS[name], batch=4)
    with pytest.raises(ValueError, match=message):
        fit((rows, rows), ENCODERS[name], batch=4, optimizer="adam", rng=draw(), steps=200)
