"""Chernoff rate of the label entropy H(y | z) of a document, and a bound on it at every length (F4)."""

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike

from simsuff.numerics.validation import Float, integer, probabilities, require
from simsuff.numerics.validation import channel as stochastic


def chernoff_information(p: ArrayLike, q: ArrayLike) -> float:
    """C(p, q) = max_{0 ≤ s ≤ 1} −log Σ_w p_w^s q_w^{1−s} in nats; inf for disjoint supports.

    Raises
    ------
    ValueError : when p or q is no probability vector, or their sizes differ.
    """
    first, second = probabilities("p", p, 1), probabilities("q", q, 1)
    shown, allowed = f"shape = {second.shape}", f"have the shape {first.shape} of p"
    require(first.shape == second.shape, "q", shown, allowed, "use one vocabulary")
    affinity = _log_affinity(first, second)
    return math.inf if affinity is None else -_minimum(affinity, 0.0)


def chernoff_rate(topics: ArrayLike, prior: ArrayLike) -> float:
    """C of F4: the smallest Chernoff information of two topics with mass; H(y | z^N) = e^{−NC + O(log N)}.

    inf where all topics have disjoint supports, or there is only one.
    """
    laws = stochastic("topics", topics)[probabilities("prior", prior, 1) > 0]
    pairs = ((a, b) for i, a in enumerate(laws) for b in laws[:i])
    return min((chernoff_information(a, b) for a, b in pairs), default=math.inf)


def topic_entropy_bound(topics: ArrayLike, prior: ArrayLike, words: int) -> float:
    """H(y | z^N) ≤ Σ_{y≠y'} min_s (1/s) π_y^{1−s} π_{y'}^s (Σ_w β_yw^{1−s} β_{y'w}^s)^N, in nats, for every N.

    From −log p_y = log(1 + Σ x) ≤ Σ log(1 + x) over x = π_{y'}P_{y'}/(π_y P_y), and log(1 + x) ≤ x^s/s, 0 < s ≤ 1.
    """
    laws, weights = stochastic("topics", topics), probabilities("prior", prior, 1)
    length = integer("words", words, 1, "a document holds a word")
    live = np.flatnonzero(weights > 0)
    return sum(
        _pair_bound(laws[y], laws[o], weights[y], weights[o], length) for y, o in permutations(live, 2)
    )


def _pair_bound(law: Float, other: Float, weight: float, other_weight: float, words: int) -> float:
    affinity = _log_affinity(other, law)
    if affinity is None:
        return 0.0

    def log_term(s: float) -> float:
        prior_part = (1 - s) * math.log(weight) + s * math.log(other_weight)
        return words * affinity(s) + prior_part - math.log(s)

    return math.exp(_minimum(log_term, 1e-6))


def _log_affinity(first: Float, second: Float) -> Callable[[float], float] | None:
    """s ↦ log Σ_w p_w^s q_w^{1−s} over the common support, which is convex; None where that is empty."""
    common = (first > 0) & (second > 0)
    if not common.any():
        return None
    a, b = np.log(first[common]), np.log(second[common])

    def value(s: float) -> float:
        terms = s * a + (1 - s) * b
        top = float(terms.max())
        return top + math.log(float(np.exp(terms - top).sum()))

    return value


def _minimum(function: Callable[[float], float], low: float) -> float:
    """The smallest value of a convex function on [low, 1], its ends included."""
    from scipy.optimize import minimize_scalar

    inner = minimize_scalar(function, bounds=(low, 1.0), method="bounded", options={"xatol": 1e-10})
    return min(float(inner.fun), function(low), function(1.0))
