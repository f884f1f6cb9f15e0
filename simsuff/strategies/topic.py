"""Which topic models should a property be tried on? Small enough to enumerate, with zeros, ties and near-ties."""

import numpy as np
from hypothesis import strategies as st

from simsuff.downstream import FiniteRegression, PairRegression
from simsuff.models import FiniteModel, SubsampledTopicModel, TopicModel, WordDropoutModel
from simsuff.strategies.finite import channels, probability_vectors, score_tables


@st.composite
def topic_models(draw: st.DrawFn, max_words: int = 3) -> TopicModel:
    """Two or three topics on two or three words, views of up to `max_words` words: at most ten count vectors."""
    count, vocabulary = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    topics = draw(channels(count, vocabulary, zeros=True))
    return TopicModel(topics, draw(probability_vectors(count, zeros=True)), draw(st.integers(1, max_words)))


@st.composite
def subsampled_models(draw: st.DrawFn) -> SubsampledTopicModel:
    """Views of one or two words from documents of up to four."""
    base = draw(topic_models(max_words=2))
    length = draw(st.integers(base.words_per_view, 4))
    return SubsampledTopicModel(base.topics, base.prior, base.words_per_view, length)


@st.composite
def dropout_models(draw: st.DrawFn) -> WordDropoutModel:
    """Two or three topics on two to four words, some of which may not occur."""
    count, vocabulary = draw(st.integers(2, 3)), draw(st.integers(2, 4))
    topics = draw(channels(count, vocabulary, zeros=True))
    return WordDropoutModel(topics, draw(probability_vectors(count, zeros=True)))


@st.composite
def uniform_word_models(draw: st.DrawFn) -> WordDropoutModel:
    """Equally likely words, four to six: any posteriors of two or three topics, or equally likely topics besides.

    No word excludes a topic, which the heads of W4 and W5 cannot express.
    """
    count = draw(st.integers(2, 3))
    if draw(st.booleans()):
        return WordDropoutModel.from_posteriors(draw(channels(draw(st.integers(4, 6)), count)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return WordDropoutModel.balanced(count, 2, rng, own=draw(st.floats(0.0, 0.999)))


@st.composite
def document_tasks(draw: st.DrawFn) -> FiniteRegression:
    """A target on documents and on their sub-sampled views."""
    finite = draw(subsampled_models()).to_finite()
    nx, nz = np.asarray(finite.channel).shape
    return FiniteRegression(finite, draw(score_tables((nx,))), draw(score_tables((nz,))))


@st.composite
def halves_tasks(draw: st.DrawFn) -> PairRegression:
    """A target on documents that are two halves: the mean or the sum over the halves, with or without a correction."""
    views = draw(topic_models(max_words=draw(st.integers(1, 2)))).to_finite()
    n = views.shape[0]
    on_view = draw(st.one_of(score_tables((n,)), st.just(np.linspace(-1.0, 1.0, n))))
    target = draw(st.sampled_from([0.5, 1.0])) * (on_view[:, None] + on_view[None, :])
    if draw(st.booleans()):
        target = target + draw(score_tables((n, n), bound=2.0))
    return PairRegression(FiniteModel(views.joint), (target + target.T) / 2, on_view)
