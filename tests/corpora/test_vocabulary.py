"""Are words found, chosen and counted as documented?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.corpora import Vocabulary, words

TEXTS = ["the cat, the dog", "the cat", "a Cat dog2dog", "bird_song"]


def test_words():
    assert words("Été: 3 naïve x_1 data_set's ΛΌΓΟΣ!") == ["été", "naïve", "data", "set", "λόγος"]


def test_learning_keeps_the_widest_spread_words():
    assert Vocabulary.learn(TEXTS, min_documents=1, max_share=1.0).words == (
        "bird",
        "cat",
        "dog",
        "song",
        "the",
    )
    assert Vocabulary.learn(TEXTS, min_documents=2, max_share=1.0).words == ("cat", "dog", "the")
    assert Vocabulary.learn(TEXTS, min_documents=1, max_share=0.5).words == ("bird", "dog", "song", "the")
    assert Vocabulary.learn(TEXTS, size=2, min_documents=1, max_share=1.0).words == ("cat", "dog")
    assert Vocabulary.learn(TEXTS, min_documents=2, max_share=1.0, without={"cat"}).words == ("dog", "the")


def test_counts():
    table = Vocabulary(["dog", "cat", "the"]).counts([*TEXTS, ""])
    assert table.toarray().tolist() == [[1, 1, 2], [0, 1, 1], [2, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert table.dtype == np.int64
    assert table.has_canonical_format


@given(st.lists(st.text(alphabet="ab cé_1", max_size=40), min_size=1, max_size=6))
def test_counts_agree_with_the_words(texts):
    vocabulary = Vocabulary(["aa", "ab", "bé", "éc", "abab"])
    expected = [[words(text).count(word) for word in vocabulary.words] for text in texts]
    assert vocabulary.counts(texts).toarray().tolist() == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be an integer >= 1"),
        ({"min_documents": 0}, "min_documents must be an integer >= 1"),
        ({"max_share": 0.0}, r"max_share must lie in \(0, 1\]"),
        ({"max_share": 1.5}, r"max_share must lie in \(0, 1\]"),
        ({"min_documents": 9}, "texts must leave a word to count"),
    ],
)
def test_unusable_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Vocabulary.learn(TEXTS, **options)


def test_unusable_lists_are_refused():
    with pytest.raises(ValueError, match="repeated = \\['a'\\]"):
        Vocabulary(["a", "b", "a"])
    with pytest.raises(ValueError, match="listed must be non-empty"):
        Vocabulary([])
    with pytest.raises(ValueError, match="texts must be non-empty"):
        Vocabulary(["a"]).counts([])
