"""W4, W5: how well a linear head on the paper's topic encoder knows the topic, through the χ² excess of the encoder."""

import math

import numpy as np

from simsuff.divergences.renyi import kl_columns
from simsuff.downstream import FiniteClassification, TruncatedSoftmaxHead, least_margin, proof_head
from simsuff.downstream.conditional_laws import chi2_columns
from simsuff.models import WordDropoutModel
from simsuff.numerics.numbers import UNIT, Bounded, BoundedArray, rounded
from simsuff.numerics.validation import Float
from simsuff.statements.registry import statement
from simsuff.statements.word_dropout import word_excess
from simsuff.verdicts import Comparison


@statement(
    "W4",
    "the linear head of the proof is as near to the posterior as the excess is small",
    paper=("topic-lemma",),
)
def linear_head_error(uniform_words: WordDropoutModel, word_weight: Float, word_scale: float) -> Comparison:
    """E‖p(z) − Γ_w f̂(z) − Γ_b‖² ≤ 8 π_max (S/σ²) · (S − 2)/(S − M − 1) · excess; void for S ≤ M + 1 and σ = 0."""
    lhs = _mean_square(_linear_error(uniform_words, word_weight))
    return Comparison(
        lhs, "<=", error_factor(uniform_words) * word_excess(uniform_words, word_weight, word_scale)
    )


@statement(
    "W4-head", "the lemma of the paper on the head after truncation and softmax", paper=("topic-lemma",)
)
def head_error(uniform_words: WordDropoutModel, word_weight: Float, word_scale: float) -> Comparison:
    """E‖p − h̄‖² ≤ M times the bound of W4 whatever the excess: 8(S/σ²)(S − 2)/(S − M − 1) · excess if π is uniform."""
    head, features = _head_on_words(uniform_words, word_weight)
    laws = head(features)
    doubt = _relative_doubt(uniform_words, word_weight)
    gap = BoundedArray(_posteriors(uniform_words) - laws, np.broadcast_to(doubt * laws, laws.shape))
    rhs = error_factor(uniform_words) * word_excess(uniform_words, word_weight, word_scale) * laws.shape[1]
    return Comparison(_mean_square(gap), "<=", rhs)


@statement("W4-bias", "the bias of the head of the proof is the prior", paper=("topic-head",))
def bias_is_the_prior(uniform_words: WordDropoutModel) -> Comparison:
    """(E⋆E⋆ᵀ)⁻¹E⋆1 = √π, so that Γ_b = diag(π)^{1/2}(E⋆E⋆ᵀ)⁻¹E⋆1 = π, where the sides differ most."""
    uniform_words.require_uniform_words()
    gold, prior = uniform_words.gold, _prior(uniform_words)
    values = np.linalg.svd(gold, compute_uv=False)
    if values[-1] == 0:
        return Comparison(0.0, "==", 0.0)
    bias = np.sqrt(prior) * np.linalg.pinv(gold).T.sum(axis=1)
    i = int(np.argmax(np.abs(bias - prior)))
    error = (
        _units(uniform_words) * float(values[0] / values[-1]) * math.sqrt(gold.shape[1]) / float(values[-1])
    )
    return Comparison(Bounded(float(bias[i]), error), "==", float(prior[i]))


@statement(
    "W4-jacobian", "the slope of softmax ∘ log as the paper bounds it", holds=False, paper=("topic-lemma",)
)
def printed_jacobian_bound(masses: Float) -> Comparison:
    """The printed ‖∂(u/‖u‖₁)/∂u‖_op ≤ 1/‖u‖₁ + 1: false from three labels on, and from five on where ‖u‖₁ = 1."""
    return Comparison(_jacobian_norm(masses), "<=", 1 / float(masses.sum()) + 1)


@statement("W4-jacobian_norm", "the slope of softmax ∘ log", paper=("topic-lemma",))
def jacobian_norm(masses: Float) -> Comparison:
    """‖∂(u/‖u‖₁)/∂u‖_op = √M ‖u‖₂/‖u‖₁² for M ≥ 2 labels: an oblique projection, over ‖u‖₁."""
    total = masses.sum()
    theory = math.sqrt(len(masses)) * float(np.linalg.norm(masses) / total) / float(total)
    return Comparison(_jacobian_norm(masses), "==", theory)


@statement("W5", "the risk of the head of the proof", paper=("topic-head",))
def head_risk(uniform_words: WordDropoutModel, word_weight: Float, word_scale: float) -> Comparison:
    """E KL(P(y|x) ‖ h̄(f̂(z))) ≤ ε_KL + ½e^B times the bound of W4, e^{−B} = min P(y|z), whatever the excess."""
    head, features = _head_on_words(uniform_words, word_weight)
    task = FiniteClassification.of_topics(uniform_words)
    found = task.excess_log_loss(np.arange(len(features)), head(features))
    lhs = Bounded(found.value, found.error + 2 * _relative_doubt(uniform_words, word_weight))
    excess = word_excess(uniform_words, word_weight, word_scale)
    rhs = task.epsilon_kl + error_factor(uniform_words) * excess / (2 * head.floor)
    return Comparison(lhs, "<=", rhs)


@statement(
    "W5-split", "the risk of any head is the augmentation error and its error on views", paper=("topic-head",)
)
def risk_splits(classification: FiniteClassification, label_function: Float) -> Comparison:
    """E KL(P(y|x) ‖ h(z)) = ε_KL + E KL(P(y|z) ‖ h(z)) for any law h of y given the view, without factors."""
    joint = classification.joint_yz
    weight = joint.sum(axis=0)
    used = weight > 0
    terms, gross = kl_columns(joint[:, used] / weight[used], label_function[used].T)
    units = 2 * classification.doubt + UNIT * (joint.size + 32)
    rest = Bounded(float(weight[used] @ terms), units * float(weight[used] @ (terms + gross)))
    lhs = classification.excess_log_loss(np.arange(len(weight)), label_function)
    return Comparison(rounded(lhs, 1.0), "==", classification.epsilon_kl + rest)


@statement(
    "W5-kl", "the divergence from a normalised vector through its squared error", paper=("topic-head",)
)
def kl_of_normalised(prior: Float, masses: Float) -> Comparison:
    """KL(p ‖ u/‖u‖₁) ≤ ‖p − u‖²/(2 min(p, u)) for a law p and positive u: no assumption on ‖u‖₁."""
    terms, gross = kl_columns(prior[:, None], (masses / masses.sum())[:, None])
    lhs = Bounded(float(terms[0]), 16 * UNIT * float(terms[0] + gross[0]))
    rhs = float(np.sum((prior - masses) ** 2)) / (2 * float(min(prior.min(), masses.min())))
    return Comparison(lhs, "<=", rounded(rhs, 0.0))


@statement("W5-renyi", "the Rényi divergence from a normalised vector", paper=("topic-head",))
def renyi_of_normalised(prior: Float, masses: Float) -> Comparison:
    """D₂(p ‖ u/‖u‖₁) ≤ 2 log(1 + A/2), A = Σ (u_y − p_y)²/u_y, with equality where ‖u‖₁ = 1 + A/2."""
    lhs, _ = _chi2_of_normalised(prior, masses)
    square = rounded(float(np.sum((masses - prior) ** 2 / masses)), 0.0)
    return Comparison(np.log1p(lhs), "<=", 2 * np.log1p(square / 2))


@statement("W5-chi2", "the χ² divergence from a normalised vector", paper=("topic-head",))
def chi2_of_normalised(prior: Float, masses: Float) -> Comparison:
    """χ²(p ‖ u/‖u‖₁) = ‖u‖₁ Σ (u_y − p_y)²/u_y − (‖u‖₁ − 1)²."""
    lhs, rhs = _chi2_of_normalised(prior, masses)
    return Comparison(lhs, "==", rhs)


@statement("W5-norm", "the head of the proof meets the norm constraint", paper=("topic-head",))
def head_norm(uniform_words: WordDropoutModel, word_weight: Float) -> Comparison:
    """‖Γ_w‖_op ≤ 2 √(π_max S) max_z ‖f̂(z)‖/σ; the paper allows 4 √S M/σ, with ‖f̂(z)‖ ≤ M."""
    values = np.linalg.svd(uniform_words.gold, compute_uv=False)
    if values[-1] == 0:
        return Comparison(0.0, "<=", math.inf)
    linear = proof_head(uniform_words, word_weight, margin=1.0).weight
    longest = float(np.hypot.reduce(word_weight, axis=0).max())  # no square underflows
    scale = 2 * math.sqrt(float(_prior(uniform_words).max()) * uniform_words.vocabulary) * longest
    error = _units(uniform_words) * float(values[0] / values[-1]) * scale / float(values[-1])
    lhs = Bounded(float(np.linalg.norm(linear, 2)), error)
    return Comparison(lhs, "<=", Bounded(scale / float(values[-1]), error))


def error_factor(model: WordDropoutModel) -> float:
    """8 π_max (S/σ²)(S − 2)/(S − M − 1), what W4 puts before the excess; inf where σ = 0 or S ≤ M + 1."""
    gold = model.gold
    labels, words = gold.shape
    values = np.linalg.svd(gold, compute_uv=False)
    spectrum = Bounded(float(values[-1]), _units(model) * float(values[0])) ** 2
    if words <= labels + 1 or spectrum.value == 0:
        return math.inf
    number: float = 8 * float(_prior(model).max()) * words * (words - 2) / (words - labels - 1) / spectrum
    return number


def _head_on_words(model: WordDropoutModel, weight: Float) -> tuple[TruncatedSoftmaxHead, Float]:
    """The head of the proof with the least margin, and f̂ of each word, shape (S, M)."""
    return proof_head(model, weight), weight.T


def _prior(model: WordDropoutModel) -> Float:
    return model.prior[model.prior > 0]


def _posteriors(model: WordDropoutModel) -> Float:
    return model.posteriors[:, model.prior > 0]


def _units(model: WordDropoutModel) -> float:
    """Roundings of a product or a decomposition of tables of the size of E⋆, relative to its norm."""
    return 16 * sum(model.gold.shape) * UNIT


def _linear_doubt(model: WordDropoutModel, weight: Float) -> Float:
    """How far Γ_w f̂(z) + Γ_b may be off, shape (S, 1): a pseudo-inverse errs by its norm times the condition of E⋆."""
    values = np.linalg.svd(model.gold, compute_uv=False)
    if values[-1] == 0:
        return np.full((model.vocabulary, 1), np.inf)
    scale = 2 * math.sqrt(float(_prior(model).max())) * float(np.linalg.norm(weight)) / values[-1]
    lengths = np.linalg.norm(weight, axis=0)[:, None]
    doubt: Float = _units(model) * (values[0] / values[-1] * scale * lengths + 1)
    return doubt


def _linear_error(model: WordDropoutModel, weight: Float) -> BoundedArray:
    """p(z) − Γ_w f̂(z) − Γ_b, shape (S, M)."""
    head, features = _head_on_words(model, weight)
    gap = _posteriors(model) - head.linear(features)
    return BoundedArray(gap, np.broadcast_to(_linear_doubt(model, weight), gap.shape))


def _relative_doubt(model: WordDropoutModel, weight: Float) -> float:
    """How far the probabilities of the head may be off, relative: each value and their sum are at least the floor."""
    share = float(_linear_doubt(model, weight).max() * math.exp(least_margin(model)))
    return 2 * share / (1 - share) + 8 * UNIT if share < 1 else math.inf


def _mean_square(gap: BoundedArray) -> Bounded:
    """E_z‖·‖² over equally likely words."""
    total: Bounded = np.add.reduce(np.square(gap), axis=None)
    return total / len(gap)


def _jacobian_norm(masses: Float) -> Bounded:
    """‖(I − h1ᵀ)/‖u‖₁‖_op for h = u/‖u‖₁, by a singular value decomposition."""
    total, size = masses.sum(), len(masses)
    jacobian = (np.eye(size) - np.outer(masses / total, np.ones(size))) / total
    norm = float(np.linalg.norm(jacobian, 2))
    return Bounded(norm, 16 * size * UNIT * float(np.linalg.norm(jacobian)))


def _chi2_of_normalised(prior: Float, masses: Float) -> tuple[Bounded, Bounded]:
    """χ²(p ‖ u/‖u‖₁), from its definition and as the identity says."""
    total = float(masses.sum())
    terms, gross = chi2_columns(prior[:, None], (masses / total)[:, None])
    units = 8 * (len(prior) + 8) * UNIT
    parts = total * float(np.sum((masses - prior) ** 2 / masses)), (total - 1) ** 2
    size = total * float(np.sum((masses + prior) ** 2 / masses)) + (total + 1) ** 2
    return Bounded(float(terms[0]), units * float(terms[0] + gross[0])), Bounded(
        parts[0] - parts[1], units * size
    )
