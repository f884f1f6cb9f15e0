"""J3: what does the χ² loss of triples estimate?"""

import itertools
import math

import numpy as np
from scipy.special import factorial

from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float, require
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("J3-unbiased", "the χ² loss of triples is unbiased for the risk with the free offset", paper=("chi2-loss",))
def loss_is_unbiased(model: FiniteModel, score: Float, batch: int) -> Comparison:
    """E L = −E₁₂ S + E_⊗ S + ½ E_{z₁} Var_{z₂} S, R_f of f = (t − 1)²/2, the left side from all batches of that size."""
    return Comparison(mean_loss(model, score, batch), "==", offset_risk(model, score))


@statement(
    "J3-plug_in", "the χ² loss with the variance of the scores themselves", holds=False, paper=("chi2-loss",)
)
def plug_in_is_unbiased(model: FiniteModel, score: Float, batch: int) -> Comparison:
    """The tempting mean of squares over K − 1 in place of K − 2, for f*(S − c) minimised within a batch: biased."""
    lhs = mean_loss(model, score, batch, freedom=batch - 1)
    return Comparison(lhs, "==", offset_risk(model, score))


def offset_risk(model: FiniteModel, score: Float) -> Bounded:
    """R_f(S) of f = (t − 1)²/2 with its offset at z₁."""
    means = score @ model.marginal2
    variance = model.marginal1 @ (score - means[:, None]) ** 2 @ model.marginal2
    linear = model.marginal1 @ means - np.sum(model.joint * score)
    return rounded(float(linear + variance / 2), _size(score))


def mean_loss(model: FiniteModel, score: Float, size: int, freedom: int | None = None) -> Bounded:
    """The mean of the one-sided loss over all batches of `size` pairs, each unordered batch once."""
    require(size >= 3, "batch", size, "be at least 3", "the variance of one score is not defined")
    cells = np.argwhere(model.joint > 0)
    chosen = np.array(list(itertools.combinations_with_replacement(range(len(cells)), size)))
    z1, z2 = np.moveaxis(cells[chosen], -1, 0)
    repeats = (chosen[:, :, None] == chosen[:, None, :]).argmax(axis=2)
    counts = (repeats[:, :, None] == np.arange(size)).sum(axis=1)
    weights = math.factorial(size) / factorial(counts).prod(axis=1) * model.joint[z1, z2].prod(axis=1)
    losses = triple_loss(score[z1[:, :, None], z2[:, None, :]], freedom)
    return rounded(float(weights @ losses), _size(score))


def triple_loss(scores: Float, freedom: int | None = None) -> Float:
    """The loss by its definition on tables of scores (..., K, K) with the positives on the diagonal; J3.

    `freedom` is what sums of squares are divided by, K − 2 unless given.
    """
    size = scores.shape[-1]
    others = ~np.eye(size, dtype=bool)
    negatives = scores[..., others].reshape(*scores.shape[:-1], size - 1)
    means = negatives.mean(axis=-1)
    spread = np.sum((negatives - means[..., None]) ** 2, axis=-1) / (freedom or size - 2)
    positives = np.diagonal(scores, axis1=-2, axis2=-1)
    return np.asarray((means - positives + spread / 2).mean(axis=-1))


def _size(score: Float) -> float:
    """The magnitude of the terms of a loss: scores and their squares."""
    largest = float(np.abs(score).max())
    return largest + largest**2
