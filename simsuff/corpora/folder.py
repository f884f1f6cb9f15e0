"""How does a folder of text files, one sub-folder for each class, become a corpus?"""

from pathlib import Path

from simsuff.corpora.corpus import Corpus
from simsuff.numerics.validation import refuse, require


def folder_corpus(path: str | Path, encoding: str = "utf-8") -> Corpus:
    """The corpus below `path`: each sub-folder is a class, every file in or below it one of its documents.

    Classes and files are sorted by name; hidden ones, and files beside the sub-folders, are left out.

    Raises
    ------
    ValueError : for a missing folder, fewer than two sub-folders, a sub-folder without files, a file without
        text, and bytes that are not text in `encoding`.
    """
    folder = Path(path)
    require(
        folder.is_dir(), "path", str(folder), "be a folder", "check the spelling and the working directory"
    )
    classes = sorted(sub for sub in folder.iterdir() if sub.is_dir() and not _is_hidden(sub, folder))
    way_out = "put the text files of each class into a sub-folder of their own"
    shown = f"{folder} has {len(classes)} sub-folders"
    require(
        len(classes) >= 2,
        "path",
        f"path = {shown}",
        "hold a sub-folder for each of 2 or more classes",
        way_out,
    )
    texts: list[str] = []
    labels: list[int] = []
    for label, sub in enumerate(classes):
        files = sorted(file for file in sub.rglob("*") if file.is_file() and not _is_hidden(file, folder))
        require(files, "path", str(sub), "hold text files", "add files, or remove the empty sub-folder")
        texts += [_text(file, encoding) for file in files]
        labels += [label] * len(files)
    return Corpus(texts, labels, [sub.name for sub in classes])


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _text(file: Path, encoding: str) -> str:
    """The text of a file, or the house's error with its name."""
    try:
        text = file.read_text(encoding=encoding)
    except LookupError as error:
        raise refuse("encoding", encoding, "be known to Python", "try utf-8 or latin-1") from error
    except UnicodeDecodeError as error:
        shown = f"{file}, byte {error.start} = {error.object[error.start]:#04x}"
        way_out = "convert the file, or pass its encoding (latin-1 decodes any bytes)"
        raise refuse("path", f"path = {shown}", f"hold {encoding} text", way_out) from error
    except OSError as error:
        raise refuse("path", str(file), "be readable", str(error)) from error
    require(text.strip(), "path", str(file), "hold text", "remove the empty file")
    return text
