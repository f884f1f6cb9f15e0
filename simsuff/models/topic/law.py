"""Which topic wrote this document? Likelihoods and posteriors in the log domain, zero-probability words included."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from simsuff.models.topic.counts import Counts, weighted
from simsuff.numerics.validation import Float, Integer, refuse


class LogPosterior(NamedTuple):
    """log P(y | z), shape (n, M), and log Σ_y π_y Π_w β_yw^c_w (the likelihood of the words in order), shape (n,)."""

    values: Float
    evidence: Float


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
        values = weighted(counts, self._log_words)
        if self._lacking is not None:
            values[weighted(counts, self._lacking) > 0] = -np.inf
        return values

    def log_posterior(self, argument: str, counts: Counts) -> LogPosterior:
        """log P(y | z) of each row.

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
        rest = np.log1p(others.sum(axis=1))
        return LogPosterior(joint - top - rest[:, None], top[:, 0] + rest)

    def channel(self, counts: Integer) -> Float:
        """P(z | y) of count vectors with one common total, shape (M, states), rows summing to one."""
        coefficient = gammaln(counts.sum(axis=1) + 1.0) - gammaln(counts + 1.0).sum(axis=1)
        law = np.exp(self.log_likelihood(counts).T + coefficient)
        normalised: Float = law / law.sum(axis=1, keepdims=True)
        return normalised


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
