"""How does compiled code put things into a random order, the one that NumPy would choose?"""

import numpy as np

from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Integer


@jit
def permute(rng: np.random.Generator, order: Integer) -> None:
    """Fill `order` (n,) with ``rng.permutation(n)``, which takes Numba four times as long to compile."""
    for i in range(order.size):
        order[i] = i
    rng.shuffle(order)
