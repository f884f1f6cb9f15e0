"""Is SciPy a labelled corpus: public, without repetitions, without near-empty texts?"""

import inspect
import sys

import pytest
import scipy.linalg
import scipy.sparse.linalg
import scipy.stats

from simsuff.corpora import scipy_docstrings, words


@pytest.fixture(scope="module")
def corpus():
    return scipy_docstrings()


def label(corpus, item):
    """The class of an object's docstring."""
    return corpus.names[corpus.labels[corpus.texts.index(inspect.getdoc(item))]]


def test_submodules_are_classes(corpus):
    assert {"stats", "special", "signal", "linalg", "sparse", "optimize"} <= set(corpus.names)
    assert list(corpus.names) == sorted(corpus.names)
    assert "fftpack" not in corpus.names
    assert min((corpus.labels == k).sum() for k in range(len(corpus.names))) >= 30


def test_functions_classes_and_nested_modules_have_their_labels(corpus):
    assert label(corpus, scipy.linalg.svd) == "linalg"
    assert label(corpus, scipy.stats.norm) == "stats"
    assert label(corpus, scipy.sparse.csr_array) == "sparse"
    assert label(corpus, scipy.sparse.linalg.svds) == "sparse"


def test_texts_are_distinct_and_not_empty(corpus):
    assert len(set(corpus.texts)) == len(corpus) > 500
    assert min(len(words(text)) for text in corpus.texts) >= 20


def test_limits_move_the_corpus(corpus):
    more = scipy_docstrings(min_documents=5, min_words=5)
    assert set(corpus.names) < set(more.names)
    assert len(more) > len(corpus)
    with pytest.raises(ValueError, match="min_documents must leave at least 2 submodules"):
        scipy_docstrings(min_documents=10**6)
    with pytest.raises(ValueError, match="min_documents must be an integer >= 1"):
        scipy_docstrings(min_documents=0)


def test_the_corpus_is_the_same_each_time(corpus):
    again = scipy_docstrings()
    assert again.texts == corpus.texts
    assert again.labels.tolist() == corpus.labels.tolist()


def test_stripped_docstrings_are_reported(monkeypatch):
    monkeypatch.setattr(sys.modules["simsuff.corpora.corpus"].inspect, "getdoc", lambda _: None)
    with pytest.raises(ValueError, match="do not run Python with -OO"):
        scipy_docstrings()
