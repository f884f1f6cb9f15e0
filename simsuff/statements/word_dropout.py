"""W1–W3: the topic example of the paper: its ratio, the encoders that realise it, and what their χ² risk says."""

from typing import Any

import numpy as np

from simsuff.divergences import divergence
from simsuff.encoders import AugmentedLinearEncoder
from simsuff.models import FiniteLaw, WordDropoutModel
from simsuff.numerics.numbers import UNIT, Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.statements.equivalence import expectation
from simsuff.statements.registry import Sides, statement
from simsuff.statements.triples import offset_risk, row_means
from simsuff.verdicts import Comparison, compare

HALF_CHI2 = "alpha(2)"


@statement("W1", "the ratio of two words kept from one document of two", paper=("topic-ratio",))
def dropout_ratio(dropout_model: WordDropoutModel) -> Comparison:
    """r = ½ Σ_y P(y|z₁)P(y|z₂)/π_y + ½ 1{z₁ = z₂}/P(z₁) for any law of the words, where the sides differ most."""
    used = dropout_model.word_law > 0
    same_word = np.diag(1 / dropout_model.word_law[used])
    theory = (topic_gram(dropout_model)[np.ix_(used, used)] + same_word) / 2
    return worst_cell(dropout_model.to_finite().ratio[np.ix_(used, used)], theory)


@statement("W1-uniform", "the ratio of the paper, where all words are equally likely", paper=("topic-ratio",))
def uniform_dropout_ratio(uniform_words: WordDropoutModel) -> Comparison:
    """r = ½ Σ_y P(y|z₁)P(y|z₂)/π_y + (S/2)·1{z₁ = z₂}, where the sides differ most."""
    uniform_words.require_uniform_words()
    theory = topic_gram(uniform_words) / 2 + uniform_words.vocabulary / 2 * np.eye(uniform_words.vocabulary)
    return worst_cell(uniform_words.to_finite().ratio, theory)


@statement("W2", "the gold representation realises the ratio", paper=("topic-encoder",))
def gold_encoder_realises(uniform_words: WordDropoutModel) -> Comparison:
    """⟨f(z₁), f(z₂)⟩ = r for f(z) = (Wz, w·z) with W = E⋆/√2 and w = √(S/2), where the sides differ most."""
    uniform_words.require_uniform_words()
    encoder = gold_encoder(uniform_words)
    score = word_scores(uniform_words, encoder.weight, encoder.scale)
    return worst_cell(uniform_words.to_finite().ratio, score)


@statement(
    "W2-norm", "the gold representation lies inside of the constraints of the class", paper=("topic-encoder",)
)
def gold_encoder_is_bounded(uniform_words: WordDropoutModel) -> Comparison:
    """max(‖W‖_{2,∞}, w/√S) ≤ 1/√(2 π_min), which is √(M/2) for equally likely topics; the paper allows M."""
    uniform_words.require_uniform_words()
    encoder = gold_encoder(uniform_words)
    size = max(
        float(np.linalg.norm(encoder.weight, axis=0).max()), encoder.scale / uniform_words.vocabulary**0.5
    )
    rarest = float(uniform_words.prior[uniform_words.prior > 0].min())
    return Comparison(rounded(size, 1.0), "<=", (2 * rarest) ** -0.5)


@statement("W2-centred", "with the offset one output less realises the ratio", paper=("topic-encoder",))
def centred_encoder_realises(uniform_words: WordDropoutModel) -> Comparison:
    """R(S) − R(r) = 0 for W with M − 1 rows, WᵀW = ½ ΠE⋆ᵀE⋆Π, and w = √(S/2): S = r − ½."""
    uniform_words.require_uniform_words()
    encoder = centred_encoder(uniform_words)
    excess = word_excess(uniform_words, encoder.weight, encoder.scale)
    # The decomposition errs by a few ulp of the norm of the table, at most S, and the excess is a mean of squares.
    error = (64 * UNIT * uniform_words.vocabulary**2) ** 2
    return Comparison(Bounded(excess.value, excess.error + error), "==", 0.0)


@statement(
    "W2-offset", "without the offset the class misses the minimiser", paper=("topic-encoder", "chi2-loss")
)
def class_without_offset(
    uniform_words: WordDropoutModel, word_weight: Float, word_scale: float
) -> Comparison:
    """½ E_⊗(S − (r − 1))² ≥ (S − M − 1)/(8(S − M)) for S = ⟨f(z₁), f(z₂)⟩ and M rows of W; r is realised."""
    uniform_words.require_uniform_words()
    score = word_scores(uniform_words, word_weight, word_scale)
    law, spare = uniform_words.to_finite(), uniform_words.vocabulary - len(word_weight)
    distance = score - (law.ratio - 1)
    gross = distance**2 + np.abs(distance) * (1 + law.ratio + np.abs(score))
    lhs = expectation(law, law.product * distance**2 / 2, law.product * gross)
    return Comparison(doubted(lhs, uniform_words), ">=", (spare - 1) / (8 * spare) if spare > 1 else 0.0)


@statement(
    "W3",
    "the χ² excess with offset is half the mean square of the centred error",
    paper=("topic-lemma", "topic-erm"),
)
def chi2_excess_is_half_a_square(model: FiniteLaw, score: Float) -> Sides:
    """R(S) − R(r) = ½ E_⊗(S − r − E_{z₂}[S − r])², R(S) = −E₁₂S + E_{z₁}[E_{z₂}S + ½ Var_{z₂}S]."""
    return compare(excess_of_risks(model, score), "==", centred_square(model, score) / 2)


@statement(
    "W3-taylor",
    "the χ² excess with offset is the mean square of the centred error",
    holds=False,
    paper=("topic-lemma",),
)
def chi2_excess_is_a_square(model: FiniteLaw, score: Float) -> Sides:
    """The printed R(S) − R(r) = E_⊗(S − r − E_{z₂}[S − r])²: twice too much."""
    return compare(excess_of_risks(model, score), "==", centred_square(model, score))


@statement("W3-sufficiency", "the χ² excess of the encoder bounds its sufficiency", paper=("topic-erm",))
def encoder_excess_dominates(
    uniform_words: WordDropoutModel, word_weight: Float, word_scale: float
) -> Comparison:
    """Suff_f(f̂) ≤ R(S) − R(r) for f = (t − 1)²/2 and S = ⟨f̂(z₁), f̂(z₂)⟩; with w ≠ 0 the left side is 0."""
    encoder = AugmentedLinearEncoder(word_weight, word_scale)
    excess = word_excess(uniform_words, word_weight, word_scale)
    return Comparison(uniform_words.sufficiency(encoder, divergence(HALF_CHI2)), "<=", excess)


def gold_encoder(model: WordDropoutModel) -> AugmentedLinearEncoder:
    """W = E⋆/√2 and w = √(S/2)."""
    return AugmentedLinearEncoder(model.gold / np.sqrt(2), float(np.sqrt(model.vocabulary / 2)))


def centred_encoder(model: WordDropoutModel) -> AugmentedLinearEncoder:
    """W of M − 1 rows (one at least) with WᵀW = ½ ΠE⋆ᵀE⋆Π, and w = √(S/2): realises r − ½."""
    centred = (model.gold - model.gold.mean(axis=1, keepdims=True)) / np.sqrt(2)
    values, right = np.linalg.svd(centred, full_matrices=False)[1:]
    rows = max(1, len(values) - 1)
    return AugmentedLinearEncoder(values[:rows, None] * right[:rows], float(np.sqrt(model.vocabulary / 2)))


def topic_gram(model: WordDropoutModel) -> Float:
    """E⋆ᵀE⋆, the table of Σ_y P(y|z₁)P(y|z₂)/π_y."""
    gram: Float = model.gold.T @ model.gold
    return gram


def word_scores(model: WordDropoutModel, weight: Float, scale: float) -> Float:
    """⟨f(z₁), f(z₂)⟩ of the encoder (Wz, w·z) on all pairs of words, shape (S, S)."""
    u, v = AugmentedLinearEncoder(weight, scale).embed(model.states, model.states)
    table: Float = u @ v.T
    return table


def word_excess(model: WordDropoutModel, weight: Float, scale: float) -> Bounded:
    """The χ² excess, with offset, of the encoder (Wz, w·z)."""
    half: Bounded = centred_square(model.to_finite(), word_scores(model, weight, scale)) / 2
    return doubted(half, model)


def doubted(found: Bounded, model: WordDropoutModel) -> Bounded:
    """A mean over the table of `model`, known to `model.doubt`, where `expectation` counts 24 ulp and more."""
    return Bounded(found.value, found.error * (1 + model.doubt / (6 * UNIT)))


def excess_of_risks(model: FiniteLaw, score: Float) -> Any:
    """R(S) − R(r), from the two risks; R(r) = −½ E_⊗(r − 1)²."""
    return offset_risk(model, score) + model.information(divergence("chi2")) / 2


def centred_square(model: FiniteLaw, score: Float) -> Any:
    """E_⊗(S − r − E_{z₂}[S − r])²."""
    error = score - model.ratio
    inner = error - row_means(model, error)
    size = np.abs(score) + model.ratio
    size = size + row_means(model, size)
    return expectation(model, model.product * inner**2, model.product * (inner**2 + 2 * np.abs(inner) * size))


def worst_cell(measured: Float, theory: Float) -> Comparison:
    """The equality of two tables in the cell where they differ most for their size."""
    gap = np.abs(measured - theory) / np.maximum(np.abs(theory), np.finfo(float).tiny)
    i = np.unravel_index(int(np.argmax(gap)), gap.shape)
    return Comparison(rounded(float(measured[i]), 1.0), "==", float(theory[i]))
