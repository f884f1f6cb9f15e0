"""J3: what does the χ² loss of triples estimate?"""

from typing import Any

import numpy as np

from simsuff.models import FiniteLaw, FiniteModel
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import Float, integer
from simsuff.population.bounded_difference import TableLoss, chi2_loss
from simsuff.population.deviations import expected_loss
from simsuff.statements.equivalence import expectation
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


def mean_loss(model: FiniteModel, score: Float, size: int, loss: TableLoss) -> Bounded:
    """The mean of a loss over all batches of `size` pairs."""
    pairs = integer("triple_batch", size, 3, "the variance of one score is not defined")
    return expected_loss(model, score, pairs, loss)


def offset_risk(model: FiniteLaw, score: Float) -> Any:
    """R_f(S) of f = (t − 1)²/2 with the best offset at z₁, which is E_{z₂}S."""
    inner = score - row_means(model, score)
    size = np.abs(score) + row_means(model, np.abs(score))
    gross = size * (1 + np.abs(inner) + model.ratio)
    terms = model.product * (inner + inner**2 / 2) - model.joint * inner
    return expectation(model, terms, model.product * gross)


def row_means(model: FiniteLaw, table: Float) -> Float:
    """E_{z₂} of each row of the table."""
    means: Float = (table * model.marginal2[..., None, :]).sum(axis=-1, keepdims=True)
    return means


def _plug_in_loss(scores: Float) -> Float:
    """`chi2_loss` with mean squares in place of the unbiased variance, which is its even part in S."""
    there, back, size = chi2_loss(scores), chi2_loss(-scores), scores.shape[-1]
    return np.asarray((there - back) / 2 + (there + back) / 2 * (size - 2) / (size - 1))
