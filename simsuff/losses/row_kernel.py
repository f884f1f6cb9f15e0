"""What does a row of scores cost under a divergence of a known family? Offset, value and weights, compiled."""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.families import conjugate, ratio, softness
from simsuff.numerics.jit import jit

Vector = NDArray[np.float64]

# Halving alone resolves a bracket to its last bit in some 60 steps; Newton's method takes about five.
MAX_STEPS = 200
TWO_ULP = 2 * float(np.finfo(np.float64).eps)

# Newton's method squares its error: after a step this small, nothing is left to a double.
LAST_STEP = 1e-9


def _log_mean_exp(row: Vector) -> float:
    top = -np.inf
    for s in row:
        top = max(top, s)
    total = 0.0
    for s in row:
        total += math.exp(s - top)
    return float(top + math.log(total / len(row)))


log_mean_exp = jit(_log_mean_exp)


def _newton_target(row: Vector, offset: float, kind: int, alpha: float) -> tuple[float, float]:
    """mean_j t(S_j − c) and where Newton's method goes from c: on log mean t, or on mean t where t is linear."""
    mean, change = 0.0, 0.0
    for s in row:
        t = ratio(s - offset, kind, alpha)
        if t > 0.0:
            mean += t
            change += softness(t, kind, alpha)
    mean /= len(row)
    change /= len(row)
    if mean == 0.0:
        return mean, math.nan
    if alpha == 2.0:
        return mean, offset + (mean - 1.0) / change
    return mean, offset + math.log(mean) * mean / change


newton_target = jit(_newton_target)


def _row_offset(row: Vector, kind: int, alpha: float, most: float) -> float:
    """The root c of mean_j t(S_j − c) = 1, between max S − f'(m) and max S; `most` is f'(m), f'(1) = 0.

    Log-mean-exp for kl; otherwise Newton steps, with a halving of the bracket where one leaves it or does not
    shrink fast enough, to the last digits of c. For the quadratic f, t is piecewise linear and the steps end in
    the exact root. Scores may be −∞, but not all of them.
    """
    if alpha == 1.0:
        return log_mean_exp(row)
    top, bottom, total = -np.inf, np.inf, 0.0
    for s in row:
        top, bottom, total = max(top, s), min(bottom, s), total + s
    low, high = max(bottom, top - most), top
    offset = min(max(total / len(row), low), high)
    moved = high - low
    for _ in range(MAX_STEPS):
        mean, target = newton_target(row, offset, kind, alpha)
        if mean >= 1.0:
            low = offset
        if mean <= 1.0:
            high = offset
        enough = TWO_ULP * max(1.0, abs(low), abs(high))
        if low <= target <= high and abs(target - offset) <= 0.5 * moved:
            enough = max(enough, LAST_STEP)
        else:
            target = 0.5 * (low + high)
        moved = abs(target - offset)
        offset = target
        if moved <= enough:
            break
    return float(offset)


row_offset = jit(_row_offset)


def _one_sided(
    scores: NDArray[np.float64],
    gradient: NDArray[np.float64],
    free_offset: bool,
    others: bool,
    kind: int,
    alpha: float,
    most: float,
) -> float:
    """Σ_batches (1/K) Σ_i [−S_ii + mean_j f*(S_ij − c) + c] for scores (B, K, K); fills `gradient`.

    +∞ as soon as a score without offset exceeds f'(∞); the gradient is unfinished then.
    """
    size = scores.shape[1]
    count = size - 1 if others else size
    row = np.empty(count)
    total = 0.0
    for b in range(scores.shape[0]):
        for i in range(size):
            positive = scores[b, i, i]
            for j in range(count):
                row[j] = scores[b, i, j + 1 if others and j >= i else j]
            offset = row_offset(row, kind, alpha, most) if free_offset else 0.0
            spread = 0.0
            gradient[b, i, i] = 0.0
            for j in range(count):
                spread += conjugate(row[j] - offset, kind, alpha)
                weight = ratio(row[j] - offset, kind, alpha) / (count * size)
                gradient[b, i, j + 1 if others and j >= i else j] = weight
            if spread == np.inf:
                return math.inf
            gradient[b, i, i] -= 1.0 / size
            # c is as large as the scores and meets S_ii first.
            total += (spread / count + (offset - positive)) / size
    return total


one_sided = jit(_one_sided)
