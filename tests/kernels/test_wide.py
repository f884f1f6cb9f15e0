"""Does a kernel that asks for wide vectors get them, and the same numbers?"""

import numba
import numpy as np

from simsuff.kernels.jit import WIDTH, jit, wide


def _doubled(x):
    wide()
    for i in range(x.size):
        x[i] *= 2.0


doubled = jit(_doubled, cache=False)


def test_a_wide_kernel_computes_the_same():
    x = np.arange(37.0)
    doubled(x)
    assert np.array_equal(x, 2.0 * np.arange(37.0))


def test_the_wish_reaches_the_compiler():
    doubled(np.ones(3))
    if not numba.config.DISABLE_JIT:
        (code,) = doubled.inspect_llvm().values()
        assert WIDTH in code
