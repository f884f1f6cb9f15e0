"""Labelled corpora: texts, a class for each, and the names of the classes.

They come from folders of text files, one for each class, and from SciPy, which is on every machine: the docstrings of
its public functions, by submodule.
"""

import inspect
import types
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from simsuff.corpora.vocabulary import strings, words
from simsuff.numerics.validation import Integer, integer, plain_array, refuse, require, require_all

# How many unusable files an error names.
NAMED = 5
# SciPy keeps these for old programs; their docstrings repeat those of another submodule.
LEGACY = frozenset({"fftpack", "misc"})


@dataclass(frozen=True, init=False, eq=False)
class Corpus:
    """`texts` (n,), `labels` (n,) from 0 to the number of `names` less one; at least two classes, all of them used."""

    texts: tuple[str, ...]
    labels: Integer
    names: tuple[str, ...]

    def __init__(self, texts: Sequence[str], labels: ArrayLike, names: Sequence[str]) -> None:
        """Raises ValueError for fewer than two classes, labels that fit neither texts nor names, or unused names."""
        texts, names = strings("texts", texts), strings("names", names)
        found = plain_array(labels)
        shown = f"names = {list(names)}"
        way_out = "add documents of another class"
        require(len(names) >= 2, "names", shown, "name at least 2 classes", way_out)
        shown = f"shape, dtype = {found.shape}, {found.dtype}"
        good = found.shape == (len(texts),) and np.issubdtype(found.dtype, np.integer)
        require(good, "labels", shown, f"be {len(texts)} integers", "give each text one label")
        allowed = f"lie in [0, {len(names) - 1}]"
        require_all((found >= 0) & (found < len(names)), "labels", found, allowed, "number the names from 0")
        unused = [name for k, name in enumerate(names) if not (found == k).any()]
        require(not unused, "names", f"unused = {unused}", "all have documents", "drop the empty classes")
        kept = found.astype(np.int64)
        kept.flags.writeable = False
        object.__setattr__(self, "texts", tuple(texts))
        object.__setattr__(self, "labels", kept)
        object.__setattr__(self, "names", tuple(names))

    @property
    def name_words(self) -> frozenset[str]:
        """The words of the class names: tokens that may give a label away."""
        return frozenset(word for name in self.names for word in words(name))

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"Corpus({len(self)} texts, names={list(self.names)})"


def folder_corpus(path: str | Path, encoding: str = "utf-8", *, skip_unreadable: bool = False) -> Corpus:
    """The corpus below `path`: each sub-folder is a class, every file in or below it one of its documents.

    Classes and files are sorted by name; hidden ones, and files beside the sub-folders, are left out. Files that
    hold no text in `encoding` are refused all at once; `skip_unreadable` leaves them out with a warning that
    counts them.

    Raises
    ------
    ValueError : for a missing folder, an unknown encoding, fewer than two sub-folders, files without text or with
        bytes that are not text in `encoding`, and a sub-folder of which no file is left.
    """
    folder = Path(path)
    way_out = "check the spelling and the working directory"
    require(folder.is_dir(), "path", str(folder), "be a folder", way_out)
    try:
        "".encode(encoding)
    except LookupError as error:
        raise refuse("encoding", encoding, "be known to Python", "try utf-8 or latin-1") from error
    classes = sorted(sub for sub in folder.iterdir() if sub.is_dir() and not _is_hidden(sub, folder))
    shown = f"path = {folder} has {len(classes)} sub-folders"
    way_out = "put the text files of each class into a sub-folder of their own"
    require(len(classes) >= 2, "path", shown, "hold a sub-folder for each of 2 or more classes", way_out)
    found: list[tuple[int, str]] = []
    unusable: list[str] = []
    for label, sub in enumerate(classes):
        files = sorted(file for file in sub.rglob("*") if file.is_file() and not _is_hidden(file, folder))
        require(files, "path", str(sub), "hold text files", "add files, or remove the empty sub-folder")
        for file in files:
            try:
                found.append((label, _text(file, encoding)))
            except ValueError as error:
                unusable.append(f"{file.relative_to(folder)} ({error})")
    if unusable:
        more = f" and {len(unusable) - NAMED} more" if len(unusable) > NAMED else ""
        named = ", ".join(unusable[:NAMED]) + more
        shown = f"{len(unusable)} of {len(unusable) + len(found)} files below {folder}: {named}"
        way_out = "pass their encoding (latin-1 decodes any bytes), or skip_unreadable=True to leave them out"
        if not skip_unreadable:
            raise refuse("path", f"path = {shown}", f"hold {encoding} text", way_out)
        warnings.warn(f"left out, no {encoding} text: {shown}", stacklevel=2)
    kept = {label for label, _ in found}
    bare = [sub.name for label, sub in enumerate(classes) if label not in kept]
    shown = f"path = {folder}: {bare[:NAMED]}"
    require(not bare, "path", shown, "leave text in every class", "drop these classes")
    return Corpus([text for _, text in found], [label for label, _ in found], [sub.name for sub in classes])


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _text(file: Path, encoding: str) -> str:
    """The text of a file; ValueError with what is wrong."""
    try:
        text = file.read_text(encoding=encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} = {error.object[error.start]:#04x}") from error
    except UnicodeError as error:
        raise ValueError(str(error)) from error
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    if "\0" in text:
        raise ValueError("binary: it holds a null character")
    if not text.strip():
        raise ValueError("empty")
    return text


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
        if not isinstance(top, types.ModuleType):
            continue
        # With its own public submodules; the deprecated ones have no docstring.
        below = [one for one in _public(top) if isinstance(one, types.ModuleType) and one.__doc__]
        for module in [top, *(one for one in below if one.__name__.startswith(top.__name__ + "."))]:
            for item in filter(callable, _public(module)):
                text = inspect.getdoc(item) or ""
                if text and text not in seen:
                    seen.add(text)
                    yield name, text


def _public(module: types.ModuleType) -> list[object]:
    """What a module holds of its ``__all__``, by name."""
    return [getattr(module, name, None) for name in sorted(getattr(module, "__all__", ()))]
