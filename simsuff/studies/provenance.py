"""With which code, versions and machine was this run made?"""

import hashlib
import os
import platform
import subprocess
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
    folder = Path(simsuff.__file__).parent
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        total.update(str(path.relative_to(folder)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def machine() -> dict[str, Any]:
    """Platform and processor count, without names of hosts or users."""
    system = {"platform": platform.platform(), "machine": platform.machine()}
    return {**system, "processors": os.cpu_count()}


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
