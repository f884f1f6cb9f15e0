"""Kernels see one kind of array only, whatever the caller hands in."""

import numpy as np
import pytest

from simsuff.losses.batches import batches


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
