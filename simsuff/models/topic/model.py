"""Topic models: the views are two disjoint halves of a document, words iid given a latent topic (F); random topics."""

from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.models.base import Pairs
from simsuff.models.finite.model import SMALLEST_MARGINAL, FiniteModel
from simsuff.models.topic.base import LabelledPairs, TopicViews
from simsuff.models.topic.counts import Counts, tallied
from simsuff.models.topic.estimates import Interval, kl_interval
from simsuff.models.topic.law import aligned_log_ratio, kernel_spectrum, log_ratio
from simsuff.models.topic.maps import PosteriorMap
from simsuff.models.topic.sampling import HalvesDraws, draw_given
from simsuff.numerics.validation import (
    Float,
    Integer,
    RNGLike,
    generator,
    guess,
    integer,
    plain_array,
    positive,
    require,
    require_all,
)

# How much of a topic's mass is its own: the rest is a background that all topics share.
SEPARATIONS = {"separated": 1.0, "overlapping": 0.5, "nearly_identical": 0.01}


class TopicModel(TopicViews):
    """y ~ `prior`, words iid from `topics`[y]; the views are two disjoint halves of a document, N words each.

    Documents of any length are scored, also empty ones (their posterior is the prior, their pmi 0).

    Parameters
    ----------
    topics : β, shape (M, V), rows sum to one; zeros allowed.
    prior : π, shape (M,); zeros allowed.
    words_per_view : N ≥ 1.

    Raises
    ------
    ValueError : for NaN, negative or unnormalised laws, a prior of another length, N < 1.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> model = ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], prior=[0.5, 0.5], words_per_view=4)
    >>> model.posterior([[3, 1]]).round(6)
    array([[0.941176, 0.058824]])
    >>> round(float(model.information("kl")), 6)
    0.339533
    >>> views = model.sample(100, np.random.default_rng(0))  # word counts
    >>> views.z1.shape
    (100, 2)
    """

    @classmethod
    def random(
        cls,
        topics: int,
        vocabulary: int,
        words_per_view: int,
        rng: RNGLike,
        separation: float | str = "overlapping",
        concentration: float = 1.0,
        prior: ArrayLike | None = None,
    ) -> Self:
        """Random topics, see `random_topics`; the prior is uniform unless given."""
        laws = random_topics(topics, vocabulary, rng, separation, concentration)
        return cls(laws, np.full(topics, 1 / topics) if prior is None else prior, words_per_view)

    @property
    def largest_ratio(self) -> float:
        """1/π_min over topics with mass, which bounds r for every N (F2)."""
        return float(1 / self.prior[self.prior > 0].min())

    @property
    def document_words(self) -> int:
        """2N: the document is both halves."""
        return 2 * self.words_per_view

    def __repr__(self) -> str:
        shape = f"topics={len(self.prior)}, vocabulary={self.vocabulary}"
        return f"{type(self).__name__}({shape}, words_per_view={self.words_per_view})"

    def with_words(self, words_per_view: int) -> Self:
        """The same topics with views of another length."""
        return type(self)(self.topics, self.prior, words_per_view)

    def sample_labelled(self, n: int, rng: RNGLike, sparse: bool | None = None) -> LabelledPairs:
        """The views of `n` documents with their topics."""
        words, topics = self._documents(n, 2 * self.words_per_view, generator("rng", rng))
        is_sparse = self._is_sparse(sparse)
        first, second = (tallied(half, self.vocabulary, is_sparse) for half in np.split(words, 2, axis=1))
        return LabelledPairs(Pairs(first, second), topics)

    @property
    def draws(self) -> HalvesDraws:
        """What a compiled loop needs to draw from this law."""
        return HalvesDraws(*self._tables, self.words_per_view)

    def sample_given(self, topics: Integer, rng: RNGLike, sparse: bool | None = None) -> Counts:
        """One view about each of the given topics, counts (n, V); `topics` holds indices in [0, M), shape (n,)."""
        known = plain_array(topics, np.int64)
        inside, last = (known >= 0) & (known < len(self.prior)), len(self.prior) - 1
        require_all(inside, "topics", known, f"lie in [0, {last}]", "number the topics from 0")
        words = np.empty((len(known), self.words_per_view), dtype=np.int32)
        draw_given(generator("rng", rng), known, self._tables[1], words)
        return tallied(words, self.vocabulary, self._is_sparse(sparse))

    def pmi(self, z1: Counts, z2: Counts) -> Float:
        """log r(z₁, z₂) of aligned pairs in nats, shape (n,) (F1); −inf where no topic can have written both."""
        first, second = self._log_posterior("z1", z1), self._log_posterior("z2", z2)
        return aligned_log_ratio(first, second, self._law.log_prior)

    def pmi_table(self, z1: Counts, z2: Counts) -> Float:
        """log r of each pair (z1_i, z2_j), shape (n1, n2)."""
        first, second = self._log_posterior("z1", z1), self._log_posterior("z2", z2)
        return np.stack([log_ratio(row, second, self._law.log_prior) for row in first])

    def _enumerated(self, states: Integer) -> FiniteModel:
        """The latent x of the table is the topic, over topics with mass.

        Count vectors of probability below 1e-308 get probability 0.
        """
        live = self.prior > 0
        prior, channel = self.prior[live], self._law.channel(states)[live]
        channel[:, prior @ channel < SMALLEST_MARGINAL] = 0.0
        return FiniteModel.from_views(prior, channel / channel.sum(axis=1, keepdims=True))

    def information_interval(self, n: int, rng: RNGLike, level: float = 0.01) -> Interval:
        """An interval that holds I_KL(z₁; z₂) with probability 1 − `level` at least, from `n` documents (F4)."""
        return kl_interval(self, n, generator("rng", rng), level)

    @property
    def canonical_correlations(self) -> Float:
        """The singular values of r − 1, decreasing, shape (M − 1,): the eigenvalues of Q but the first, 1 (F5).

        M counts the topics with mass. Raises as `topic_entropy`.
        """
        return self._spectrum[0]

    def optimal_encoder(self, k: int) -> PosteriorMap:
        """E8: the k-dimensional minimiser (√λ_i φ_i) of the spectral loss, a linear map of the posterior.

        Raises
        ------
        ValueError : unless 1 ≤ k ≤ the number of topics with mass, the rank of the kernel; else as `topic_entropy`.
        """
        rank = int((self.prior > 0).sum())
        width = integer("k", k, 1, "the kernel has one singular value for each topic with mass", high=rank)
        return PosteriorMap(self._law, self._spectrum[1][:, :width], constant_first=True)

    @cached_property
    def _spectrum(self) -> tuple[Float, Float]:
        return kernel_spectrum(self._law, self.words_per_view)


def random_topics(
    topics: int,
    vocabulary: int,
    rng: RNGLike,
    separation: float | str = "overlapping",
    concentration: float = 1.0,
) -> Float:
    """Topics (M, V): `separation` of the mass on words of the topic's own, the rest on a shared background.

    Words are dealt to topics in turn (word w belongs to topic w mod M); own mass and background are Dirichlet.

    Parameters
    ----------
    separation : in [0, 1], or "separated" (1, disjoint supports), "overlapping" (½), "nearly_identical" (0.01).
    concentration : of the Dirichlet laws; small values give few frequent words.

    Raises
    ------
    ValueError : for an unknown or outlying separation, and fewer words than topics.
    """
    count = integer("topics", topics, 1, "use at least one topic")
    words = integer("vocabulary", vocabulary, count, "each topic needs a word of its own")
    share = SEPARATIONS.get(separation, separation) if isinstance(separation, str) else separation
    good = isinstance(share, int | float | np.number) and 0 <= share <= 1
    allowed = f"lie in [0, 1] or be one of {', '.join(SEPARATIONS)}"
    hint = guess(separation, SEPARATIONS) + "1 gives disjoint topics, 0 identical ones"
    require(good, "separation", separation, allowed, hint)
    share, source = float(share), generator("rng", rng)
    alpha = positive("concentration", concentration, "1 is uniform on the simplex")
    own = np.arange(words)[None, :] % count == np.arange(count)[:, None]
    background = _dirichlet(np.ones((1, words), dtype=bool), alpha, source)
    return (1 - share) * background + share * _dirichlet(own, alpha, source)


def _dirichlet(support: np.ndarray[Any, np.dtype[np.bool_]], alpha: float, rng: np.random.Generator) -> Float:
    """Rows that are Dirichlet on their support; 1e-12 keeps the least likely word away from underflow."""
    weights = np.where(support, rng.gamma(alpha, size=support.shape) + 1e-12, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
