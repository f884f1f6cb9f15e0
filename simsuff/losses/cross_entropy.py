"""What does (symmetrised) InfoNCE cost on a table of scores, and what is its gradient (P6)?"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.numerics.jit import jit

Scores = NDArray[Any]
Vector = NDArray[np.float64]


def _row_partitions(scores: Scores) -> tuple[Vector, Vector]:
    """max_j S_ij and Σ_j exp(S_ij − max), both (K,)."""
    size = len(scores)
    top = np.full(size, -np.inf)
    total = np.zeros(size)
    for i in range(size):
        for j in range(size):
            top[i] = max(top[i], scores[i, j])
        for j in range(size):
            total[i] += math.exp(scores[i, j] - top[i])
    return top, total


row_partitions = jit(_row_partitions)


def _column_partitions(scores: Scores) -> tuple[Vector, Vector]:
    """max_i S_ij and Σ_i exp(S_ij − max), both (K,), in the order of memory."""
    size = len(scores)
    top = np.full(size, -np.inf)
    total = np.zeros(size)
    for i in range(size):
        for j in range(size):
            top[j] = max(top[j], scores[i, j])
    for i in range(size):
        for j in range(size):
            total[j] += math.exp(scores[i, j] - top[j])
    return top, total


column_partitions = jit(_column_partitions)


def _value(scores: Scores, top: Vector, total: Vector) -> float:
    # max − S_ii is exact where the two are close; the logarithms of the partitions never meet S_ii directly.
    size = len(scores)
    value = 0.0
    for i in range(size):
        value += (top[i] - scores[i, i]) + math.log(total[i] / size)
    return value / size


value = jit(_value)


def _cross_entropy(scores: Scores, symmetric: bool) -> float:
    """(1/K) Σ_i [−S_ii + log (1/K) Σ_j exp S_ij], or its average with the column version.

    Overwrites `scores` (K, K) with the gradient ∂L/∂S of P6. Scores may be −∞ off the diagonal. A diagonal
    of −∞ costs +∞, and the gradient is set to zero there.
    """
    size = len(scores)
    for i in range(size):
        if scores[i, i] == -np.inf:
            scores[:] = 0
            return math.inf
    top, total = row_partitions(scores)
    cost = value(scores, top, total)
    if not symmetric:
        for i in range(size):
            for j in range(size):
                scores[i, j] = math.exp(scores[i, j] - top[i]) / (total[i] * size)
            scores[i, i] -= 1 / size
        return cost
    top2, total2 = column_partitions(scores)
    cost = (cost + value(scores, top2, total2)) / 2
    for i in range(size):
        for j in range(size):
            rows = math.exp(scores[i, j] - top[i]) / total[i]
            columns = math.exp(scores[i, j] - top2[j]) / total2[j]
            scores[i, j] = (rows + columns) / (2 * size)
        scores[i, i] -= 1 / size
    return cost


cross_entropy = jit(_cross_entropy)
