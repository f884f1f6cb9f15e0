"""Are words found, chosen and counted as documented?"""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.corpora import Vocabulary, words

TEXTS = ["the cat, the dog", "the cat", "a Cat dog2dog", "bird_song"]


def test_words():
    assert words("Été: 3 naïve x_1 data_set's ΛΌΓΟΣ!") == ["été", "naïve", "data", "set", "λόγος"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("हिन्दी में किताबें", ["हिन्दी", "में", "किताबें"]),
        ("తెలుగు భాష", ["తెలుగు", "భాష"]),
        ("বাংলা ভাষা", ["বাংলা", "ভাষা"]),
        ("cafe\u0301 ne\u0301", ["café", "né"]),
        ("İstanbul'da", ["i\u0307stanbul", "da"]),
        ("می\u200cروم", ["می\u200cروم"]),
        ("\u200cab\u200d cd", ["ab", "cd"]),
        ("我喜欢统计 2019年", ["我喜", "喜欢", "欢统", "统计", "年"]),
        ("deep学習model", ["deep", "学習", "model"]),
        ("ภาษาไทย", ["ภา", "าษ", "ษา", "าไ", "ไท", "ทย"]),
        ("R2D2 x 3.14", []),
    ],
)
def test_words_of_other_scripts(text, expected):
    assert words(text) == expected


def test_words_do_not_depend_on_how_accents_are_written():
    text = "naïve Ångström Việt हिन्दी"
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


def test_what_words_never_finds_is_refused_in_a_vocabulary():
    for lost in ("Hello", "a", "two words", "x1", "cafe\u0301"):
        with pytest.raises(ValueError, match="be words of a text"):
            Vocabulary(["hello", lost])
    assert Vocabulary(words("Hello")).counts(["hello Hello"]).toarray().tolist() == [[2]]


def test_a_string_is_no_list():
    with pytest.raises(
        ValueError, match=r"listed must be a list of strings: listed.*type = str|put the string"
    ):
        Vocabulary("hello")
    with pytest.raises(ValueError, match="texts must be a list of texts"):
        Vocabulary.learn("some text")
    with pytest.raises(ValueError, match="texts must be a list of texts"):
        Vocabulary(["ab"]).counts("ab ab")
    with pytest.raises(ValueError, match="without must be a list of strings"):
        Vocabulary.learn(TEXTS, without="is")
    with pytest.raises(ValueError, match="texts must hold strings only"):
        Vocabulary(["ab"]).counts([["ab", 3]])
    with pytest.raises(ValueError, match="text must be a string"):
        words(b"bytes")


def test_left_out_words_may_be_written_in_any_way():
    found = Vocabulary.learn(TEXTS, min_documents=2, max_share=1.0, without=["The CAT"])
    assert found.words == ("dog",)


def test_texts_may_come_as_their_words():
    lists = [words(text) for text in TEXTS]
    assert Vocabulary.learn(lists, min_documents=1).words == Vocabulary.learn(TEXTS, min_documents=1).words
    vocabulary = Vocabulary(["cat", "dog"])
    assert (vocabulary.counts(lists) != vocabulary.counts(TEXTS)).nnz == 0


def test_texts_without_words_say_what_a_word_is():
    with pytest.raises(ValueError, match="digits and single letters are no words"):
        Vocabulary.learn(["1 2 3", "x y z", "4 5"])


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
    with pytest.raises(ValueError, match="repeated = \\['aa'\\]"):
        Vocabulary(["aa", "bb", "aa"])
    with pytest.raises(ValueError, match="listed must be non-empty"):
        Vocabulary([])
    with pytest.raises(ValueError, match="texts must be non-empty"):
        Vocabulary(["aa"]).counts([])
