"""J3: what does the χ² loss of triples estimate?"""

import itertools
import math

import numpy as np
from scipy.special import factorial

from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float, require
from simsuff.population.score_tables import TableLoss, chi2_loss
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement(
    "J3-unbiased",
    "the χ² loss of triples is unbiased for the risk with the free offset",
    paper=("chi2-loss",),
)
def loss_is_unbiased(model: FiniteModel, score: Float, triple_batch: int) -> Comparison:
    """E L = −E₁₂ S + E_⊗ S + ½ E_{z₁} Var_{z₂} S, R_f of f = (t − 1)²/2, the left side from all batches of that size."""
    return Comparison(mean_loss(model, score, triple_batch, chi2_loss), "==", offset_risk(model, score))


@statement(
    "J3-plug_in", "the χ² loss with the variance of the scores themselves", holds=False, paper=("chi2-loss",)
)
def plug_in_is_unbiased(model: FiniteModel, score: Float, triple_batch: int) -> Comparison:
    """The tempting mean of squares over K − 1 in place of K − 2, for f*(S − c) minimised within a batch: biased."""
    return Comparison(mean_loss(model, score, triple_batch, _plug_in_loss), "==", offset_risk(model, score))


def offset_risk(model: FiniteModel, score: Float) -> Bounded:
    """R_f(S) of f = (t − 1)²/2 with its offset at z₁."""
    means = score @ model.marginal2
    variance = model.marginal1 @ (score - means[:, None]) ** 2 @ model.marginal2
    linear = model.marginal1 @ means - np.sum(model.joint * score)
    return rounded(float(linear + variance / 2), _size(score))


def mean_loss(model: FiniteModel, score: Float, size: int, loss: TableLoss) -> Bounded:
    """The mean of a loss over all batches of `size` pairs, each unordered batch once."""
    require(size >= 3, "triple_batch", size, "be at least 3", "the variance of one score is not defined")
    cells = np.argwhere(model.joint > 0)
    chosen = np.array(list(itertools.combinations_with_replacement(range(len(cells)), size)))
    z1, z2 = np.moveaxis(cells[chosen], -1, 0)
    repeats = (chosen[:, :, None] == chosen[:, None, :]).argmax(axis=2)
    counts = (repeats[:, :, None] == np.arange(size)).sum(axis=1)
    weights = math.factorial(size) / factorial(counts).prod(axis=1) * model.joint[z1, z2].prod(axis=1)
    return rounded(float(weights @ loss(score[z1[:, :, None], z2[:, None, :]])), _size(score))


def _plug_in_loss(scores: Float) -> Float:
    """`chi2_loss` with mean squares in place of the unbiased variance, which is its even part in S."""
    there, back, size = chi2_loss(scores), chi2_loss(-scores), scores.shape[-1]
    return np.asarray((there - back) / 2 + (there + back) / 2 * (size - 2) / (size - 1))


def _size(score: Float) -> float:
    """The magnitude of the terms of a loss: scores and their squares."""
    largest = float(np.abs(score).max())
    return largest + largest**2
