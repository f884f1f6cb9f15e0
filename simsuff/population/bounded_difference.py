"""The losses of one batch as plain functions of its score table, and how much one replaced pair can change them.

The losses of G and J; closed forms of their constants (G1, G3, G6, J3), and brute force.
Every constant c is that of n pairs: replacing one of them changes the empirical loss, a mean over batches of K, by at
most c/n. By McDiarmid's inequality P(|L̂ − L| ≥ t) ≤ 2 exp(−2nt²/c²).
"""

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import Float, integer, positive, real_array

TableLoss = Callable[[Float], Float]

# Tables of {−B, …, B} that are tried: 4 × 4 with two levels, 3 × 3 with four.
TABLE_LIMIT = 2**18


def infonce_loss(scores: Float) -> Float:
    """(1/K) Σ_i [−S_ii + log (1/K) Σ_j e^{S_ij}] in nats, for tables (..., K, K); shape (...)."""
    top = scores.max(axis=-1)
    means = np.log(np.exp(scores - top[..., None]).mean(axis=-1)) + top
    loss: Float = (means - _positives(scores)).mean(axis=-1)
    return loss


def symmetric_infonce_loss(scores: Float) -> Float:
    """The mean of `infonce_loss` over rows and over columns: the SimCLR loss less log K; shape (...)."""
    return (infonce_loss(scores) + infonce_loss(np.swapaxes(scores, -1, -2))) / 2


def spectral_loss(scores: Float) -> Float:
    """(1/K) Σ_i (−S_ii) + 1/(K(K−1)) Σ_{i≠j} (½ S_ij² + S_ij), for tables (..., K, K), K ≥ 2; shape (...)."""
    negatives = _negatives(scores)
    loss: Float = (negatives**2 / 2 + negatives).mean(axis=(-1, -2)) - _positives(scores).mean(axis=-1)
    return loss


def chi2_loss(scores: Float) -> Float:
    """The U-statistic of the χ² loss, for tables (..., K, K), K ≥ 3; shape (...).

    The mean over anchors i of −S_ii + the mean of the other scores S_ij + half their unbiased variance.
    """
    negatives = _negatives(scores)
    rows = negatives.mean(axis=-1) + negatives.var(axis=-1, ddof=1) / 2
    loss: Float = (rows - _positives(scores)).mean(axis=-1)
    return loss


def _positives(scores: Float) -> Float:
    return np.diagonal(scores, axis1=-2, axis2=-1)


def _negatives(scores: Float) -> Float:
    """The entries off the diagonal, row by row, shape (..., K, K − 1)."""
    size = scores.shape[-1]
    return scores[..., ~np.eye(size, dtype=bool)].reshape(*scores.shape[:-1], size - 1)


def infonce_difference(K: int, bound: float) -> Bounded:
    """c_{K,B} of G1: the exact constant of the in-batch InfoNCE loss, one-sided or symmetrised, for |S| ≤ B.

    log (1 + (K−1)e^{2B})/(1 + (K−1)e^{−2B}) + (K−1) log(1 + (e^{2B} − 1)/K), in nats.

    Raises
    ------
    ValueError : K < 2, or B not positive and finite.

    Examples
    --------
    >>> round(infonce_difference(2, 0.5), 6), round(infonce_difference(3, 1.5), 6)
    (1.620115, 7.615434)
    """
    growth = np.expm1(2 * _bound(bound)) / _size(K)
    constant: Bounded = infonce_range(K, bound) + (K - 1) * np.log1p(growth)
    return constant


def infonce_range(K: int, bound: float) -> Bounded:
    """w_{K,B} of G1: the range of the loss of one batch, log (1 + (K−1)e^{2B})/(1 + (K−1)e^{−2B}) ≤ 4B."""
    twice, others = 2 * _bound(bound), _size(K) - 1
    width: Bounded = np.log1p(others * np.exp(twice)) - np.log1p(others * np.exp(-twice))
    return width


def infonce_increment(K: int, bound: float) -> Bounded:
    """g_{K,B} of G3: replacing one pair changes L̂(S) − L̂(S') by at most g‖S − S'‖_∞/n; 4 + 2e^{2B} at most.

    4(K−1)e^{2B}/(1 + (K−1)e^{2B}) + 2(K−1)e^{2B}/(K − 1 + e^{2B}), the best constant.
    """
    tilt, others = np.exp(2 * _bound(bound)), _size(K) - 1
    constant: Bounded = 4 * others * tilt / (1 + others * tilt) + 2 * others * tilt / (others + tilt)
    return constant


def spectral_difference(bound: float) -> Bounded:
    """2B + 2W of G6, W the range of s²/2 + s on [−B, B]: the exact constant of the spectral loss at every K ≥ 2."""
    top = _bound(bound)
    return 6 * top if top <= 1 else 2 * top + (top + 1) ** 2


def chi2_difference(K: int, bound: float) -> Bounded:
    """D_{K,B} of J3: the exact constant of the one-sided χ² U-statistic for |S| ≤ B.

    5B + 2B² + max_k {B(2k − N)/N + 2B² k(N − k)/(N(N − 1))}, k = 0, …, N of the N = K − 1 other scores at +B.

    Raises
    ------
    ValueError : K < 3, or B not positive and finite.
    """
    others = integer("K", K, 3, "two other scores have a variance") - 1
    top = _bound(bound)
    own = [
        top * (2 * k - others) / others + top**2 * (2 * k * (others - k)) / (others * (others - 1))
        for k in range(others + 1)
    ]
    constant: Bounded = 5 * top + 2 * top**2 + max(own)
    return constant


def largest_change(loss: TableLoss, K: int, levels: ArrayLike) -> Bounded:
    """The exact c over all K × K tables with entries in `levels`, by brute force.

    The pair that is replaced is the first: row and column 0 change, and what is left is common to both tables.
    """
    values = real_array("levels", levels, 1)
    size = integer("K", K, 2, "a batch needs a negative")
    way_out = "fewer levels, or a smaller K"
    integer("tables", len(values) ** (size * size), 1, way_out, high=TABLE_LIMIT)
    shared = np.array(list(itertools.product(values, repeat=(size - 1) ** 2)))
    changed = np.array(list(itertools.product(values, repeat=2 * size - 1)))
    tables = np.empty((len(shared), len(changed), size, size))
    tables[..., 1:, 1:] = shared.reshape(-1, 1, size - 1, size - 1)
    tables[..., 0, :] = changed[:, :size]
    tables[..., 1:, 0] = changed[:, size:]
    losses = loss(tables)
    return change(losses, K, float(np.abs(values).max()))


def change(losses: Float, K: int, size: float) -> Bounded:
    """K · max (largest − smallest) along the last axis, for losses of batches of K with scores up to `size`."""
    spread = float((losses.max(axis=-1) - losses.min(axis=-1)).max())
    return Bounded(K * spread, 2 * K * rounding_of_losses(K, size))


def rounding_of_losses(K: int, size: float) -> float:
    """What rounding may change in one of these losses, for K × K scores up to `size`.

    Means of logarithms of sums of K exponentials, or of squares: a few ulp of the largest term for each of K terms.
    """
    return 8 * (K + 2) * math.ulp(1.0) * (1 + 2 * size + 2 * size**2)


def _size(K: int) -> int:
    return integer("K", K, 2, "a batch needs a negative")


def _bound(bound: float) -> Bounded:
    return Bounded(positive("bound", float(bound)), getattr(bound, "error", 0.0))
