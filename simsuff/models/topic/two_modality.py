"""Image and caption (CLIP): bags of words over two vocabularies, written about one topic."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from simsuff.kernels.compositions import state_count
from simsuff.models.base import Pairs
from simsuff.models.finite.model import SMALLEST_MARGINAL, FiniteModel
from simsuff.models.finite.tables import Statistic
from simsuff.models.topic.base import CountViews
from simsuff.models.topic.counts import Counts
from simsuff.models.topic.law import TABLE_LIMIT, TABLE_WAY_OUT, aligned_log_ratio, log_ratio
from simsuff.models.topic.model import TopicModel
from simsuff.models.topic.sampling import GivenTopic, TwoModalityDraws
from simsuff.numerics.validation import Float, RNGLike, generator, integer, plain_array, refuse, require


class TwoModalityTopicModel(CountViews):
    """y ~ π; z₁ are words of the first modality and z₂ words of the second, independent given y.

    Parameters
    ----------
    first, second : topic models of the two modalities, with one prior; vocabularies and lengths may differ.

    Raises
    ------
    ValueError : when the priors differ.

    Examples
    --------
    >>> import simsuff as ss
    >>> images = ss.TopicModel([[0.9, 0.1], [0.1, 0.9]], [0.5, 0.5], words_per_view=3)
    >>> captions = ss.TopicModel([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]], [0.5, 0.5], words_per_view=2)
    >>> model = ss.TwoModalityTopicModel(images, captions)
    >>> model.sufficiency(images.posterior, "kl") < 1e-12  # F3
    True
    """

    def __init__(self, first: TopicModel, second: TopicModel) -> None:
        same = np.array_equal(first.prior, second.prior)
        shown = f"{second.prior.tolist()} beside {first.prior.tolist()}"
        way_out = "the topic is shared: pass one prior to both"
        require(same, "second.prior", shown, "equal first.prior", way_out)
        self.first, self.second = first, second

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.first!r}, {self.second!r})"

    def _facts(self) -> Mapping[str, Any]:
        return {"first": repr(self.first), "second": repr(self.second), "prior": self.prior}

    @property
    def prior(self) -> Float:
        """π, shape (M,)."""
        return self.first.prior

    def sample(self, n: int, rng: RNGLike, sparse: bool | None = None) -> Pairs:
        """`n` iid pairs of count vectors, (n, V₁) and (n, V₂); `sparse` overrides the representation, not the draws."""
        count = integer("n", n, 1, "draw at least one pair")
        source = generator("rng", rng)
        topics = source.choice(len(self.prior), size=count, p=self.prior)
        return Pairs(*(model.sample_given(topics, source, sparse) for model in (self.first, self.second)))

    @property
    def draws(self) -> TwoModalityDraws:
        """What a compiled loop needs to draw from this law."""
        cumulative = np.cumsum(self.prior)
        parts = (GivenTopic(model._tables[1], model.words_per_view) for model in (self.first, self.second))
        return TwoModalityDraws(cumulative / cumulative[-1], *parts)

    def capacity(self, n: int) -> tuple[int, int]:
        """The most entries that `n` rows of either view have, for buffers of sparse rows."""
        return n * self.first.words_per_view, n * self.second.words_per_view

    def pmi(self, z1: Counts, z2: Counts) -> Float:
        """log r(z₁, z₂) of aligned pairs in nats, shape (n,): log Σ_y p_y(z₁) p_y(z₂)/π_y (F1)."""
        first, second = self.first.log_posterior(z1), self.second.log_posterior(z2)
        return aligned_log_ratio(first, second, self.first._law.log_prior)

    def pmi_table(self, z1: Counts, z2: Counts) -> Float:
        """log r of each pair (z1_i, z2_j), shape (n1, n2)."""
        first, second = self.first.log_posterior(z1), self.second.log_posterior(z2)
        return np.stack([log_ratio(row, second, self.first._law.log_prior) for row in first])

    @property
    def states(self) -> tuple[Counts, Counts]:
        """The count vectors of both modalities: row i is symbol i of `to_finite()`. Raises as `TopicModel.states`."""
        return self.first.states, self.second.states

    def to_finite(self, limit: int = TABLE_LIMIT) -> FiniteModel:
        """The exact law of the two count vectors.

        Raises
        ------
        ValueError : when a modality has more than `limit` count vectors.
        """
        for name, model in (("first", self.first), ("second", self.second)):
            size = state_count(model.words_per_view, model.vocabulary)
            if size > limit:
                raise refuse(f"{name}.states", size, f"number at most {limit}", TABLE_WAY_OUT)
        return self._finite

    @property
    def doubt(self) -> float:
        """A bound on the relative error of the probabilities in `to_finite()`."""
        return sum(model._law.doubt(model.words_per_view) for model in (self.first, self.second))

    def swapped(self) -> "TwoModalityTopicModel":
        """The model of (z₂, z₁)."""
        return TwoModalityTopicModel(self.second, self.first)

    def _on_symbols(self, statistic: Any) -> Statistic:
        values = plain_array(statistic(self.first.states) if callable(statistic) else statistic)
        return (lambda _: values) if callable(statistic) else values

    @cached_property
    def _finite(self) -> FiniteModel:
        first, second = self.first.state_law(), self.second.state_law()
        for law in (first, second):
            law[:, self.prior @ law < SMALLEST_MARGINAL] = 0.0
        joint = (first.T * self.prior) @ second
        return FiniteModel(joint / joint.sum())
