"""How much more likely are two views of one document because they share some of its words? A generating polynomial."""

import math

import numpy as np
from scipy.special import gammaln

from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float, Integer


def log_overlap_weights(length: int, kept: int) -> Float:
    """log of P(k) k! (N − k)!²/N!², k = 0, …, N: P(k) is the chance that two N-subsets of L words share k.

    −inf where k shared words are impossible (k < 2N − L).
    """
    k = np.arange(kept + 1)
    outside = length - 2 * kept + k
    possible = outside >= 0
    room = np.where(possible, outside, 0)
    log_chance = (
        _log_choose(kept, k) + gammaln(length - kept + 1.0) - gammaln(kept - k + 1.0) - gammaln(room + 1.0)
    )
    log_chance -= _log_choose(length, kept)
    weights = log_chance + gammaln(k + 1.0) + 2 * gammaln(kept - k + 1.0) - 2 * gammaln(kept + 1.0)
    return np.where(possible, weights, -np.inf)


def _log_choose(n: int, k: Integer | int) -> Float:
    return np.asarray(gammaln(n + 1.0) - gammaln(np.asarray(k) + 1.0) - gammaln(n - np.asarray(k) + 1.0))


@jit
def log_add(a: float, b: float) -> float:
    """log(e^a + e^b)."""
    top = max(a, b)
    return top if top == -math.inf else top + math.log1p(math.exp(min(a, b) - top))


@jit
def multiply(polynomial: Float, first: int, second: int, log_word: float) -> None:
    """Times Σ_o c₁! c₂!/(o! (c₁ − o)! (c₂ − o)!) β^{−o} tᵒ, in place, by log coefficients, highest degree first."""
    shared = min(first, second)
    base = math.lgamma(first + 1.0) + math.lgamma(second + 1.0)
    factor = np.empty(shared + 1)
    for o in range(shared + 1):
        lost = math.lgamma(o + 1.0) + math.lgamma(first - o + 1.0) + math.lgamma(second - o + 1.0)
        factor[o] = base - lost - o * log_word
    for degree in range(len(polynomial) - 1, -1, -1):
        total = -math.inf
        for o in range(min(shared, degree) + 1):
            total = log_add(total, polynomial[degree - o] + factor[o])
        polynomial[degree] = total


@jit
def overlap_factors(
    starts1: Integer,
    words1: Integer,
    counts1: Integer,
    starts2: Integer,
    words2: Integer,
    counts2: Integer,
    log_topics: Float,
    log_weights: Float,
    factors: Float,
) -> None:
    """Fill `factors` (n, M) with log G_y of aligned sparse rows: G_y = P(z₁, z₂ | y)/(P(z₁ | y) P(z₂ | y)).

    Given k shared words with counts o, o and the rest of each view are independent; only words that occur in both
    views can be shared, so the sum over o is the coefficient of tᵏ in a product over them. Entries with
    log β = −inf are left at 0: that topic has not written the views.
    """
    polynomial = np.empty(len(log_weights))
    for i in range(factors.shape[0]):
        for y in range(factors.shape[1]):
            polynomial[:] = -math.inf
            polynomial[0] = 0.0
            possible = True
            a, b = starts1[i], starts2[i]
            while a < starts1[i + 1] and b < starts2[i + 1]:
                if words1[a] < words2[b]:
                    a += 1
                elif words1[a] > words2[b]:
                    b += 1
                else:
                    log_word = log_topics[y, words1[a]]
                    if log_word == -math.inf:
                        possible = False
                        break
                    multiply(polynomial, counts1[a], counts2[b], log_word)
                    a += 1
                    b += 1
            total = -math.inf
            for k in range(len(log_weights)):
                total = log_add(total, polynomial[k] + log_weights[k])
            factors[i, y] = total if possible else 0.0
