"""L_K(S) and its excess for one finite law, as compiled functions of (joint, score, K).

Both sum over the count vectors N of K draws from P₂: among K candidates of which one, at a uniform place, comes
from P(· | z₁) and the rest from P₂, N has probability P(N) Σ_j N_j r_j / K, and the positive is of kind j with
posterior N_j r_j / Σ N r.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.kernels.compositions import advance, log_terms, probability
from simsuff.kernels.jit import jit
from simsuff.population.posterior_gap import contrast, posterior_gap

Float = NDArray[np.float64]


@jit
def marginals(joint: Float) -> tuple[Float, Float]:
    """P₁ and P₂."""
    first, second = np.zeros(joint.shape[0]), np.zeros(joint.shape[1])
    for i in range(joint.shape[0]):
        for j in range(joint.shape[1]):
            first[i] += joint[i, j]
            second[j] += joint[i, j]
    return first, second


@jit
def support(joint: Float, score: Float) -> tuple[Float, Float, Float, Float]:
    """P₁, P₂, r and S without the rows and columns that have no mass."""
    all_first, all_second = marginals(joint)
    rows, columns = np.flatnonzero(all_first), np.flatnonzero(all_second)
    first, second = np.empty(len(rows)), np.empty(len(columns))
    ratio, kept = np.empty((len(rows), len(columns))), np.empty((len(rows), len(columns)))
    for i in range(len(rows)):
        first[i] = all_first[rows[i]]
        for j in range(len(columns)):
            second[j] = all_second[columns[j]]
            ratio[i, j] = joint[rows[i], columns[j]] / first[i] / second[j]
            kept[i, j] = score[rows[i], columns[j]]
    return first, second, ratio, kept


@jit
def tilt_of(ratio: Float, score: Float) -> Float:
    """S − log r where r > 0, S where r = 0."""
    tilt = score.copy()
    for i in range(ratio.shape[0]):
        for j in range(ratio.shape[1]):
            if ratio[i, j] > 0:
                tilt[i, j] -= math.log(ratio[i, j])
    return tilt


@jit
def add(total: float, carry: float, term: float) -> tuple[float, float]:
    """Compensated summation (Neumaier): the sum is total + carry."""
    updated = total + term
    if abs(total) >= abs(term):
        carry += (total - updated) + term
    else:
        carry += (term - updated) + total
    return updated, carry


@jit
def enumerate_states(
    first: Float, second: Float, ratio: Float, table: Float, draws: int, excess: bool
) -> float:
    """E_N Σ_i P₁(i) × (gap or contrast of row i at N) / K; `table` is the tilt or the score."""
    terms = log_terms(second, draws)
    counts = np.zeros(len(second), np.int64)
    counts[0] = draws
    weights = np.empty(len(second))
    total, carry, mass, mass_carry = 0.0, 0.0, 0.0, 0.0
    more = True
    while more:
        chance = probability(counts, terms, draws)
        if chance > 0:
            for j in range(len(second)):
                weights[j] = counts[j]
            inner = 0.0
            for i in range(len(first)):
                if excess:
                    inner += first[i] * posterior_gap(weights, ratio[i], table[i])
                else:
                    inner += first[i] * contrast(weights, ratio[i], table[i], draws)
            if inner == np.inf:
                return math.inf
            total, carry = add(total, carry, chance * inner)
            mass, mass_carry = add(mass, mass_carry, chance)
        more = advance(counts)
    # The computed probabilities share the rounding of log K!; dividing by their sum removes it.
    return (total + carry) / ((mass + mass_carry) * draws)


@jit
def risk_kernel(joint: Float, score: Float, draws: int) -> float:
    """L_K(S), K = `draws` ≥ 1, in nats; joint and score (n1, n2), C-contiguous float64."""
    if draws == 1:
        return 0.0
    first, second, ratio, kept = support(joint, score)
    return enumerate_states(first, second, ratio, kept, draws, False)


@jit
def excess_kernel(joint: Float, score: Float, draws: int) -> float:
    """L_K(S) − min L_K, K = `draws` ≥ 1, in nats; joint and score (n1, n2), C-contiguous float64."""
    if draws == 1:
        return 0.0
    first, second, ratio, kept = support(joint, score)
    return enumerate_states(first, second, ratio, tilt_of(ratio, kept), draws, True)


@jit
def risk_limit_kernel(joint: Float, score: Float) -> float:
    """L_∞(S) = E_{z₁} log E_{P₂} e^S − E_{P₁₂} S."""
    first, second, ratio, kept = support(joint, score)
    total = 0.0
    for i in range(len(first)):
        total += first[i] * contrast(second, ratio[i], kept[i], 1.0)
    return total


@jit
def excess_limit_kernel(joint: Float, score: Float) -> float:
    """E KL(P(z₂|z₁) ‖ P_S(z₂|z₁)), P_S ∝ P₂ e^S."""
    first, second, ratio, kept = support(joint, score)
    tilt = tilt_of(ratio, kept)
    total = 0.0
    for i in range(len(first)):
        total += first[i] * posterior_gap(second, ratio[i], tilt[i])
    return total
