"""Python files that hold studies or proofs: found below directories as pytest finds tests, read, executed, run alone."""

import ast
import contextlib
import hashlib
import itertools
import runpy
import sys
import tokenize
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from simsuff.numerics.validation import guess, refuse, require


@dataclass(frozen=True)
class Source:
    """The text of a file as it was found; workers execute this text, so that an edit during a run changes nothing."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return Path(self.path).stem

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Kind:
    """What makes a file one of ours: a top-level function under this decorator, named `noun` in errors."""

    decorator: str
    noun: str

    @property
    def way_out(self) -> str:
        """What to do about a file that has none."""
        return f"decorate a function with @{self.decorator}, or name another path"


def find(paths: Sequence[str | Path], kind: Kind) -> list[Source]:
    """The files of one kind in files and directories, in the order of the paths, then by name.

    Nothing is executed. Below a directory, hidden and underscored names and files of another kind are passed over.

    Raises
    ------
    ValueError : for a missing or unreadable path, a named file of another kind, invalid Python, or an empty yield.
    """
    found = {source.path: source for source in itertools.chain(*(_below(Path(p), kind) for p in paths))}
    shown = f"PATH = {', '.join(map(str, paths))}"
    require(found, "PATH", shown, f"hold at least one {kind.noun}", kind.way_out)
    return list(found.values())


def _below(place: Path, kind: Kind) -> Iterator[Source]:
    if not place.exists():
        beside: list[str] = []
        with contextlib.suppress(OSError):  # a folder that is not there, or cannot be read
            beside = [path.name for path in place.parent.iterdir()]
        way_out = guess(place.name, beside) + "check the spelling and the working directory"
        raise refuse("PATH", str(place), "exist", way_out)
    if not place.is_dir():
        source = _read(place)
        require(_is_of(source, kind), "PATH", str(place), f"define a {kind.noun}", kind.way_out)
        yield source
        return
    for path in sorted(file.relative_to(place) for file in place.rglob("*.py")):
        if not any(part[0] in "._" for part in path.parts):
            source = _read(place / path)
            if _is_of(source, kind):
                yield source


def _read(path: Path) -> Source:
    """The text as Python reads it: a byte-order mark or a declared encoding decides how bytes become letters."""
    try:
        with tokenize.open(path) as file:
            return Source(str(path), file.read())
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise refuse("PATH", str(path), "be a readable Python file", str(error)) from error


def _is_of(source: Source, kind: Kind) -> bool:
    try:
        tree = ast.parse(source.text, source.path)
    except (SyntaxError, ValueError) as error:
        if f"@{kind.decorator}" not in source.text:
            return False
        raise refuse("PATH", source.path, "be valid Python", str(error)) from error
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    decorators = [d.func if isinstance(d, ast.Call) else d for f in functions for d in f.decorator_list]
    return any(getattr(d, "attr", getattr(d, "id", "")) == kind.decorator for d in decorators)


def execute(source: Source) -> ModuleType:
    """The file as a module of its own name, without touching ``sys.path``.

    Raises
    ------
    ValueError : where the file raises anything, or exits; KeyboardInterrupt goes through.
    """
    module = ModuleType(f"simsuff_file_{source.digest[:12]}_{source.name}")
    module.__file__ = source.path
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.text, source.path, "exec"), module.__dict__)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit, which would end the run with everything undone
        del sys.modules[module.__name__]
        raise refuse("PATH", source.path, "be importable", reason(error, source.path)) from error
    return module


def reason(error: BaseException, path: str) -> str:
    """What went wrong, with the last line of the file that it passed through."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    place = f"line {lines[-1]}: " if lines else ""
    shown = f"sys.exit({error})" if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
    return f"{place}{shown}"


def run_alone(command: str, path: str) -> None:
    """Hand one file over to ``simsuff COMMAND`` with the options of this command line."""
    file, here = Path(path).resolve(), Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    sys.argv = ["simsuff", command, str(shown), *sys.argv[1:]]
    runpy.run_module("simsuff", run_name="__main__")
