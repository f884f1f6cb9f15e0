"""With which code, versions and machine a run was made."""

import ast
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
