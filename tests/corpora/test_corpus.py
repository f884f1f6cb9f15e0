"""Does a corpus refuse labels that do not fit?"""

import numpy as np
import pytest

from simsuff.corpora import Corpus


def test_a_corpus_keeps_what_it_was_given():
    labels = np.array([1, 0], dtype=np.int8)
    corpus = Corpus(["b", "a"], labels, ["first", "Second_class"])
    labels[0] = 0
    assert (corpus.texts, corpus.names, len(corpus)) == (("b", "a"), ("first", "Second_class"), 2)
    assert corpus.labels.tolist() == [1, 0]
    assert corpus.labels.dtype == np.int64
    assert not corpus.labels.flags.writeable
    assert corpus.name_words == {"first", "second", "class"}


@pytest.mark.parametrize(
    ("labels", "names", "message"),
    [
        ([0, 0], ["one"], "names must name at least 2 classes"),
        ([0], ["one", "two"], "labels must be 2 integers"),
        ([0.0, 1.0], ["one", "two"], "labels must be 2 integers"),
        ([0, 2], ["one", "two"], r"labels must lie in \[0, 1\]: labels\[1\] = 2"),
        ([0, -1], ["one", "two"], r"labels\[1\] = -1"),
        ([0, 0], ["one", "two"], r"unused = \['two'\]"),
    ],
)
def test_bad_labels_are_refused(labels, names, message):
    with pytest.raises(ValueError, match=message):
        Corpus(["a", "b"], labels, names)


def test_a_string_is_no_list_of_texts_or_names():
    with pytest.raises(ValueError, match="texts must be a list of strings"):
        Corpus("ab", [0, 1], ["x", "y"])
    with pytest.raises(ValueError, match="names must be a list of strings"):
        Corpus(["a", "b"], [0, 1], "xy")
