"""Arrays in compiled loops: added, filled and copied, which compiles faster than assignments, and aligned."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float

# Bytes of a line of the cache, and doubles, which are a whole number of vectors.
LINE = 64
LANES = LINE // 8


# What Numba needs for `total += part` takes as long to compile as the rest of a small encoder.
@jit
def add_table(part: Float, total: Float) -> None:
    """total += part, for tables of one shape."""
    for i in range(total.shape[0]):
        for k in range(total.shape[1]):
            total[i, k] += part[i, k]


@jit
def fill(vector: Float, number: float) -> None:
    """Every entry of `vector` becomes `number`."""
    for n in range(vector.size):
        vector[n] = number


@jit
def aligned(raw: NDArray[Any], count: int) -> NDArray[Any]:
    """`count` numbers of `raw`, which holds a line more, from the beginning of a line on: no vector lies across two."""
    skip = -raw.ctypes.data % LINE // raw.itemsize
    return raw[skip : skip + count]


@jit
def copy_table(source: NDArray[Any], target: NDArray[Any]) -> None:
    """The part that both tables have, from the upper left corner on."""
    for i in range(min(source.shape[0], target.shape[0])):
        for k in range(min(source.shape[1], target.shape[1])):
            target[i, k] = source[i, k]


@jit
def largest(values: Float) -> float:
    """The largest absolute entry; NaN where one is NaN.

    The bits of non-negative doubles are in the order of their values, NaN above all, and integers have a maximum
    that vector units know.
    """
    bits = values.reshape(-1).view(np.int64)
    top = np.zeros(1, dtype=np.int64)
    most = top[0]
    for x in bits:
        most = max(most, x & 0x7FFFFFFFFFFFFFFF)
    top[0] = most
    return float(top.view(np.float64)[0])
