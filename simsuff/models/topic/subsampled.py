"""Topic models whose views are overlapping random sub-samples of one document: views iid given the document (F6).

The pmi has a factor for each topic, a generating polynomial of the ways in which two views can share words.
"""

import math
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.special import gammaln

from simsuff.kernels.jit import jit
from simsuff.models.base import Pairs
from simsuff.models.finite import FiniteModel
from simsuff.models.topic.base import LabelledPairs, TopicViews
from simsuff.models.topic.counts import Counts, as_counts, count_vectors, represented, tallied
from simsuff.models.topic.law import log_ratio
from simsuff.models.topic.maps import StateMap
from simsuff.models.topic.sampling import SubsetsDraws, draw_subsets
from simsuff.numerics.numbers import UNIT
from simsuff.numerics.validation import Float, Integer, RNGLike, generator, integer, refuse, require

# Documents rarer than this are left out of the table: their views would have probabilities near underflow.
SMALLEST_DOCUMENT = 1e-250

# A (documents, views) table of doubles takes 160 MB here.
CHANNEL_LIMIT = 20_000_000


class SubsampledTopicModel(TopicViews):
    """A document of L words from one topic; each view keeps N of them, drawn without replacement and independently.

    The views are iid given the document x, so that C1 holds with its sharp constants; they share words, so that the
    pmi has a part of the document beyond its topic. The dropout rate 1 − N/L is the knob of the augmentation error.

    Parameters
    ----------
    topics, prior, words_per_view : as in `TopicModel`.
    document_length : L ≥ N.

    Raises
    ------
    ValueError : as `TopicModel`, and for views longer than the document.

    Examples
    --------
    >>> import simsuff as ss
    >>> topics, prior = [[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5]
    >>> model = ss.SubsampledTopicModel(topics, prior, words_per_view=2, document_length=6)
    >>> halves = ss.TopicModel(topics, prior, words_per_view=2)
    >>> model.information("kl") > halves.information("kl")  # the views share words
    True
    """

    def __init__(
        self, topics: ArrayLike, prior: ArrayLike, words_per_view: int, document_length: int
    ) -> None:
        super().__init__(topics, prior, words_per_view)
        self.document_length = integer("document_length", document_length, 1, "a document holds a word")
        shown = f"words_per_view = {self.words_per_view}, document_length = {self.document_length}"
        fits = self.words_per_view <= self.document_length
        way_out = "keep fewer words or draw longer documents"
        require(fits, "words_per_view", shown, "be at most document_length", way_out)

    @classmethod
    def with_dropout(
        cls, topics: ArrayLike, prior: ArrayLike, document_length: int, dropout_rate: float
    ) -> "SubsampledTopicModel":
        """Views that keep the share 1 − `dropout_rate` of the words, rounded to whole words, at least one."""
        rate_is_good = isinstance(dropout_rate, int | float | np.number) and 0 <= dropout_rate < 1
        require(rate_is_good, "dropout_rate", dropout_rate, "lie in [0, 1)", "0 keeps the whole document")
        length = integer("document_length", document_length, 1, "a document holds a word")
        return SubsampledTopicModel(topics, prior, max(1, round((1 - dropout_rate) * length)), length)

    @property
    def dropout_rate(self) -> float:
        """1 − N/L."""
        return 1 - self.words_per_view / self.document_length

    @property
    def document_words(self) -> int:
        """L."""
        return self.document_length

    @property
    def doubt(self) -> float:
        """As of `TopicViews`, and of the sub-samples."""
        return super().doubt + 8 * self.document_length * UNIT

    def __repr__(self) -> str:
        shape = f"topics={len(self.prior)}, vocabulary={self.vocabulary}"
        lengths = f"words_per_view={self.words_per_view}, document_length={self.document_length}"
        return f"{type(self).__name__}({shape}, {lengths})"

    def sample_labelled(self, n: int, rng: RNGLike, sparse: bool | None = None) -> LabelledPairs:
        """The views of `n` documents with their topics."""
        source = generator("rng", rng)
        documents, topics = self._documents(n, self.document_length, source)
        views = []
        for _ in range(2):
            words = np.empty((len(documents), self.words_per_view), dtype=np.int32)
            draw_subsets(source, documents, words)
            views.append(tallied(words, self.vocabulary, self._is_sparse(sparse)))
        return LabelledPairs(Pairs(*views), topics)

    @property
    def draws(self) -> SubsetsDraws:
        """What a compiled loop needs to draw from this law."""
        return SubsetsDraws(*self._tables, self.words_per_view, self.document_length)

    def pmi(self, z1: Counts, z2: Counts) -> Float:
        """log r(z₁, z₂) of aligned pairs in nats, shape (n,), for views of N words each; −inf where r = 0.

        r = Σ_y p_y(z₁) p_y(z₂)/π_y · G_y, where G_y counts in how many ways the views can share words.
        Polynomial in N, so exact for any vocabulary.

        Raises
        ------
        ValueError : as `posterior`, for views of another length than N, and unequal numbers of rows.
        """
        first, second = self._view("z1", z1), self._view("z2", z2)
        shown, allowed = f"rows = {second.shape[0]}", f"have the {first.shape[0]} rows of z1"
        require(first.shape[0] == second.shape[0], "z2", shown, allowed, "pass aligned pairs")
        left, right = self._log_posterior("z1", first), self._log_posterior("z2", second)
        factors = np.empty(left.shape)
        weights = log_overlap_weights(self.document_length, self.words_per_view)
        overlap_factors(*_rows(first), *_rows(second), self._log_topics, weights, factors)
        return log_ratio(left + factors, right, self._law.log_prior)

    @property
    def documents(self) -> Counts:
        """The count vectors of a document, shape (S_L, V): row i is the latent symbol i of `to_finite()`."""
        return represented(count_vectors(self.document_length, self.vocabulary))

    def _enumerated(self, states: Integer) -> FiniteModel:
        """The latent x of the table is the document, a row of `documents`; refused where documents are too many."""
        documents = count_vectors(self.document_length, self.vocabulary)
        size = len(documents) * len(states)
        shown = f"{len(documents)} documents x {len(states)} views = {size}"
        way_out = "shorten the document, or use pmi and information_estimate, which know no limit"
        allowed = f"leave at most {CHANNEL_LIMIT} cells"
        require(size <= CHANNEL_LIMIT, "document_length", shown, allowed, way_out)
        law = self.prior @ self._law.channel(documents)
        law[law < SMALLEST_DOCUMENT] = 0.0
        return FiniteModel.from_views(law / law.sum(), subset_channel(documents, states))

    @property
    def canonical_correlations(self) -> Float:
        """The singular values of r − 1, decreasing, by enumeration; raises as `to_finite`."""
        return self.to_finite().canonical_correlations

    def optimal_encoder(self, k: int) -> StateMap:
        """E8: the k-dimensional minimiser of the spectral loss, a table on the count vectors of a view.

        Raises
        ------
        ValueError : unless 1 ≤ k ≤ the number of states; else as `to_finite`.
        """
        states = count_vectors(self.words_per_view, self.vocabulary)
        return StateMap(states, self.to_finite().optimal_encoder(k).table)

    @cached_property
    def _log_topics(self) -> Float:
        with np.errstate(divide="ignore"):
            return np.ascontiguousarray(np.log(self.topics))

    def _view(self, argument: str, counts: Counts) -> sparse.csr_array:
        rows = sparse.csr_array(as_counts(argument, counts, self.vocabulary))
        totals = np.asarray(rows.sum(axis=1))
        wrong = np.flatnonzero(totals != self.words_per_view)
        if wrong.size:
            shown = f"words of row {int(wrong[0])} = {int(totals[wrong[0]])}"
            raise refuse(argument, shown, f"have {self.words_per_view} words in each row", "pass whole views")
        return rows


def subset_channel(documents: Integer, views: Integer) -> Float:
    """P(view | document) ∝ Π_w C(x_w, z_w), shape (documents, views), rows summing to one."""
    length, kept = int(documents[0].sum()), int(views[0].sum())
    # C(x, z) s^z (1 − s)^{x − z}, whose product differs by a constant factor and stays in the range of doubles.
    share, choose = kept / length, np.zeros((length + 1, kept + 1))
    choose[0, 0] = 1.0
    for x in range(1, length + 1):
        choose[x] = (1 - share) * choose[x - 1]
        choose[x, 1:] += share * choose[x - 1, :-1]
    law = np.ones((len(documents), len(views)))
    for word in range(documents.shape[1]):
        law *= choose[documents[:, word]][:, views[:, word]]
    return np.asarray(law / law.sum(axis=1, keepdims=True))


def _rows(table: sparse.csr_array) -> tuple[Integer, Integer, Integer]:
    return table.indptr.astype(np.int64), table.indices.astype(np.int64), table.data.astype(np.int64)


def log_overlap_weights(length: int, kept: int) -> Float:
    """log of P(k) k! (N − k)!²/N!², k = 0, …, N: P(k) is the chance that two N-subsets of L words share k.

    −inf where k shared words are impossible (k < 2N − L).
    """
    k = np.arange(kept + 1)
    outside = length - 2 * kept + k
    possible = outside >= 0
    room = np.where(possible, outside, 0)
    log_chance = (
        _log_choose(kept, k) + gammaln(length - kept + 1.0) - gammaln(kept - k + 1.0) - gammaln(room + 1.0)
    )
    log_chance -= _log_choose(length, kept)
    weights = log_chance + gammaln(k + 1.0) + 2 * gammaln(kept - k + 1.0) - 2 * gammaln(kept + 1.0)
    return np.where(possible, weights, -np.inf)


def _log_choose(n: int, k: Integer | int) -> Float:
    return np.asarray(gammaln(n + 1.0) - gammaln(np.asarray(k) + 1.0) - gammaln(n - np.asarray(k) + 1.0))


@jit
def log_add(a: float, b: float) -> float:
    """log(e^a + e^b)."""
    top = max(a, b)
    return top if top == -math.inf else top + math.log1p(math.exp(min(a, b) - top))


@jit
def multiply(polynomial: Float, first: int, second: int, log_word: float) -> None:
    """Times Σ_o c₁! c₂!/(o! (c₁ − o)! (c₂ − o)!) β^{−o} tᵒ, in place, by log coefficients, highest degree first."""
    shared = min(first, second)
    base = math.lgamma(first + 1.0) + math.lgamma(second + 1.0)
    factor = np.empty(shared + 1)
    for o in range(shared + 1):
        lost = math.lgamma(o + 1.0) + math.lgamma(first - o + 1.0) + math.lgamma(second - o + 1.0)
        factor[o] = base - lost - o * log_word
    for degree in range(len(polynomial) - 1, -1, -1):
        total = -math.inf
        for o in range(min(shared, degree) + 1):
            total = log_add(total, polynomial[degree - o] + factor[o])
        polynomial[degree] = total


@jit
def overlap_factors(
    starts1: Integer,
    words1: Integer,
    counts1: Integer,
    starts2: Integer,
    words2: Integer,
    counts2: Integer,
    log_topics: Float,
    log_weights: Float,
    factors: Float,
) -> None:
    """Fill `factors` (n, M) with log G_y of aligned sparse rows: G_y = P(z₁, z₂ | y)/(P(z₁ | y) P(z₂ | y)).

    Given k shared words with counts o, o and the rest of each view are independent; only words that occur in both
    views can be shared, so the sum over o is the coefficient of tᵏ in a product over them. Entries with
    log β = −inf are left at 0: that topic has not written the views.
    """
    polynomial = np.empty(len(log_weights))
    for i in range(factors.shape[0]):
        for y in range(factors.shape[1]):
            polynomial[:] = -math.inf
            polynomial[0] = 0.0
            possible = True
            a, b = starts1[i], starts2[i]
            while a < starts1[i + 1] and b < starts2[i + 1]:
                if words1[a] < words2[b]:
                    a += 1
                elif words1[a] > words2[b]:
                    b += 1
                else:
                    log_word = log_topics[y, words1[a]]
                    if log_word == -math.inf:
                        possible = False
                        break
                    multiply(polynomial, counts1[a], counts2[b], log_word)
                    a += 1
                    b += 1
            total = -math.inf
            for k in range(len(log_weights)):
                total = log_add(total, polynomial[k] + log_weights[k])
            factors[i, y] = total if possible else 0.0
