"""What can be enumerated? The finite law of two count vectors, and the spectrum of its kernel (F5)."""

import numpy as np

from simsuff.models.finite import SMALLEST_MARGINAL, FiniteModel
from simsuff.models.topic_counts import STATE_LIMIT, count_vectors
from simsuff.models.topic_law import TopicLaw, entropy
from simsuff.numerics.validation import Float, Integer

# An (S, S) table of doubles takes 32 MB here, and a divergence a second and ten such tables.
TABLE_LIMIT = 2_000

TABLE_WAY_OUT = "use information_estimate, shorten the views, merge words, or raise the limit of to_finite"
LIST_WAY_OUT = "shorten the views or merge words; the pmi and information_estimate know no limit"


def table_states(vocabulary: int, words: int, limit: int) -> Integer:
    """The count vectors of a view, or the house's error where a table of them is too large."""
    return count_vectors(words, vocabulary, limit, TABLE_WAY_OUT)


def states_of(vocabulary: int, words: int) -> Integer:
    """The count vectors of a view, for sums over a single view."""
    return count_vectors(words, vocabulary, STATE_LIMIT, LIST_WAY_OUT)


def finite_model(law: TopicLaw, words: int, limit: int) -> FiniteModel:
    """The table of two views given the topic; count vectors of probability below 1e-308 get probability 0."""
    states = table_states(law.topics.shape[1], words, limit)
    channel = law.channel(states)
    channel[:, law.prior @ channel < SMALLEST_MARGINAL] = 0.0
    return FiniteModel.from_views(law.prior, channel)


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

    Q = diag(π)^{−1/2} E[p pᵀ] diag(π)^{−1/2} is the Gram matrix of √P(z) p_y(z)/√π_y; the first eigenvector √π is
    taken out exactly, and the others are singular vectors of the centred matrix, so that small eigenvalues keep
    their digits.
    """
    weight, log_law = view_law(law, states_of(law.topics.shape[1], words))
    live = law.prior > 0
    root = np.sqrt(law.prior[live])
    centred = np.sqrt(weight)[:, None] * (np.exp(log_law[:, live]) - law.prior[live]) / root
    # A view with fewer count vectors than topics leaves directions out unless the right factor is completed.
    values, vectors = np.linalg.svd(centred, full_matrices=len(centred) < len(root))[1:]
    count = len(root) - 1
    spectrum = np.zeros(count)
    spectrum[: min(count, len(values))] = np.minimum(values[:count] ** 2, 1.0)
    features = np.zeros((len(law.prior), len(root)))
    features[live, 0] = 1.0
    features[live, 1:] = (vectors[:count] / root).T
    return spectrum, features
