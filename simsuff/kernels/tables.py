"""Tables added and filled in compiled loops, which compile faster than assignments."""

from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float


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
