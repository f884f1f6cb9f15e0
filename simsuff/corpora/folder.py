"""Corpora from folders of text files: one sub-folder for each class."""

import warnings
from pathlib import Path

from simsuff.corpora.corpus import Corpus
from simsuff.numerics.validation import refuse, require

# How many unusable files an error names.
NAMED = 5


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
        _tell(folder, encoding, unusable, len(found), skip=skip_unreadable)
    kept = {label for label, _ in found}
    bare = [sub.name for label, sub in enumerate(classes) if label not in kept]
    require(
        not bare,
        "path",
        f"path = {folder}: {bare[:NAMED]}",
        "leave text in every class",
        "drop these classes",
    )
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


def _tell(folder: Path, encoding: str, unusable: list[str], usable: int, *, skip: bool) -> None:
    """Refuse the unusable files, or say that they are left out."""
    more = f" and {len(unusable) - NAMED} more" if len(unusable) > NAMED else ""
    shown = f"{len(unusable)} of {len(unusable) + usable} files below {folder}: {', '.join(unusable[:NAMED])}{more}"
    if skip:
        warnings.warn(f"left out, no {encoding} text: {shown}", stacklevel=3)
        return
    way_out = "pass their encoding (latin-1 decodes any bytes), or skip_unreadable=True to leave them out"
    raise refuse("path", f"path = {shown}", f"hold {encoding} text", way_out)
