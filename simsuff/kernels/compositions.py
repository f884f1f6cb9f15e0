"""All multinomial count vectors of K draws, visited once each, with their probabilities."""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.jit import jit

Float = NDArray[np.float64]
Counts = NDArray[np.int64]


@jit
def log_terms(law: Float, draws: int) -> Float:
    """m log p_j − log m!, shape (len(law), draws + 1); `law` positive."""
    table = np.empty((len(law), draws + 1))
    for m in range(draws + 1):
        log_factorial = math.lgamma(m + 1.0)
        for j in range(len(law)):
            table[j, m] = m * math.log(law[j]) - log_factorial
    return table


@jit
def probability(counts: Counts, table: Float, draws: int) -> float:
    """The multinomial probability of `counts`, from `log_terms`."""
    exponent = math.lgamma(draws + 1.0)
    for j in range(len(counts)):
        exponent += table[j, counts[j]]
    return math.exp(exponent)


@jit
def advance(counts: Counts) -> bool:
    """Step to the next count vector with the same total, in place; False after the last one.

    The first is (K, 0, …, 0), the last (0, …, 0, K) (Nijenhuis and Wilf, NEXCOM).
    """
    last = len(counts) - 1
    j = 0
    while j < last and counts[j] == 0:
        j += 1
    if j == last:
        return False
    moved = counts[j]
    counts[j] = 0
    counts[0] = moved - 1
    counts[j + 1] += 1
    return True


def state_count(draws: int, symbols: int) -> int:
    """How many count vectors of `draws` draws there are: C(draws + symbols − 1, symbols − 1)."""
    return math.comb(draws + symbols - 1, symbols - 1)
