"""Do numbers begin at a line of the cache, wherever the memory begins?"""

import numpy as np
import pytest

from simsuff.kernels.tables import LINE, aligned


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shift", [0, 1, 3, 7])
def test_numbers_begin_at_a_line(dtype, shift):
    raw = np.arange(shift + 40 + LINE // np.dtype(dtype).itemsize, dtype=dtype)
    found = aligned(raw[shift:], 40)
    assert found.size == 40
    assert found.ctypes.data % LINE == 0
    assert np.shares_memory(found, raw)
