"""L_K(S) and its excess for one finite law, as compiled functions of (joint, score, K).

Both sum over the count vectors N of K draws from P₂: among K candidates of which one, at a uniform place, comes
from P(· | z₁) and the rest from P₂, N has probability P(N) Σ_j N_j r_j / K, and the positive is of kind j with
posterior N_j r_j / Σ N r.
"""

import math

import numpy as np

from simsuff.kernels.compositions import advance, log_terms, probability
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float

# Below ½ the direct e^x − 1 − x loses two bits and more; there 15 Taylor terms leave less than 2⁻⁵³ of x²/2.
SERIES_BELOW = 0.5
SERIES_TERMS = 15

# Beyond, e^x is multiplied in two halves, so that a tiny weight is met before the exponential overflows.
LARGE = 500.0


@jit
def expm1_minus(x: float) -> float:
    """e^x − 1 − x ≥ 0 with full relative accuracy."""
    if abs(x) >= SERIES_BELOW:
        return math.expm1(x) - x
    total = 0.0
    for n in range(SERIES_TERMS, 1, -1):
        total = (1.0 + total) * x / n
    return total * x


@jit
def log_mean_exp(weights: Float, ratio: Float, tilt: Float, centre: float, mass: float) -> float:
    """log Σ_j b_j exp(tilt_j − centre) / mass, b_j = weight·ratio (weight where ratio = 0), by the maximum."""
    top = -np.inf
    for j in range(len(weights)):
        if weights[j] > 0:
            top = max(top, tilt[j])
    total = 0.0
    for j in range(len(weights)):
        if weights[j] > 0:
            base = weights[j] * ratio[j] if ratio[j] > 0 else weights[j]
            total += base * math.exp(tilt[j] - top)
    return math.log(total) - math.log(mass) + (top - centre)


@jit
def posterior_gap(weights: Float, ratio: Float, tilt: Float) -> float:
    """Σ_j c_j r_j × KL(q ‖ q_S), q_j ∝ c_j r_j the true posterior, q_S,j ∝ c_j e^{S_j} the score's softmax.

    With t = S − log r and its q-mean t̄, KL = log(1 + A) where A = Σ q_j φ(t_j − t̄) + Σ_{r_j=0} (…) and
    φ(x) = e^x − 1 − x ≥ 0: a sum of non-negative terms, so that small gaps keep their digits. An error ε in t̄
    changes the result by ε A only. +∞ where S_j = −∞ on c_j r_j > 0.

    Parameters
    ----------
    weights : c_j ≥ 0. ratio : r_j ≥ 0. tilt : S_j − log r_j where r_j > 0, S_j where r_j = 0.
    """
    mass, centre = 0.0, 0.0
    for j in range(len(weights)):
        base = weights[j] * ratio[j]
        if base > 0:
            if tilt[j] == -np.inf:
                return math.inf
            mass += base
            centre += base * tilt[j]
    if mass == 0:
        return 0.0
    centre /= mass
    excess = 0.0
    for j in range(len(weights)):
        if weights[j] > 0:
            share = (weights[j] * ratio[j] if ratio[j] > 0 else weights[j]) / mass
            x = tilt[j] - centre
            if x > LARGE:
                # −1 − x is far below the last digit of e^x.
                half = math.exp(x / 2)
                excess += share * half * half
            elif ratio[j] > 0:
                excess += share * expm1_minus(x)
            else:
                excess += share * math.exp(x)
    if math.isfinite(excess):
        return mass * math.log1p(excess)
    return mass * log_mean_exp(weights, ratio, tilt, centre, mass)


@jit
def contrast(weights: Float, ratio: Float, score: Float, scale: float) -> float:
    """Σ_j c_j r_j × [−S_j + log (1/scale) Σ_l c_l e^{S_l}]; +∞ where S_j = −∞ on c_j r_j > 0."""
    top = -np.inf
    for j in range(len(weights)):
        if weights[j] > 0:
            if ratio[j] > 0 and score[j] == -np.inf:
                return math.inf
            top = max(top, score[j])
    mass, total, value = 0.0, 0.0, 0.0
    for j in range(len(weights)):
        base = weights[j] * ratio[j]
        if base > 0:
            mass += base
            value += base * (top - score[j])
        if weights[j] > 0 and score[j] > -np.inf:
            total += weights[j] * math.exp(score[j] - top)
    if mass == 0:
        return 0.0
    return value + mass * math.log(total / scale)


@jit
def support(joint: Float, score: Float, excess: bool) -> tuple[Float, Float, Float, Float]:
    """P₁, P₂, r and S without the rows and columns that have no mass; with `excess` S − log r where r > 0."""
    all_first, all_second = np.zeros(joint.shape[0]), np.zeros(joint.shape[1])
    for i in range(joint.shape[0]):
        for j in range(joint.shape[1]):
            all_first[i] += joint[i, j]
            all_second[j] += joint[i, j]
    rows, columns = np.flatnonzero(all_first), np.flatnonzero(all_second)
    first, second = np.empty(len(rows)), np.empty(len(columns))
    ratio, table = np.empty((len(rows), len(columns))), np.empty((len(rows), len(columns)))
    for i in range(len(rows)):
        first[i] = all_first[rows[i]]
        for j in range(len(columns)):
            second[j] = all_second[columns[j]]
            ratio[i, j] = joint[rows[i], columns[j]] / first[i] / second[j]
            table[i, j] = score[rows[i], columns[j]]
            if excess and ratio[i, j] > 0:
                table[i, j] -= math.log(ratio[i, j])
    return first, second, ratio, table


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
def risk_kernel(joint: Float, score: Float, draws: int, excess: bool) -> float:
    """L_K(S), or with `excess` L_K(S) − min L_K, for K = `draws` ≥ 1, in nats; C-contiguous tables (n1, n2)."""
    if draws == 1:
        return 0.0
    first, second, ratio, table = support(joint, score, excess)
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
def limit_kernel(joint: Float, score: Float, excess: bool) -> float:
    """L_∞(S) = E_{z₁} log E_{P₂} e^S − E_{P₁₂} S, or with `excess` E KL(P(z₂|z₁) ‖ P_S(z₂|z₁)), P_S ∝ P₂ e^S."""
    first, second, ratio, table = support(joint, score, excess)
    total = 0.0
    for i in range(len(first)):
        if excess:
            total += first[i] * posterior_gap(second, ratio[i], table[i])
        else:
            total += first[i] * contrast(second, ratio[i], table[i], 1.0)
    return total
