"""What can be enumerated? The finite law of two count vectors, and the spectrum of its kernel (F5)."""

import numpy as np

from simsuff.models.finite.model import SMALLEST_MARGINAL, FiniteModel
from simsuff.models.topic.counts import STATE_LIMIT, count_vectors
from simsuff.models.topic.law import TopicLaw, entropy
from simsuff.numerics.validation import Float, Integer

# An (S, S) table of doubles takes 32 MB here; a divergence with its rounding bound takes seconds and a gigabyte.
TABLE_LIMIT = 2_000

TABLE_WAY_OUT = "use information_estimate, shorten the views, merge words, or raise the limit of to_finite"
LIST_WAY_OUT = "shorten the views or merge words; the pmi and information_estimate know no limit"


def states_of(vocabulary: int, words: int) -> Integer:
    """The count vectors of a view, for sums over a single view."""
    return count_vectors(words, vocabulary, STATE_LIMIT, LIST_WAY_OUT)


def finite_model(law: TopicLaw, states: Integer) -> FiniteModel:
    """The table of two views given the topic, over topics with mass.

    Count vectors of probability below 1e-308 get probability 0.
    """
    live = law.prior > 0
    prior, channel = law.prior[live], law.channel(states)[live]
    channel[:, prior @ channel < SMALLEST_MARGINAL] = 0.0
    return FiniteModel.from_views(prior, channel / channel.sum(axis=1, keepdims=True))


def view_law(law: TopicLaw, states: Integer) -> tuple[Float, Float]:
    """The count vectors that occur: their probabilities (s,) and log posteriors (s, M)."""
    weight = law.prior @ law.channel(states)
    used = weight > 0
    return weight[used], law.log_posterior("states", states[used]).values


def topic_entropy(law: TopicLaw, words: int) -> float:
    """H(y | z) of a view of `words` words, in nats, by enumeration (F4)."""
    weight, log_law = view_law(law, states_of(law.topics.shape[1], words))
    return float(weight @ entropy(log_law))


def kernel_spectrum(law: TopicLaw, words: int) -> tuple[Float, Float]:
    """The eigenvalues of Q after the first, and the weights W (M, rank) with √λ_i φ_i = p W of E8.

    Q = diag(π)^{−1/2} E[p pᵀ] diag(π)^{−1/2} is the Gram matrix of √P(z) p_y(z)/√π_y. Its first eigenvector √π is
    taken out exactly, and the others are found as singular vectors: small eigenvalues keep their digits.
    """
    weight, log_law = view_law(law, states_of(law.topics.shape[1], words))
    live = law.prior > 0
    root = np.sqrt(law.prior[live])
    others = _complement(root)
    count = others.shape[1]
    # The prior is the mean of p and lies outside `others`; less of it leaves more digits.
    scaled = np.sqrt(weight)[:, None] * ((np.exp(log_law[:, live]) - law.prior[live]) / root @ others)
    features = np.zeros((len(law.prior), count + 1))
    features[live, 0] = 1.0
    spectrum = np.zeros(count)
    if count:
        # A view with fewer count vectors than topics leaves directions out unless the right factor is completed.
        values, vectors = np.linalg.svd(scaled, full_matrices=len(scaled) < count)[1:]
        spectrum[: len(values)] = np.minimum(values**2, 1.0)
        features[live, 1:] = (others @ vectors.T) / root[:, None]
    return spectrum, features


def _complement(unit: Float) -> Float:
    """An orthonormal basis of the complement of a unit vector, shape (M, M − 1), by a Householder reflection."""
    mirror = unit.copy()
    mirror[0] += 1.0
    reflection: Float = np.eye(len(unit)) - np.outer(mirror, mirror) / mirror[0]
    return reflection[:, 1:]
