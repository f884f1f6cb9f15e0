"""How do processes that share a cache of kernels compile each of them once?

Without a lock, two workers that start on the same study compile everything twice at the same time. Numba also reads
and writes its list of the versions of a kernel without one: two processes that save versions of a kernel at once may
give both the same file, and the code of one would run with the arguments of the other.
"""

import contextlib
import importlib.util
import os
import zlib
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import sigutils
from numba.core.compiler_lock import global_compiler_lock

fcntl: Any = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None  # on Unix only

LOCK_NAME = "simsuff.lock"


def compiled_once(compiled: Any, index_path: str) -> Callable[[Any], Any]:
    """The method `compile` of a kernel listed in `index_path`, for one process at a time.

    Whoever had to wait finds the result in the cache. A kernel's lock is held while those that it calls are
    compiled; nobody waits in a circle, because kernels don't call each other in circles.
    """
    compile_version = compiled.compile

    def compile_once(signature: Any) -> Any:
        # Numba's own lock comes first: locks of files tell processes apart, not threads.
        with global_compiler_lock:
            arguments, _ = sigutils.normalize_signature(signature)
            if tuple(arguments) in compiled.overloads:
                return compile_version(signature)
            with locked(Path(index_path)):
                return compile_version(signature)

    return compile_once


@contextlib.contextmanager
def locked(path: Path) -> Generator[None, None, None]:
    """Keep other processes that lock the same path out; where the system has no such locks, nobody waits."""
    file, place = _lock_file(path.parent), zlib.crc32(path.name.encode())
    held = _lock(file, place)
    try:
        yield
    finally:
        if held:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, place)


def _lock(file: int | None, place: int) -> bool:
    """Wait for the byte at `place`; false if there is no file, or its system has no locks."""
    if file is None:
        return False
    try:
        fcntl.lockf(file, fcntl.LOCK_EX, 1, place)
    except OSError:
        return False
    return True


@cache
def _lock_file(folder: Path) -> int | None:
    """A file of which every path in `folder` locks one byte.

    It stays open: closing it anywhere in the process would give up all its locks. They end with their process.
    """
    if fcntl is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return None
