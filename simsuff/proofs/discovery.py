"""Which identities do these paths hold? Files and directories, found the way pytest does."""

import ast
import hashlib
import inspect
import itertools
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

from simsuff.numerics.validation import refuse, require
from simsuff.proofs.inequality import Provable

Source = Callable[[], Iterable[Provable]]
WAY_OUT = "decorate a function that yields Identity objects with @identities"


@dataclass(frozen=True, eq=False)
class Group:
    """A decorated function that yields identities."""

    function: Source

    def __call__(self) -> Iterable[Provable]:
        """Call the function itself."""
        return self.function()

    @cached_property
    def identities(self) -> list[Provable]:
        """What the function yields.

        Raises
        ------
        ValueError : where the function raises or yields something else.
        """
        try:
            found = list(self.function())
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise refuse(self.name, reason, "build its identities", "correct its expressions") from error
        strays = [value for value in found if not isinstance(value, Provable)]
        require(found and not strays, self.name, strays[:1], "yield Identity or Inequality objects", WAY_OUT)
        return found

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def identities(function: Source) -> Group:
    """Make a function that yields identities or inequalities a group of its file, for ``simsuff prove`` to find."""
    return Group(function)


@dataclass(frozen=True)
class ProofFile:
    """A file with its groups in the order of their definition."""

    path: str
    title: str
    groups: list[Group]

    @property
    def name(self) -> str:
        """The stem of the file."""
        return Path(self.path).stem

    @property
    def identities(self) -> list[Provable]:
        """The identities of all groups."""
        return [identity for group in self.groups for identity in group.identities]


def discover(paths: Sequence[str | Path]) -> list[ProofFile]:
    """The proof files in files and directories, in the order of the paths, then by name.

    Files of a directory (and below) that define no group are not executed.

    Raises
    ------
    ValueError : for a missing path, a file that cannot be imported, two identities of one id, or no identity.
    """
    found = list(dict.fromkeys(itertools.chain(*map(_files, paths))))
    shown = f"PATH = {', '.join(map(str, paths))}"
    require(found, "PATH", shown, "hold at least one file of identities", WAY_OUT)
    files = [_load(path) for path in found]
    homes: dict[str, str] = {}
    for file in files:
        for identity in file.identities:
            clash = f"{identity.id} in {homes.get(identity.id)} and {file.path}"
            require(identity.id not in homes, "identities", clash, "have ids of their own", "rename one")
            homes[identity.id] = file.path
    return files


def _files(path: str | Path) -> Iterator[Path]:
    place = Path(path)
    require(place.exists(), "PATH", str(path), "exist", "check the spelling and the working directory")
    if place.is_dir():
        inside = (file.relative_to(place) for file in place.rglob("*.py"))
        visible = [place / file for file in sorted(inside) if not any(part[0] in "._" for part in file.parts)]
        yield from (file for file in visible if _defines_group(file, _text(file)))
        return
    require(_defines_group(place, _text(place)), "PATH", str(path), "define identities", WAY_OUT)
    yield place


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("PATH", str(path), "be a readable Python file", str(error)) from error


def _defines_group(path: Path, text: str) -> bool:
    """Whether the text has a top-level function decorated with ``identities``, without executing it."""
    try:
        tree = ast.parse(text, str(path))
    except (SyntaxError, ValueError) as error:
        if "@identities" not in text:
            return False
        raise refuse("PATH", str(path), "be valid Python", str(error)) from error
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = (getattr(d, "attr", getattr(d, "id", "")) for f in functions for d in f.decorator_list)
    return "identities" in names


def _load(path: Path) -> ProofFile:
    """Execute the file as a module of its own name, without touching ``sys.path``."""
    text = _text(path)
    digest = hashlib.sha256(f"{path}\0{text}".encode()).hexdigest()[:12]
    module = ModuleType(f"simsuff_proofs_{digest}_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except Exception as error:
        raise refuse("PATH", str(path), "be importable", _reason(path, error)) from error
    finally:
        del sys.modules[module.__name__]
    own = [
        v for v in vars(module).values() if isinstance(v, Group) and v.function.__module__ == module.__name__
    ]
    title = (module.__doc__ or path.stem).strip().partition("\n")[0]
    return ProofFile(str(path), title, own)


def _reason(path: Path, error: Exception) -> str:
    """The error with the last line of the file that it passed through."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}: {error}"
