"""Likelihoods, posteriors and laws of count vectors in the log domain; entropies and spectra by enumeration (F4, F5)."""

from functools import cached_property

import numpy as np
from scipy.special import gammaln

from simsuff.models.topic.counts import Counts, count_vectors
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float, Integer, refuse, require

# An (S, S) table of doubles takes 32 MB here; a divergence with its rounding bound takes seconds and a gigabyte.
TABLE_LIMIT = 2_000

TABLE_WAY_OUT = "use information_estimate, shorten the views, merge words, or raise the limit of to_finite"


class TopicLaw:
    """Words are iid from `topics`[y] (M, V) given the topic y ~ `prior` (M,)."""

    def __init__(self, topics: Float, prior: Float) -> None:
        self.topics, self.prior = topics, prior

    @cached_property
    def log_prior(self) -> Float:
        """log π, −inf for a topic without mass."""
        with np.errstate(divide="ignore"):
            values: Float = np.log(self.prior)
        return values

    @cached_property
    def _log_words(self) -> Float:
        """log β transposed (V, M), 0 for words without mass, which `_lacking` counts apart: 0 · −inf is NaN."""
        return np.ascontiguousarray(np.log(np.where(self.topics > 0, self.topics, 1.0)).T)

    @cached_property
    def _lacking(self) -> Float | None:
        lacking = self.topics == 0
        return np.ascontiguousarray(lacking.T, dtype=np.float64) if lacking.any() else None

    def log_likelihood(self, counts: Counts) -> Float:
        """Σ_w c_w log β_yw, shape (n, M); −inf where a topic lacks one of the words."""
        values = np.asarray(counts @ self._log_words, dtype=np.float64)
        if self._lacking is not None:
            values[counts @ self._lacking > 0] = -np.inf
        return values

    def log_posterior(self, argument: str, counts: Counts) -> Float:
        """log P(y | z) of each row, shape (n, M).

        Raises
        ------
        ValueError : for a document that no topic can have written.
        """
        joint = self.log_likelihood(counts) + self.log_prior
        top = joint.max(axis=1, keepdims=True)
        impossible = np.flatnonzero(top == -np.inf)
        if impossible.size:
            shown = f"document {int(impossible[0])} of {argument} has probability 0 under each topic"
            way_out = "mix a little mass of every word into the topics"
            raise refuse(argument, f"{argument} = ({shown})", "be possible under some topic", way_out)
        # The mass beside the likeliest topic, apart: 1 + rest would lose a rest below 1e-16, and with it log P.
        others = np.exp(joint - top)
        np.put_along_axis(others, joint.argmax(axis=1)[:, None], 0.0, axis=1)
        return np.asarray(joint - top - np.log1p(others.sum(axis=1))[:, None])

    def doubt(self, words: int) -> float:
        """A bound on the relative error of the probability of a count vector of `words` words: of what exp rounds."""
        largest = -float(np.log(self.topics[self.topics > 0]).min())
        return 4 * UNIT * (4 + words * largest + 2 * float(gammaln(words + 1.0)))

    def channel(self, counts: Integer) -> Float:
        """P(z | y) of count vectors with one common total, shape (M, states), rows summing to one."""
        coefficient = gammaln(counts.sum(axis=1) + 1.0) - gammaln(counts + 1.0).sum(axis=1)
        law = np.exp(self.log_likelihood(counts).T + coefficient)
        return np.asarray(law / law.sum(axis=1, keepdims=True))


def log_ratio(first: Float, second: Float, log_prior: Float) -> Float:
    """F1: log Σ_y p_y(z₁) p_y(z₂)/π_y from log posteriors that broadcast, over topics with mass; −inf where r = 0."""
    live = log_prior > -np.inf
    terms = first[..., live] + second[..., live] - log_prior[live]
    top = terms.max(axis=-1, keepdims=True)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        values: Float = safe[..., 0] + np.log(np.exp(terms - safe).sum(axis=-1))
    return values


def entropy(log_law: Float) -> Float:
    """−Σ p log p of each row of log probabilities, in nats."""
    law = np.exp(log_law)
    values: Float = -np.where(law > 0, law * np.where(law > 0, log_law, 0.0), 0.0).sum(axis=-1)
    return values + 0.0


def aligned_log_ratio(first: Float, second: Float, log_prior: Float) -> Float:
    """`log_ratio` of aligned pairs, shape (n,), from log posteriors (n, M).

    Raises
    ------
    ValueError : where one view has more rows than the other.
    """
    shown, allowed = f"rows = {len(second)}", f"have the {len(first)} rows of z1"
    require(len(first) == len(second), "z2", shown, allowed, "pass aligned pairs")
    return log_ratio(first, second, log_prior)


def view_law(law: TopicLaw, words: int) -> tuple[Float, Float]:
    """The count vectors of `words` words that occur: their probabilities (s,) and log posteriors (s, M)."""
    states = count_vectors(words, law.topics.shape[1])
    weight = law.prior @ law.channel(states)
    used = weight > 0
    return weight[used], law.log_posterior("states", states[used])


def topic_entropy(law: TopicLaw, words: int) -> Bounded:
    """H(y | z) of a view of `words` words, in nats, by enumeration (F4)."""
    weight, log_law = view_law(law, words)
    value = float(weight @ entropy(log_law))
    # The likeliest topic has −log p = log(1 + Σ others), as well known as the probabilities of the others.
    sizes = np.exp(log_law) * np.where(np.isfinite(log_law), 2 - log_law, 0.0)
    others = np.sort(sizes, axis=1)[:, :-1].sum(axis=1) + (1 - np.exp(log_law.max(axis=1)))
    units = law.doubt(words) + (len(weight) + len(law.prior)) * UNIT
    return Bounded(value, units * (value + 2 * float(weight @ others)))


def kernel_spectrum(law: TopicLaw, words: int) -> tuple[Float, Float]:
    """The eigenvalues of Q after the first, and the weights W (M, rank) with √λ_i φ_i = p W of E8.

    Q = diag(π)^{−1/2} E[p pᵀ] diag(π)^{−1/2} is the Gram matrix of √P(z) p_y(z)/√π_y. Its first eigenvector √π is
    taken out exactly, and the others are found as singular vectors: small eigenvalues keep their digits.
    """
    weight, log_law = view_law(law, words)
    live = law.prior > 0
    root = np.sqrt(law.prior[live])
    # An orthonormal basis of the complement of the unit vector √π, by a Householder reflection.
    mirror = root.copy()
    mirror[0] += 1.0
    others = (np.eye(len(root)) - np.outer(mirror, mirror) / mirror[0])[:, 1:]
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
