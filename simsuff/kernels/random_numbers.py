"""How do compiled loops fill arrays with random numbers, fast, and with the bits that the Generator would give?"""

import numpy as np
from numba.np.random import _constants as ziggurat

from simsuff.kernels.jit import jit
from simsuff.kernels.pcg64 import advance, load, output, store, words_of
from simsuff.numerics.validation import Float

# Marsaglia and Tsang's ziggurat as NumPy cuts it: of 256 layers, the widths over 2^52, then the same with the other
# sign, and the share, times 2^52, within which a point is under the curve for sure. A sign from a table needs no
# branch, which no processor could predict.
WIDTHS = np.concatenate([ziggurat.wi_double, -ziggurat.wi_double])
INSIDE = ziggurat.ki_double

LAYER, SIGNED_LAYER, MAGNITUDE = np.uint64(0xFF), np.uint64(0x1FF), np.uint64((1 << 52) - 1)
NINE, ELEVEN = np.uint64(9), np.uint64(11)


@jit
def fill_uniforms(rng: np.random.Generator, out: Float) -> None:
    """Fill a vector with numbers in [0, 1): the bits of rng.random(out.size)."""
    address = words_of(rng)
    if address == 0:
        for i in range(out.size):
            out[i] = rng.random()
        return
    words = load(address)
    for i in range(out.size):
        words = advance(words)
        out[i] = float(output(words) >> ELEVEN) * 2.0**-53
    store(address, words)


@jit
def fill_normals(rng: np.random.Generator, out: Float) -> None:
    """Fill a vector with standard normal numbers: the bits of rng.standard_normal(out.size)."""
    address = words_of(rng)
    if address == 0:
        for i in range(out.size):
            out[i] = rng.standard_normal()
        return
    words = load(address)
    for i in range(out.size):
        after = advance(words)
        bits = output(after)
        magnitude = bits >> NINE & MAGNITUDE
        if magnitude < INSIDE[bits & LAYER]:
            out[i] = float(magnitude) * WIDTHS[bits & SIGNED_LAYER]
            words = after
        else:
            # One in a hundred lies near the edge of its layer or in the tail: NumPy's method, from the same bits.
            store(address, words)
            out[i] = rng.standard_normal()
            words = load(address)
    store(address, words)
