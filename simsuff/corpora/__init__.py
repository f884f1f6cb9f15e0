"""Corpora: labelled real documents, their vocabularies, counts and views."""

from simsuff.corpora.corpus import Corpus, folder_corpus, scipy_docstrings
from simsuff.corpora.halves import HalfDocuments, halves, unit_rows
from simsuff.corpora.vocabulary import Vocabulary, words

__all__ = [
    "Corpus",
    "HalfDocuments",
    "Vocabulary",
    "folder_corpus",
    "halves",
    "scipy_docstrings",
    "unit_rows",
    "words",
]
