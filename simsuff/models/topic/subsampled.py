"""Which law do two overlapping random sub-samples of one document have? Views iid given the document (F6)."""

from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.special import comb

from simsuff.models.finite import FiniteModel
from simsuff.models.pairs import Pairs
from simsuff.models.topic.base import LabelledPairs, TopicViews
from simsuff.models.topic.counts import Counts, as_counts, represented, tallied
from simsuff.models.topic.draws import SubsetsDraws
from simsuff.models.topic.exact import states_of
from simsuff.models.topic.law import log_ratio
from simsuff.models.topic.maps import StateMap
from simsuff.models.topic.overlap import log_overlap_weights, overlap_factors
from simsuff.models.topic.sampling import draw_subsets
from simsuff.numerics.validation import Float, Integer, integer, refuse, require

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
    ) -> Self:
        """Views that keep the share 1 − `dropout_rate` of the words, rounded to whole words, at least one."""
        rate_is_good = isinstance(dropout_rate, int | float | np.number) and 0 <= dropout_rate < 1
        require(rate_is_good, "dropout_rate", dropout_rate, "lie in [0, 1)", "0 keeps the whole document")
        length = integer("document_length", document_length, 1, "a document holds a word")
        return cls(topics, prior, max(1, round((1 - dropout_rate) * length)), length)

    @property
    def dropout_rate(self) -> float:
        """1 − N/L."""
        return 1 - self.words_per_view / self.document_length

    @property
    def document_words(self) -> int:
        """L."""
        return self.document_length

    def __repr__(self) -> str:
        shape = f"topics={len(self.prior)}, vocabulary={self.vocabulary}"
        lengths = f"words_per_view={self.words_per_view}, document_length={self.document_length}"
        return f"{type(self).__name__}({shape}, {lengths})"

    def sample_labelled(self, n: int, rng: np.random.Generator, sparse: bool | None = None) -> LabelledPairs:
        """The views of `n` documents with their topics."""
        documents, topics = self._documents(n, self.document_length, rng)
        views = []
        for _ in range(2):
            words = np.empty((len(documents), self.words_per_view), dtype=np.int32)
            draw_subsets(rng, documents, words)
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
        return represented(states_of(self.vocabulary, self.document_length))

    def _enumerated(self, states: Integer) -> FiniteModel:
        """The latent x of the table is the document, a row of `documents`; refused where documents are too many."""
        documents = states_of(self.vocabulary, self.document_length)
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
        return StateMap(
            states_of(self.vocabulary, self.words_per_view), self.to_finite().optimal_encoder(k).table
        )

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
    choose = comb(np.arange(length + 1)[:, None], np.arange(kept + 1)[None, :])
    law = np.ones((len(documents), len(views)))
    for word in range(documents.shape[1]):
        law *= choose[documents[:, word]][:, views[:, word]]
    normalised: Float = law / law.sum(axis=1, keepdims=True)
    return normalised


def _rows(table: sparse.csr_array) -> tuple[Integer, Integer, Integer]:
    return table.indptr.astype(np.int64), table.indices.astype(np.int64), table.data.astype(np.int64)
