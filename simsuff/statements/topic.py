"""F1–F5, F7: what is known exactly of two halves of a document from a topic model?"""

import math

import numpy as np

from simsuff.divergences import Divergence, divergence
from simsuff.downstream import FiniteClassification
from simsuff.models import TopicModel
from simsuff.models.topic.maps import LOG_ODDS_DIGITS
from simsuff.models.topic.rates import topic_entropy_bound
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.population.sharpness import efficiency, normalised_score
from simsuff.statements.equivalence import Labels, excess, score_through
from simsuff.statements.registry import statement
from simsuff.statements.spectral import spectral_risk
from simsuff.verdicts import Comparison


@statement("B4-topic", "with M topics the sharp constant needs only the rarest topic")
def sufficiency_from_excess_on_topics(
    topic_model: TopicModel, labels: Labels, score: Float, K: int
) -> Comparison:
    """Suff_KL(T) ≤ 𝓔_K(S∘T)/(1 − η_{K,M}), M = max(1/π_min, sup w), whatever the length of the views."""
    finite, through = topic_model.to_finite(), score_through(labels, score)
    largest = max(topic_model.largest_ratio, float(normalised_score(finite, through).max()))
    rhs = excess(finite, through, K) / efficiency(K, largest)
    return Comparison(finite.sufficiency(labels, divergence("kl")), "<=", rhs)


@statement("F1", "the pmi of two documents is a log-sum over topics")
def pmi_is_a_sum_over_topics(topic_model: TopicModel) -> Comparison:
    """pmi = log Σ_y p_y(z₁) p_y(z₂)/π_y against log r of the enumerated law, where the two differ most."""
    symbols = _used(topic_model)
    states = topic_model.states[symbols]
    measured = topic_model.to_finite().pmi(symbols[:, None], symbols[None, :])
    return _worst(measured, topic_model.pmi_table(states, states), topic_model)


@statement("F1-gram", "the pmi is the log of an inner product of rescaled softmaxes of affine maps of counts")
def pmi_is_log_gram(topic_model: TopicModel) -> Comparison:
    """log ⟨f(z₁), f(z₂)⟩ = pmi for f = softmax(b + Az)/√π, b = log π, A = log β, where the two differ most."""
    symbols = _used(topic_model)
    states = topic_model.states[symbols]
    live = topic_model.prior > 0
    features = _affine_softmax(topic_model, states)[:, live] / np.sqrt(topic_model.prior[live])
    with np.errstate(divide="ignore"):
        gram = np.log(features @ features.T)
    return _worst(gram, topic_model.pmi_table(states, states), topic_model)


@statement("F2", "the ratio is at most one over the rarest topic")
def ratio_ceiling(topic_model: TopicModel) -> Comparison:
    """sup r ≤ 1/π_min, for every length of the views."""
    return Comparison(float(topic_model.to_finite().ratio.max()), "<=", topic_model.largest_ratio)


@statement("F3", "the posterior of the topic is sufficient, for every divergence")
def posterior_is_sufficient(topic_model: TopicModel, divergence: Divergence) -> Comparison:
    """Suff_f = 0 for T = the log odds of the topics; merging equal ones costs at most twice their rounding."""
    lhs = topic_model.sufficiency(topic_model.log_odds(), divergence)
    merging = Bounded(0.0, 2 * 10.0**-LOG_ODDS_DIGITS)
    return Comparison(rounded(lhs, 1.0 + topic_model.information(divergence)) + merging, "==", 0.0)


@statement("F4", "the deficit of information is a difference of label entropies")
def information_deficit(topic_model: TopicModel) -> Comparison:
    """H(π) − I(z₁; z₂) = 2H(y | z^N) − H(y | z^{2N})."""
    whole = topic_model.topic_entropy(topic_model.document_words)
    lhs = _prior_entropy(topic_model) - topic_model.information(divergence("kl"))
    return Comparison(
        rounded(lhs, 1.0 + _prior_entropy(topic_model)), "==", 2 * topic_model.topic_entropy() - whole
    )


@statement("F4-augmentation", "the augmentation error of half a document")
def half_document_error(topic_model: TopicModel) -> Comparison:
    """ε_KL = E KL(P(y | x) ‖ P(y | z₁)) = H(y | z^N) − H(y | z^{2N}) for x = (z₁, z₂)."""
    lhs = FiniteClassification.of_topics(topic_model).epsilon_kl
    return Comparison(rounded(lhs, 1.0), "==", topic_model.augmentation_error)


@statement("F4-chernoff", "the label entropy of a document decays at the Chernoff rate")
def entropy_decays(topic_model: TopicModel) -> Comparison:
    """H(y | z^N) ≤ Σ_{y≠y'} min_s (1/s) π_y^{1−s} π_{y'}^s (Σ_w β_yw^{1−s} β_{y'w}^s)^N."""
    bound = topic_entropy_bound(topic_model.topics, topic_model.prior, topic_model.words_per_view)
    return Comparison(rounded(topic_model.topic_entropy(), 1.0), "<=", bound)


@statement("F5", "1 + χ² is the squared norm of the topic kernel")
def chi2_is_a_norm(topic_model: TopicModel) -> Comparison:
    """1 + χ² = ‖Q‖_F², Q = diag(π)^{−1/2} E[p pᵀ] diag(π)^{−1/2}."""
    lhs = 1 + topic_model.information(divergence("chi2"))
    return Comparison(lhs, "==", float(np.sum(_kernel(topic_model) ** 2)))


@statement("F5-spectrum", "the eigenvalues of the topic kernel are the singular values of the ratio")
def kernel_spectrum(topic_model: TopicModel) -> Comparison:
    """The eigenvalues of Q against those of the enumerated law, where they differ most."""
    eigenvalues = np.linalg.eigvalsh(_kernel(topic_model))[::-1]
    known = np.concatenate([[1.0], topic_model.to_finite().canonical_correlations])
    size = max(len(known), len(eigenvalues))
    both = [np.pad(values, (0, size - len(values))) for values in (eigenvalues, known)]
    i = int(np.argmax(np.abs(both[0] - both[1])))
    return Comparison(rounded(float(both[0][i]), 1.0), "==", float(both[1][i]))


@statement("F5-ceiling", "no length of the views gives more information than the topic")
def information_ceiling(topic_model: TopicModel, divergence: Divergence) -> Comparison:
    """I_f(z₁; z₂) ≤ Σ_y π_y² f(1/π_y) + (1 − Σ π_y²) f(0)."""
    rhs = topic_information(topic_model.prior, divergence)
    return Comparison(rounded(topic_model.information(divergence), 1.0), "<=", rhs)


@statement("F5-limit", "topics without common words give the information of the topic")
def information_limit(prior: Float, split: Float, divergence: Divergence) -> Comparison:
    """I_f(z₁; z₂) = Σ_y π_y² f(1/π_y) + (1 − Σ π_y²) f(0) for disjoint topics; row y of `split` is a topic."""
    topics = np.zeros((len(split), split.size))
    for y, row in enumerate(split):
        topics[y, y * len(row) : (y + 1) * len(row)] = row
    lhs = TopicModel(topics, prior, 1).information(divergence)
    rhs = topic_information(prior, divergence)
    return Comparison(rounded(lhs, 1.0), "==", rhs)


@statement("E8-topic", "the posterior features of the topic kernel attain the minimum of the spectral risk")
def topic_features_attain(topic_model: TopicModel) -> Comparison:
    """f = (√λ_i φ_i)_{i≤M}, linear in the posterior, has risk −Σ λ_i², λ the eigenvalues of Q."""
    finite, symbols = topic_model.to_finite(), _used(topic_model)
    rank = int((topic_model.prior > 0).sum())
    features = np.zeros((finite.shape[0], rank))
    features[symbols] = topic_model.optimal_encoder(rank)(topic_model.states[symbols])
    risk, magnitude = spectral_risk(finite, features)
    return Comparison(rounded(risk, magnitude), "==", -float(np.sum(_kernel(topic_model) ** 2)))


@statement("F7", "classification from the posterior of half a document costs the augmentation error")
def posterior_excess(topic_model: TopicModel) -> Comparison:
    """inf_h E KL(P(y | x) ‖ h(T)) = H(y | z^N) − H(y | z^{2N}) for T the posterior of one half, x both."""
    classes = topic_model.classes(topic_model.log_odds())
    lhs = FiniteClassification.of_topics(topic_model).excess_log_loss(classes)
    merging = Bounded(0.0, 2 * 10.0**-LOG_ODDS_DIGITS)
    return Comparison(rounded(lhs, 1.0) + merging, "==", topic_model.augmentation_error)


@statement("F7-head", "a linear head on the rescaled posterior attains the best log loss")
def linear_head_attains(topic_model: TopicModel) -> Comparison:
    """E KL(P(y | x) ‖ h(T)) = ε_KL for h_y = √π_y f_y on f = (p_y/√π_y)_y."""
    symbols = _used(topic_model)
    live = topic_model.prior > 0
    head = np.full((topic_model.to_finite().shape[0], live.sum()), 1 / live.sum())
    features = topic_model.rescaled_posterior()(topic_model.states[symbols])
    head[symbols] = (features * np.sqrt(topic_model.prior))[:, live]
    task = FiniteClassification.of_topics(topic_model)
    lhs = task.excess_log_loss(np.arange(len(head)), head)
    return Comparison(rounded(lhs, 1.0), "==", task.epsilon_kl)


def topic_information(prior: Float, div: Divergence) -> Bounded:
    """I_f(y; y) = Σ_y π_y² f(1/π_y) + (1 − Σ π_y²) f(0), what two views know of each other at N = ∞."""
    live = prior[prior > 0]
    # 1 − Σ π_y², of which no digits cancel.
    apart = float(np.sum(np.outer(live, live)[~np.eye(len(live), dtype=bool)]))
    terms = [*(live**2 * div.f(1 / live)), div.at_zero * apart if apart > 0 else 0.0]
    # An ulp of 1/π moves f by its slope there.
    moved = float(np.sum(live * np.abs(div.derivative(1 / live))))
    return rounded(float(np.sum(terms)), float(np.sum(np.abs(terms))) + moved)


def _used(model: TopicModel) -> Labels:
    """The symbols of count vectors that some topic can write."""
    return np.flatnonzero(model.to_finite().marginal1 > 0)


def _affine_softmax(model: TopicModel, counts: Labels) -> Float:
    """softmax(log π + (log β) z), the affine map with 0 · −∞ = 0."""
    with np.errstate(divide="ignore"):
        log_words, log_prior = np.log(model.topics), np.log(model.prior)
    used = np.where(counts[:, None, :] > 0, counts[:, None, :] * np.maximum(log_words, -1e300), 0.0)
    logits = log_prior + used.sum(axis=2)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax: Float = weights / weights.sum(axis=1, keepdims=True)
    return softmax


def _kernel(model: TopicModel) -> Float:
    """Q of F5 over the topics with mass."""
    symbols = _used(model)
    weight = model.to_finite().marginal1[symbols]
    live = model.prior > 0
    scaled = model.posterior(model.states[symbols])[:, live] / np.sqrt(model.prior[live])
    kernel: Float = (scaled.T * weight) @ scaled
    return kernel


def _prior_entropy(model: TopicModel) -> float:
    live = model.prior[model.prior > 0]
    return -float(np.sum(live * np.log(live)))


def _worst(measured: Float, theory: Float, model: TopicModel) -> Comparison:
    """The equality where the sides differ most; both −∞ is agreement, and one −∞ alone is a violation.

    A pmi is a difference of three log probabilities, each a sum of N logarithms, coefficients apart.
    """
    words = np.abs(np.log(model.topics[model.topics > 0])).max()
    magnitude = (
        1.0 + 6 * model.words_per_view * float(words) - 2 * math.log(model.prior[model.prior > 0].min())
    )
    gap = np.zeros_like(theory)
    different = measured != theory
    gap[different] = np.abs(measured[different] - theory[different])
    i = np.unravel_index(int(np.argmax(gap)), gap.shape)
    return Comparison(rounded(float(measured[i]), magnitude), "==", float(theory[i]))
