"""Contrastive losses of one batch as functions of its score table S_ij, in plain formulas: the losses of G and J."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
TableLoss = Callable[[Float], Float]


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
