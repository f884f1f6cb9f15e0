"""Kernels see one kind of array only, whatever the caller hands in."""

import numpy as np
import pytest

from simsuff.losses.batches import batches, is_finite


def frozen(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "u",
    [
        np.ones((3, 2)),
        frozen(np.ones((3, 2))),
        np.ones((2, 3)).T,
        np.ones((6, 2))[::2],
        np.ones((3, 2), dtype=int),
        np.ones((3, 2), dtype=">f8"),
        np.ones((4, 3, 2))[:, ::-1],
    ],
)
def test_kernels_get_writable_contiguous_native_arrays(u):
    prepared = batches(u, u)
    for array in (prepared.u, prepared.v):
        assert array.ndim == 3
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.dtype == np.float64
        assert array.dtype.isnative
    assert prepared.shape == u.shape


def test_ready_arrays_are_not_copied():
    u = np.ones((4, 3, 2), dtype=np.float32)
    assert np.shares_memory(batches(u, u).u, u)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_entry_that_is_not_finite_is_found_anywhere(dtype):
    values = np.random.default_rng(0).normal(size=37).astype(dtype)
    values[3] = np.finfo(dtype).max
    assert is_finite(values)
    for place in (0, 17, 36):
        for bad in (np.nan, np.inf, -np.inf):
            broken = values.copy()
            broken[place] = bad
            assert not is_finite(broken)
