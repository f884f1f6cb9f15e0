"""What one positive among K candidates reveals, as a divergence of mixture laws (B2, B3)."""

from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from simsuff.models.finite import FiniteModel

Float = NDArray[np.float64]


def mixture_divergence(model: FiniteModel, weight: Float, K: int) -> float:
    """E_{z₁} KL(M_r^K ‖ M_w^K) in nats: M_q^K is the law of K candidates of which one, at a uniform place, has density q.

    Its density with respect to P₂^K is the mean of q over the candidates, so the divergence is
    E_{z₁} E_{P₂^K} r̄ log(r̄/w̄). With w = 1 it is the bias I − I_K of B2. Enumerated apart from the kernels of
    `finite_k`, in plain NumPy, so that each checks the other; for small K and alphabets.

    Parameters
    ----------
    weight : w, shape (n1, n2), with E_{P₂} w = 1 in each row.
    """
    counts = count_vectors(len(model.marginal2), K)
    mean_ratio, mean_weight = counts @ model.ratio.T / K, counts @ weight.T / K
    used = mean_ratio > 0
    with np.errstate(divide="ignore"):
        quotient = np.divide(mean_ratio, mean_weight, out=np.ones_like(mean_ratio), where=used)
    gap = np.where(used, xlogy(mean_ratio, quotient), 0.0)
    return float(multinomial(counts, model.marginal2) @ gap @ model.marginal1)


def count_vectors(symbols: int, draws: int) -> NDArray[np.int64]:
    """Every way to draw `draws` of `symbols` without order, as counts, shape (states, symbols)."""
    rows = [
        np.bincount(row, minlength=symbols) for row in combinations_with_replacement(range(symbols), draws)
    ]
    return np.array(rows, dtype=np.int64)


def multinomial(counts: NDArray[np.int64], law: Float) -> Float:
    """The multinomial probability of each count vector, normalised."""
    draws = int(counts[0].sum())
    exponent = gammaln(draws + 1) + np.sum(xlogy(counts, law) - gammaln(counts + 1), axis=1)
    weights = np.exp(exponent)
    normalised: Float = weights / weights.sum()
    return normalised
