"""Which studies do these paths hold? Files and directories, found the way pytest does."""

import ast
import hashlib
import itertools
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from simsuff.numerics.validation import refuse, require
from simsuff.studies.experiment import Experiment


@dataclass(frozen=True)
class Source:
    """The text of a study file; workers load this text, so that an edit during a run changes nothing."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The name of the study."""
        return Path(self.path).stem

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class Study:
    """A file with its experiments in the order of their definition."""

    source: Source
    title: str
    description: str
    experiments: dict[str, Experiment]

    @property
    def name(self) -> str:
        """The stem of the file."""
        return self.source.name


_loaded: dict[tuple[str, str], Study] = {}
_lock = threading.Lock()


def discover(paths: Sequence[str | Path]) -> list[Study]:
    """The studies in files and directories, in the order of the paths, then by name.

    Files of a directory (and below) that define no study are not executed.

    Raises
    ------
    ValueError : for a missing path, a file that cannot be imported, two studies of one name, or no study.
    """
    sources = list({source.path: source for source in itertools.chain(*map(_sources, paths))}.values())
    studies = [load(source) for source in sources]
    shown = ", ".join(str(path) for path in paths)
    way_out = "decorate a function with @study(...), or name another path"
    require(studies, "PATH", f"PATH = {shown}", "hold at least one study", way_out)
    by_name: dict[str, Study] = {}
    for study in studies:
        other = by_name.setdefault(study.name, study)
        clash = f"{other.source.path} and {study.source.path}"
        require(
            other is study, "studies", clash, "have different file names", "rename one, or run them apart"
        )
    return studies


def _sources(path: str | Path) -> Iterator[Source]:
    place = Path(path)
    require(place.exists(), "PATH", str(path), "exist", "check the spelling and the working directory")
    if place.is_dir():
        yield from filter(defines_study, map(_read, _python_files(place)))
        return
    source = _read(place)
    require(
        defines_study(source), "PATH", str(path), "define a study", "decorate a function with @study(...)"
    )
    yield source


def _python_files(folder: Path) -> list[Path]:
    """The modules below `folder`, without hidden and underscored names."""
    found = (path.relative_to(folder) for path in folder.rglob("*.py"))
    return [folder / path for path in sorted(found) if not any(part[0] in "._" for part in path.parts)]


def _read(path: Path) -> Source:
    try:
        return Source(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("PATH", str(path), "be a readable Python file", str(error)) from error


def defines_study(source: Source) -> bool:
    """Whether the text has a top-level function decorated with ``study(...)``, without executing it."""
    try:
        tree = ast.parse(source.text, source.path)
    except (SyntaxError, ValueError) as error:
        if "@" not in source.text or "study(" not in source.text:
            return False
        raise refuse("PATH", source.path, "be valid Python", str(error)) from error
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return any(_is_study(decorator) for function in functions for decorator in function.decorator_list)


def _is_study(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "study"


def load(source: Source) -> Study:
    """Execute the file once in each process and gather its experiments."""
    with _lock:
        key = (source.path, source.digest)
        if key not in _loaded:
            _loaded[key] = _study(source, _execute(source))
        return _loaded[key]


def _execute(source: Source) -> ModuleType:
    """The file as a module of its own name, without touching ``sys.path``."""
    module = ModuleType(f"simsuff_study_{source.digest[:12]}_{source.name}")
    module.__file__ = source.path
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.text, source.path, "exec"), module.__dict__)
    except Exception as error:
        del sys.modules[module.__name__]
        raise refuse("PATH", source.path, "be importable", _reason(source, error)) from error
    return module


def _reason(source: Source, error: Exception) -> str:
    """The error with the last line of the file that it passed through."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == source.path]
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}: {error}"


def _study(source: Source, module: ModuleType) -> Study:
    experiments = {
        value.name: value
        for value in vars(module).values()
        if isinstance(value, Experiment) and value.function.__module__ == module.__name__
    }
    title, _, description = (module.__doc__ or source.name).strip().partition("\n")
    return Study(source, title.strip(), description.strip(), experiments)
