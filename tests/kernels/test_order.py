"""Is the order that of NumPy, and the stream afterwards, too?"""

import numpy as np
import pytest

from simsuff.kernels.random_numbers import permute


@pytest.mark.parametrize("function", [permute, permute.py_func])
@pytest.mark.parametrize("n", [1, 2, 9, 1000])
def test_the_order_is_that_of_numpy(function, n):
    ours, theirs, order = np.random.default_rng(4), np.random.default_rng(4), np.empty(n, dtype=np.int64)
    function(ours, order)
    assert (order == theirs.permutation(n)).all()
    assert ours.random() == theirs.random()
