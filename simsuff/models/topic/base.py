"""What all laws of two views of a document share: topics, representation, posteriors, and exactness by enumeration."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences import Divergence
from simsuff.divergences.catalogue import as_divergence
from simsuff.models.base import Pairs
from simsuff.models.finite import FiniteModel
from simsuff.models.finite.tables import Statistic, groups
from simsuff.models.topic.counts import (
    DENSE_VOCABULARY,
    Counts,
    as_counts,
    check_states,
    count_vectors,
    represented,
)
from simsuff.models.topic.estimates import information_estimate
from simsuff.models.topic.law import TABLE_LIMIT, TABLE_WAY_OUT, TopicLaw, topic_entropy
from simsuff.models.topic.maps import LogOdds, PosteriorMap
from simsuff.models.topic.sampling import AliasTables, Words, alias_tables, draw_documents
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import UNIT, Bounded, Estimate, error_of
from simsuff.numerics.validation import (
    Float,
    Integer,
    RNGLike,
    generator,
    integer,
    plain_array,
    probabilities,
    require,
)
from simsuff.numerics.validation import channel as stochastic


class LabelledPairs(NamedTuple):
    """Views of n documents and the topic of each, int64 of shape (n,)."""

    pairs: Pairs
    topics: Integer


class CountViews(Shown, ABC):
    """Two views that are rows of word counts: exact numbers by enumeration of all of them, estimates by sampling."""

    @abstractmethod
    def to_finite(self, limit: int = TABLE_LIMIT) -> FiniteModel:
        """The law of the two count vectors as a table."""

    @property
    @abstractmethod
    def _finite(self) -> FiniteModel:
        """`to_finite` without a limit."""

    @abstractmethod
    def _on_symbols(self, statistic: Any) -> Statistic:
        """The statistic as labels, or as a function, of the symbols of `to_finite()`."""

    @property
    @abstractmethod
    def doubt(self) -> float:
        """A bound on the relative error of the probabilities in `to_finite()`."""

    def information(self, div: Divergence | str) -> Bounded:
        """I_f(z₁; z₂) in nats, by enumeration; raises as `to_finite` (use `information_estimate` then).

        Its error covers the rounding of the enumerated probabilities and of the sum over them.
        """
        return self._blurred(self.to_finite().information(div))

    information_bounded = information

    def information_estimate(self, div: Divergence | str, n: int, rng: RNGLike) -> Estimate:
        """An unbiased, signed Monte Carlo estimate of I_f(z₁; z₂) from `n` documents, for models of any size."""
        return information_estimate(self, as_divergence(div), n, generator("rng", rng))

    def sufficiency(self, statistic: Any, div: Divergence | str) -> Bounded:
        """Suff_f(T) in nats, by enumeration, for a callable on counts (of z₁) or labels of the rows of its `states`.

        Raises
        ------
        ValueError : as `to_finite` and `FiniteModel.sufficiency`.
        """
        return self._blurred(self.to_finite().sufficiency(self._on_symbols(statistic), div))

    def _blurred(self, found: float) -> Bounded:
        """A number of the finite model, whose error counts the rounding of r in it, with that of its table besides."""
        rounding = (sum(self._finite.shape) + 2) * UNIT
        return Bounded(found, error_of(found) * (1 + 4 * self.doubt / rounding))


class TopicViews(CountViews, ABC):
    """Two exchangeable views of a document whose words are iid from `topics`[y], y ~ `prior`; N words each.

    A document or view is a row of word counts. Samples are int64 arrays (n, V) for vocabularies of up to
    `DENSE_VOCABULARY` words and `scipy.sparse.csr_array` (n, V) with int64 data beyond (sorted indices, no
    duplicates, no stored zeros); every method takes either.

    Raises
    ------
    ValueError : for NaN, negative or unnormalised laws, a prior of another length, N < 1.
    """

    def __init__(self, topics: ArrayLike, prior: ArrayLike, words_per_view: int) -> None:
        laws = stochastic("topics", topics)
        weights = probabilities("prior", prior, ndim=1)
        shown, allowed = f"shape = {weights.shape}", f"have shape ({len(laws)},)"
        require(len(weights) == len(laws), "prior", shown, allowed, "give one probability for each topic")
        self._law = TopicLaw(laws, weights)
        self.words_per_view = integer("words_per_view", words_per_view, 1, "a view holds at least one word")

    def _facts(self) -> Mapping[str, Any]:
        sizes = {"topics": len(self.prior), "vocabulary": self.vocabulary}
        words = {"words of a view": self.words_per_view, "words of a document": self.document_words}
        return {**sizes, **words, "prior": self.prior}

    @property
    def topics(self) -> Float:
        """β, shape (M, V)."""
        return self._law.topics

    @property
    def prior(self) -> Float:
        """π, shape (M,)."""
        return self._law.prior

    @property
    def vocabulary(self) -> int:
        """V, the number of words."""
        return int(self.topics.shape[1])

    @property
    @abstractmethod
    def document_words(self) -> int:
        """How many words the document x of a pair has."""

    @abstractmethod
    def sample_labelled(self, n: int, rng: RNGLike, sparse: bool | None = None) -> LabelledPairs:
        """The views of `n` documents with their topics."""

    def capacity(self, n: int) -> tuple[int, int]:
        """The most entries that `n` rows of either view have, for buffers of sparse rows."""
        return n * self.words_per_view, n * self.words_per_view

    @abstractmethod
    def pmi(self, z1: Counts, z2: Counts) -> Float:
        """log r(z₁, z₂) of aligned pairs in nats, shape (n,)."""

    @abstractmethod
    def _enumerated(self, states: Integer) -> FiniteModel:
        """The law of two of the count vectors `states`, shape (S, V), as a table."""

    def to_finite(self, limit: int = TABLE_LIMIT) -> FiniteModel:
        """The law of two count vectors as a table: symbols are the rows of `states`, its latent x is the source.

        The source is the topic (of those with mass) for `TopicModel`, the document for `SubsampledTopicModel`.

        Raises
        ------
        ValueError : when a view has more than `limit` count vectors, with their number.
        """
        check_states(self.words_per_view, self.vocabulary, limit, TABLE_WAY_OUT)
        return self._finite

    def sample(self, n: int, rng: RNGLike, sparse: bool | None = None) -> Pairs:
        """The views of `n` documents, counts (n, V); `sparse` overrides the representation, not the draws."""
        return self.sample_labelled(n, rng, sparse).pairs

    def posterior(self, counts: Counts) -> Float:
        """P(y | z), shape (n, M), for counts (n, V) of any length; the prior for an empty document.

        Raises
        ------
        ValueError : for counts of another shape or type, and documents that no topic can have written.
        """
        return np.exp(self.log_posterior(counts))

    def log_posterior(self, counts: Counts) -> Float:
        """log P(y | z), shape (n, M), −inf where a topic lacks one of the words; raises as `posterior`."""
        return self._log_posterior("counts", counts)

    @property
    def states(self) -> Counts:
        """The count vectors of a view, shape (S, V): row i is symbol i of `to_finite()`.

        Raises
        ------
        ValueError : when there are more than `models.topic.counts.STATE_LIMIT`.
        """
        return represented(count_vectors(self.words_per_view, self.vocabulary))

    def state_law(self, words: int | None = None) -> Float:
        """P(z | y) of the count vectors of `words` words (default: one view), shape (M, S); raises as `states`."""
        length = self.words_per_view if words is None else words
        return self._law.channel(count_vectors(length, self.vocabulary))

    @property
    def doubt(self) -> float:
        """A bound on the relative error of the probabilities in `to_finite()`."""
        return self._law.doubt(self.document_words)

    def reduced(self, statistic: Any) -> FiniteModel:
        """The model of (T(z₁), z₂) as a finite model; z₂ stays a count vector. Raises as `sufficiency`."""
        return self.to_finite().reduced(self._on_symbols(statistic))

    def swapped(self) -> Self:
        """The model of (z₂, z₁): the views are exchangeable."""
        return self

    def rescaled_posterior(self) -> PosteriorMap:
        """F1: the encoder z ↦ (p_y(z)/√π_y)_y, whose inner products are r for disjoint halves."""
        root = np.sqrt(self.prior)
        return PosteriorMap(self._law, np.diag(np.where(root > 0, 1 / np.where(root > 0, root, 1.0), 0.0)))

    def log_odds(self) -> LogOdds:
        """F3: the log-likelihood ratios, sufficient for the topic."""
        return LogOdds(self._law)

    def topic_entropy(self, words: int | None = None) -> Bounded:
        """H(y | z) in nats of `words` words (default: one view), by enumeration of their count vectors (F4).

        Raises
        ------
        ValueError : when there are more than `models.topic.counts.STATE_LIMIT`.
        """
        return topic_entropy(self._law, self.words_per_view if words is None else words)

    @property
    def augmentation_error(self) -> Bounded:
        """ε_KL = I(y; x | z) = H(y | view) − H(y | document) in nats (F4); raises as `topic_entropy`."""
        return self.topic_entropy() - self.topic_entropy(self.document_words)

    def classes(self, statistic: Any) -> Integer:
        """The labels 0, 1, … of the values of a statistic on the rows of `states`, shape (S,); as `sufficiency`."""
        return groups("statistic", self._on_symbols(statistic), self._finite.shape[0])

    @cached_property
    def _finite(self) -> FiniteModel:
        return self._enumerated(count_vectors(self.words_per_view, self.vocabulary))

    @cached_property
    def _tables(self) -> tuple[AliasTables, AliasTables]:
        return alias_tables(self.prior[None, :]), alias_tables(self.topics)

    def _log_posterior(self, argument: str, counts: Counts) -> Float:
        return self._law.log_posterior(argument, as_counts(argument, counts, self.vocabulary))

    def _documents(self, n: int, length: int, rng: np.random.Generator) -> tuple[Words, Integer]:
        """Words (n, length) and topics (n,) of n documents."""
        count = integer("n", n, 1, "draw at least one document")
        words, topics = np.empty((count, length), dtype=np.int32), np.empty(count, dtype=np.int64)
        draw_documents(rng, *self._tables, topics, words)
        return words, topics

    def _is_sparse(self, wish: bool | None) -> bool:
        return self.vocabulary > DENSE_VOCABULARY if wish is None else wish

    def _on_symbols(self, statistic: Any) -> Statistic:
        """The statistic as a function of symbols; it is asked only about count vectors that occur."""
        if not callable(statistic):
            return plain_array(statistic)
        used = self.to_finite().marginal1 > 0
        values = plain_array(statistic(self.states[np.flatnonzero(used)]))
        shown, allowed = (
            f"shape of its values = {values.shape}",
            f"return {used.sum()} values for as many rows",
        )
        good = values.ndim >= 1 and len(values) == used.sum()
        require(good, "statistic", shown, allowed, "vectorise it over documents")
        everywhere = np.repeat(values[:1], len(used), axis=0)
        everywhere[used] = values
        return lambda _: everywhere
