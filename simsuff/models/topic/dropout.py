"""The word-dropout model of the paper's topic example: a document of two words, of which each view keeps one."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.models.topic.subsampled import SubsampledTopicModel
from simsuff.numerics.numbers import ROUNDING
from simsuff.numerics.validation import Float, RNGLike, generator, integer, real_array, require, require_all
from simsuff.numerics.validation import channel as stochastic


class WordDropoutModel(SubsampledTopicModel):
    """A topic y ~ `prior` writes two words, iid from `topics`[y]; each view keeps one of them, chosen at random (W1).

    It is `SubsampledTopicModel` with one word per view and two per document, so all that is known of that model holds
    here. A view is a count vector with a single 1, the one-hot encoding of its word: z ↦ Wz is linear in it. Symbol j
    of `to_finite()` is word j.

    Parameters
    ----------
    topics : β, shape (M, S), rows sum to one.
    prior : π, shape (M,); uniform unless given.

    Raises
    ------
    ValueError : as `TopicModel`.

    Examples
    --------
    >>> import simsuff as ss
    >>> model = ss.WordDropoutModel.from_posteriors([[0.75, 0.25], [0.25, 0.75]])
    >>> model.to_finite().ratio.round(12).tolist()
    [[1.625, 0.375], [0.375, 1.625]]
    """

    def __init__(self, topics: ArrayLike, prior: ArrayLike | None = None) -> None:
        laws = stochastic("topics", topics)
        uniform = np.full(len(laws), 1 / len(laws))
        super().__init__(laws, uniform if prior is None else prior, words_per_view=1, document_length=2)

    @classmethod
    def from_posteriors(cls, posteriors: ArrayLike) -> Self:
        """The model with equally likely words and P(y | word j) = `posteriors`[j], shape (S, M).

        Raises
        ------
        ValueError : for rows that are no laws, and a topic that no word tells of.
        """
        laws = stochastic("posteriors", posteriors)
        mass = laws.sum(axis=0)
        require_all(mass > 0, "mass of topic", mass, "be positive", "drop the topic that no word tells of")
        return cls((laws / mass).T, mass / mass.sum())

    @classmethod
    def balanced(cls, topics: int, words_per_topic: int, rng: RNGLike, own: float = 0.5) -> Self:
        """Equally likely topics and words: `words_per_topic` · M words, each with a topic of its own.

        Word j belongs to topic j mod M, which has the share `own` of its posterior; the rest is random, the same law
        on the distance to that topic for the M words of one round, so that every topic gets the same mass.

        Raises
        ------
        ValueError : for `own` outside [0, 1], and numbers below 1.
        """
        count = integer("topics", topics, 1, "use at least one topic")
        rounds = integer("words_per_topic", words_per_topic, 1, "each topic needs a word of its own")
        share = float(real_array("own", own, 0))
        require(0 <= share <= 1, "own", own, "lie in [0, 1]", "1 gives words that tell their topic")
        laws = (1 - share) * generator("rng", rng).dirichlet(np.ones(count), size=rounds)
        laws[:, 0] += share
        distance = (np.arange(count)[None, :] - np.arange(count)[:, None]) % count
        return cls.from_posteriors(laws[:, distance].reshape(-1, count))

    @property
    def word_law(self) -> Float:
        """P(z), the marginal law of the words, shape (S,)."""
        return self.prior @ self.topics

    @property
    def posteriors(self) -> Float:
        """P(y | word), shape (S, M); the prior for a word that does not occur."""
        law = self.word_law
        known = np.where(law > 0, law, 1.0)
        return np.where(law > 0, self.prior[:, None] * self.topics / known, self.prior[:, None]).T

    @property
    def gold(self) -> Float:
        """E⋆, the gold representation: column j is (P(y | word j)/√π_y)_y, shape (M, S), over topics with mass."""
        live = self.prior > 0
        return self.posteriors[:, live].T / np.sqrt(self.prior[live])[:, None]

    def require_uniform_words(self) -> None:
        """Raise the house's error unless all words are equally likely, up to rounding: assumption (a) of the paper."""
        law = self.word_law
        far = float(np.abs(law * len(law) - 1).max())
        shown, way_out = f"largest |S P(z) - 1| = {far!r}", "build the model with from_posteriors"
        require(far <= ROUNDING * len(law), "model", shown, "have equally likely words", way_out)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(topics={len(self.prior)}, vocabulary={self.vocabulary})"
