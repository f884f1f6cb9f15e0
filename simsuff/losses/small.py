"""InfoNCE on many small batches: all scores of a batch at once, in one compiled loop over the batches."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.elementary import exp, log
from simsuff.kernels.jit import jit
from simsuff.losses.batches import is_finite

Array = NDArray[Any]

# Up to this K the blocks of the tiled loss cost more than they save: at d = 4 this loop takes 0.2 µs for a batch of 2
# and 2.5 µs for one of 16, the tiled loss 5 µs for either, and at K = 32 they are even.
LARGEST = 16


@jit
def small_infonce(u: Array, v: Array, symmetric: bool, temperature: float) -> tuple[float, Array, Array]:
    """The mean over batches u, v (B, K, d), float64, of InfoNCE with the identity link, and its gradients.

    The value is not finite where an entry, a score or a gradient is not.
    """
    count, size, width = u.shape
    du, dv = np.zeros_like(u), np.zeros_like(v)
    scores, shares, weights = np.empty((size, size)), np.empty((size, size)), np.empty((size, size))
    flat, turned = shares.reshape(-1), np.empty((width, size))
    sides = 2 if symmetric else 1
    share = 1 / (count * size * sides)
    total = 0.0
    for b in range(count):
        for j in range(size):
            for k in range(width):
                turned[k, j] = v[b, j, k] / temperature
        for i in range(size):
            for j in range(size):
                scores[i, j], weights[i, j] = 0.0, 0.0
            for k in range(width):
                for j in range(size):
                    scores[i, j] += u[b, i, k] * turned[k, j]
        for side in range(sides):
            for i in range(size):
                top = scores[i, 0] if side == 0 else scores[0, i]
                for j in range(1, size):
                    top = max(top, scores[i, j] if side == 0 else scores[j, i])
                for j in range(size):
                    shares[i, j] = (scores[i, j] if side == 0 else scores[j, i]) - top
                total -= shares[i, i]
            for n in range(flat.size):
                flat[n] = exp(flat[n])
            for i in range(size):
                mass = 0.0
                for j in range(size):
                    mass += shares[i, j]
                total += log(mass)
                for j in range(size):
                    if side == 0:
                        weights[i, j] += shares[i, j] / mass
                    else:
                        weights[j, i] += shares[i, j] / mass
                weights[i, i] -= 1.0
        for i in range(size):
            for k in range(width):
                slope = 0.0
                for j in range(size):
                    slope += weights[i, j] * turned[k, j]
                du[b, i, k] = share * slope
            for j in range(size):
                weight = weights[i, j] * (share / temperature)
                for k in range(width):
                    dv[b, j, k] += weight * u[b, i, k]
    if not (is_finite(du.reshape(-1)) and is_finite(dv.reshape(-1))):
        total = np.nan
    return total * share - np.log(size), du, dv
