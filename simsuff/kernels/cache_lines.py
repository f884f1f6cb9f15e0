"""Arrays that begin at a line of the cache, so that no vector lies across two of them."""

from typing import Any

from numpy.typing import NDArray

from simsuff.kernels.jit import jit

# Bytes of a line, and doubles, which are a whole number of vectors.
LINE = 64
LANES = LINE // 8


@jit
def aligned(raw: NDArray[Any], count: int) -> NDArray[Any]:
    """`count` numbers of `raw`, which holds a line more, from the beginning of a line on."""
    skip = -raw.ctypes.data % LINE // raw.itemsize
    return raw[skip : skip + count]
