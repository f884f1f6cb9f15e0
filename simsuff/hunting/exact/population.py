"""InfoNCE with K candidates in exact arithmetic, by going through every tuple of candidates."""

import itertools
import math
from typing import Any

import numpy as np

from simsuff.hunting.exact.laws import ExactFinite
from simsuff.hunting.exact.numbers import NotExact, Number, numbers

# More tuples of candidates than this take longer than a counterexample is worth.
TUPLE_LIMIT = 5_000


def excess_risk(model: ExactFinite, score: Any, K: Any, *, symmetric: bool = False, limit: int = 0) -> Any:  # noqa: ARG001
    """𝓔_K(S): the mean KL divergence of the softmax of the scores from the posterior of the positive's place."""
    one = _limit_excess if math.inf == K else _excess
    value = one(model, numbers(score), K)
    return (value + one(model.swapped(), numbers(score).T, K)) / 2 if symmetric else value


def infonce_risk(model: ExactFinite, score: Any, K: Any, *, symmetric: bool = False, limit: int = 0) -> Any:  # noqa: ARG001
    """L_K(S) = 𝓔_K(S) − I_K."""
    value = excess_risk(model, score, K, symmetric=symmetric)
    return value - excess_risk(model, np.zeros(model.shape), K, symmetric=symmetric)


def _limit_excess(model: ExactFinite, score: Any, K: Any) -> Any:  # noqa: ARG001
    total = Number(0)
    for i, mass in enumerate(model.marginal1):
        if mass > 0:
            weights = [q * s.exp() for q, s in zip(model.marginal2, score[i], strict=True)]
            scale = sum(weights, Number(0))
            for p, weight in zip(model.joint[i], weights, strict=True):
                if p > 0:
                    total = total + p * (p / mass * scale / weight).log()
    return total


def _excess(model: ExactFinite, score: Any, K: int) -> Any:
    symbols = [j for j, mass in enumerate(model.marginal2) if mass > 0]
    if len(symbols) ** K > TUPLE_LIMIT:
        raise NotExact(f"{len(symbols)}^{K} tuples of candidates")
    ratio, total = model.ratio, Number(0)
    for i, mass in enumerate(model.marginal1):
        if not mass > 0:
            continue
        weights = [s.exp() for s in score[i]]
        for drawn in itertools.combinations_with_replacement(symbols, K):
            # As many ordered tuples have these symbols, and each is as likely.
            counts = [drawn.count(j) for j in symbols]
            tuples = math.factorial(K) // math.prod(math.factorial(n) for n in counts)
            chance = math.prod((model.marginal2[j] for j in drawn), start=Number(tuples))
            own, guess = (sum((row[j] for j in drawn), Number(0)) for row in (ratio[i], weights))
            for j in drawn:
                if ratio[i, j] > 0:
                    # Each place is the positive with weight r/K under P₂^K.
                    term = ratio[i, j] * (ratio[i, j] / own * guess / weights[j]).log()
                    total = total + mass * chance * term / K
    return total


def multinomial(counts: Any, law: Any) -> Any:
    """The probability of each count vector under independent draws from `law`."""
    found = np.empty(len(counts), dtype=object)
    for i, row in enumerate(counts.tolist()):
        ways = math.factorial(sum(row)) // math.prod(map(math.factorial, row))
        found[i] = math.prod((p**n for p, n in zip(law, row, strict=True)), start=Number(ways))
    return found


def optimal_score(model: ExactFinite) -> Any:
    """log r; where r = 0 there is none here."""
    return np.log(model.ratio)


def normalised_score(model: ExactFinite, score: Any) -> Any:
    """w = e^S / E_{P₂} e^{S(z₁, ·)}; 0 where a marginal is 0."""
    weights = np.exp(numbers(score))
    found = weights / (weights * model.marginal2[None, :]).sum(axis=1)[:, None]
    for index, mass in np.ndenumerate(model.product):
        if mass == 0:
            found[index] = Number(0)
    return found


def density_bound(model: ExactFinite, score: Any) -> Any:
    """sup max(r, w)."""
    return max(model.ratio.max(), normalised_score(model, score).max())


def efficiency(K: Any, M: Any) -> Any:
    """1 − η_{K,M} = 1 − (M/K)(1 − (1 − 1/M)^K)."""
    bound = Number(M)
    return 1 - bound / K * (1 - (1 - 1 / bound) ** int(K))
