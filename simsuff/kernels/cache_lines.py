"""Arrays that begin at a line of the cache, so that no vector lies across two of them."""

from typing import Any

from numpy.typing import NDArray

from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float

# Bytes of a line, and doubles, which are a whole number of vectors.
LINE = 64
LANES = LINE // 8


@jit
def aligned(raw: NDArray[Any], count: int) -> NDArray[Any]:
    """`count` numbers of `raw`, which holds a line more, from the beginning of a line on."""
    skip = -raw.ctypes.data % LINE // raw.itemsize
    return raw[skip : skip + count]


@jit
def padded(width: int) -> int:
    """`width` doubles rounded up to lines."""
    return (width + LANES - 1) // LANES * LANES


@jit
def room_for(rows: int, width: int) -> int:
    """As many doubles as `in_lines` needs."""
    return rows * padded(width) + LANES


@jit
def in_lines(raw: Float, rows: int, width: int) -> Float:
    """A table (rows, `width` rounded up) in `raw`, each row at the beginning of a line."""
    return aligned(raw, rows * padded(width)).reshape(rows, padded(width))
