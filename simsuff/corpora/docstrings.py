"""A corpus that is on every machine: the docstrings of SciPy's public functions, by submodule."""

import inspect
import types
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simsuff.corpora.corpus import Corpus
from simsuff.corpora.vocabulary import words
from simsuff.numerics.validation import integer, require

# SciPy keeps these for old programs; their docstrings repeat those of another submodule.
LEGACY = frozenset({"fftpack", "misc"})


def scipy_docstrings(min_documents: int = 30, min_words: int = 20) -> Corpus:
    """The docstrings of SciPy's public functions and classes, labelled by submodule ("stats", "linalg", …).

    What a submodule hands on of its own submodules (``scipy.sparse.linalg``) belongs to it. An object that is
    exported twice and a text that occurs twice count once, under the first submodule in alphabetical order;
    docstrings of fewer than `min_words` words and submodules of fewer than `min_documents` documents are left
    out. Texts are as they stand: import lines and cross references name their submodule, so a fair
    classification leaves out `Corpus.name_words`. The corpus depends on the installed version of SciPy.

    Raises
    ------
    ValueError : where fewer than two submodules remain, for example under ``python -OO``, which strips docstrings.
    """
    integer("min_documents", min_documents, 1, "a class has at least one document")
    integer("min_words", min_words, 0, "0 keeps every docstring")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of deprecated names, which are looked at and not used
        found = [(name, text) for name, text in _documents() if len(words(text)) >= min_words]
    sizes = Counter(name for name, _ in found)
    names = sorted(name for name, size in sizes.items() if size >= min_documents)
    shown = f"submodules with {min_documents} documents = {names}"
    way_out = "lower min_documents or min_words, and do not run Python with -OO"
    require(len(names) >= 2, "min_documents", shown, "leave at least 2 submodules", way_out)
    kept = [(name, text) for name, text in found if name in names]
    return Corpus([text for _, text in kept], [names.index(name) for name, _ in kept], names)


def _documents() -> Iterator[tuple[str, str]]:
    """(submodule, docstring), each text once, and so each object."""
    import scipy

    seen: set[str] = set()
    for name in sorted(set(scipy.__all__) - LEGACY):
        top = getattr(scipy, name)
        for module in _public_modules(top) if isinstance(top, types.ModuleType) else ():
            for item in _public_items(module):
                text = inspect.getdoc(item) or ""
                if text and text not in seen:
                    seen.add(text)
                    yield name, text


def _public_modules(top: types.ModuleType) -> list[types.ModuleType]:
    """The module and those of its own public submodules; the deprecated ones have no docstring."""
    values = [getattr(top, name, None) for name in sorted(getattr(top, "__all__", ()))]
    below = [
        v for v in values if isinstance(v, types.ModuleType) and v.__name__.startswith(top.__name__ + ".")
    ]
    return [top, *(module for module in below if module.__doc__)]


def _public_items(module: types.ModuleType) -> list[Any]:
    """Functions, classes and other callables (distributions) in ``__all__``."""
    values = [getattr(module, name, None) for name in sorted(getattr(module, "__all__", ()))]
    return [value for value in values if callable(value)]
