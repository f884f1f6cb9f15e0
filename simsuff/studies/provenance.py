"""With which code, versions and machine a run was made, and what an experiment depends on in its file."""

import ast
import copy
import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import simsuff

PACKAGES = ("numpy", "scipy", "numba", "sympy")
# Code that uses these may see anything in its file.
REFLECTIVE = {"globals", "locals", "vars", "eval", "exec", "modules", "inspect"}


def versions() -> dict[str, str]:
    """Versions that can change a result."""
    found = {"python": platform.python_version(), "simsuff": simsuff.__version__}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def code_digest() -> str:
    """SHA-256 over the source of the package, so that `--resume` notices a changed library."""
    return _digest(Path(simsuff.__file__).parent)


def helper_digests(texts: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each module beside the studies that they import, directly or through one another, by its name.

    What is installed (the standard library, packages, simsuff itself) is left out: its versions are recorded.
    """
    found: dict[str, str] = {}
    waiting = [name for text in texts for name in _imported(text)]
    while waiting:
        name = waiting.pop()
        if name in found or name == "simsuff" or name in sys.stdlib_module_names:
            continue
        place = _place_of(name)
        if place is not None:
            found[name] = _digest(place)
            files = place.rglob("*.py") if place.is_dir() else [place]
            waiting += [other for file in files for other in _imported(file.read_text("utf-8", "replace"))]
    return found


def _imported(text: str) -> set[str]:
    """The top-level names of the modules that a source imports, wherever in it."""
    try:
        nodes = [*ast.walk(ast.parse(text))]
    except (SyntaxError, ValueError):
        return set()
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in names}


def _place_of(name: str) -> Path | None:
    """The file or folder of a module that is not installed; None for all others."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    folders = list(spec.submodule_search_locations or []) if spec else []
    file = folders[0] if folders else spec.origin if spec and spec.has_location else None
    if not file or not Path(file).exists():
        return None
    installed = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib")]
    place = Path(file).resolve()
    return None if any(place.is_relative_to(folder.resolve()) for folder in installed) else place


def _digest(place: Path) -> str:
    """SHA-256 over the Python files of a folder, or over a file."""
    total = hashlib.sha256()
    for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
        total.update(str(path.relative_to(place)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def machine() -> dict[str, Any]:
    """Platform, processor, and how numeric code is built for it here, without names of hosts or users.

    What can change the last digits of a number: the processor's name and features (as LLVM sees them, which compiles
    the kernels), LLVM, and the routines that BLAS has chosen. `build` is one digest over these.
    """
    import llvmlite.binding as llvm
    import numba
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    system = {"platform": platform.platform(), "machine": platform.machine()}
    config: Any = numba.config
    features = config.CPU_FEATURES or llvm.get_host_cpu_features().flatten()
    blas = {
        f"{info['internal_api']} {info.get('version')} {info.get('architecture')}"
        for info in threadpool_info()
        if info["user_api"] == "blas"
    }
    build = {
        "processor": str(config.CPU_NAME or llvm.get_host_cpu_name()),
        "features": hashlib.sha256(str(features).encode()).hexdigest()[:16],
        "llvm": ".".join(map(str, llvm.llvm_version_info)),
        "blas": sorted(blas),
    }
    digest = hashlib.sha256(repr([build, config.OPT, config.DISABLE_JIT]).encode()).hexdigest()[:16]
    return {**system, "processors": os.cpu_count(), **build, "build": digest}


def environment() -> dict[str, str]:
    """The environment variables of simsuff and Numba that are set; directories, which name users, are left out."""
    ours = {name: value for name, value in os.environ.items() if name.startswith(("SIMSUFF_", "NUMBA_"))}
    return {name: ours[name] for name in sorted(ours) if not name.endswith("_DIR")}


def git_commit(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, with ``+`` for changes; None where git cannot tell."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    return commit + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def experiment_digest(text: str, name: str) -> str:
    """SHA-256 (its first 16 digits) of all that the experiment `name` can see in its file.

    Its own function without what `@study` says about grids and replicates, and what it names, directly or through one
    another, whether function, class, constant or import. A statement that may have side effects always counts.

    Examples
    --------
    >>> one = "@study(default={'k': [1]})\\ndef f(k): return g(k)\\ndef g(k): return k\\ndef h(k): return 0"
    >>> experiment_digest(one, "f") == experiment_digest(one.replace("[1]", "[1, 2]").replace("0", "7"), "f")
    True
    >>> experiment_digest(one, "f") == experiment_digest(one.replace("return k", "return -k"), "f")
    False
    """
    tree = ast.parse(text)
    everywhere = _names(tree)
    statements = [_bare(statement) for statement in tree.body]
    used = [_names(statement) for statement in statements]
    counts = [_binds(statement) is None for statement in statements]
    for i, statement in enumerate(statements):
        counts[i] |= isinstance(statement, ast.FunctionDef) and statement.name == name
        # An import that nobody uses is there for what it does.
        if isinstance(statement, ast.Import | ast.ImportFrom):
            counts[i] |= not (_binds(statement) or set()) & everywhere
    while True:
        needed = set().union(*(names for names, kept in zip(used, counts, strict=True) if kept))
        if needed & REFLECTIVE:
            counts = [True] * len(counts)
        more = [bool((_binds(s) or set()) & needed) for s in statements]
        if not any(new and not old for new, old in zip(more, counts, strict=True)):
            break
        counts = [new or old for new, old in zip(more, counts, strict=True)]
    seen = [ast.dump(statement) for statement, kept in zip(statements, counts, strict=True) if kept]
    return hashlib.sha256("\n".join(seen).encode(errors="backslashreplace")).hexdigest()[:16]


def _bare(statement: ast.stmt) -> ast.stmt:
    """An experiment without `@study` and its description; any other statement as it is."""
    if not isinstance(statement, ast.FunctionDef):
        return statement
    decorators = [
        decorator
        for decorator in statement.decorator_list
        if not (
            isinstance(decorator, ast.Call)
            and "study" in (getattr(decorator.func, "id", ""), getattr(decorator.func, "attr", ""))
        )
    ]
    if len(decorators) == len(statement.decorator_list):
        return statement
    bare = copy.copy(statement)
    bare.decorator_list = decorators
    bare.body = statement.body[ast.get_docstring(statement) is not None :]
    return bare


def _binds(statement: ast.stmt) -> set[str] | None:
    """The names that a statement defines and nothing else; None where it may do more."""
    if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
        return None if _calls_when_defined(statement) else {statement.name}
    if isinstance(statement, ast.ClassDef):
        plain = not (statement.decorator_list or statement.bases or statement.keywords)
        plain = plain and not any(map(_calls_when_defined, statement.body))
        return {statement.name} if plain else None
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
        return None if "*" in names or getattr(statement, "module", "") == "__future__" else names
    if isinstance(statement, ast.Assign) and not any(isinstance(n, ast.Call) for n in ast.walk(statement)):
        targets = [t.id if isinstance(t, ast.Name) else "" for t in statement.targets]
        return set(targets) if all(targets) else None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return set()
    return None


def _calls_when_defined(statement: ast.stmt) -> bool:
    """Whether executing a definition calls something: in defaults and annotations, or in the body of a class."""
    parts: list[ast.AST] = [statement]
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        parts = [statement.args, *statement.decorator_list, *filter(None, [statement.returns])]
    return any(isinstance(node, ast.Call) for part in parts for node in ast.walk(part))


def _names(statement: ast.AST) -> set[str]:
    """Every name that occurs, attributes included."""
    nodes = [*ast.walk(statement)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
