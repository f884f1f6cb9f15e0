"""The cache of compiled kernels on disk: shared by processes, checked when read, done without where it fails."""

import contextlib
import importlib.util
import os
import pickle
import sys
import warnings
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from numba.core import sigutils
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache
from numba.core.compiler_lock import global_compiler_lock

fcntl: Any = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None  # on Unix only

LOCK_NAME = "simsuff.lock"

# Rooms that no kernel lies in or imports: an edit there compiles nothing anew.
UNCOMPILED = frozenset(
    [
        "verdicts",
        "statements",
        "strategies",
        "certificates",
        "hunting",
        "proofs",
        "studies",
        "reporting",
        "ledger",
        "explorer",
        "cli",
    ]
)

# What reading a version may raise: it imports the modules of its classes, which may be gone, or half-written.
_UNREADABLE = (Exception, SystemExit)


def cache_of(function: Callable[..., Any]) -> Any:
    """The cache of a kernel; one that keeps nothing, with a warning, where no directory can be written to."""
    try:
        return KernelCache(function)
    except RuntimeError as error:  # Numba found no directory
        _warn(str(error))
        return NullCache()


class KernelCache(FunctionCache):
    """Numba's, except that a file that cannot be read or written costs a compilation and no error.

    Numba stamps an entry with the source file of its kernel only. Kernels in one file share sizes and shapes with
    kernels in others, and an old one beside a new one could write where it must not: all of them are compiled anew
    once a file of the library changed. A loop of the library also holds what a user's own NamedTuple classes brought
    with them (`simsuff.kernels.specialised`): their files are part of the key of its versions.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        stamp = self._impl.locator.get_source_stamp(), library_stamp()
        place = self._cache_path, self._impl.filename_base
        self._cache_file = _Files(*place, stamp)  # type: ignore[no-untyped-call]

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        key = super()._index_key(sig, codegen)  # type: ignore[no-untyped-call]
        return key, _stamps_of_classes(getattr(sig, "args", sig))

    @property
    def index(self) -> Path:
        """The file that lists the versions of the kernel."""
        return Path(self._cache_file._index_path)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The version of the kernel for these argument types, None where there is none that can be used."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except OSError as error:
            _warn(f"{self._cache_path}: {error}")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a version of the kernel, where that is possible and another process can find it.

        A class of a script or notebook is another one in each process.
        """
        if any(named.__module__ == "__main__" for named in _classes(getattr(sig, "args", sig))):
            return
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:  # a full disk, a directory that became read-only
            _warn(f"{self._cache_path}: {error}")


class _Files(IndexDataCacheFile):
    """The files of one kernel, each behind a checksum: damaged code would crash the process.

    A process that dies between the index and a version leaves what an older library, or another version, left under
    that name. So each version says what it is, and is written first.

    It guards against damage, not against others: who can write to the directory can have their code executed.
    """

    def save(self, key: Any, data: Any) -> None:
        """Keep the code of the version `key`."""
        versions = self._load_index()
        name = versions.get(key)
        if name is None:
            taken = set(versions.values())
            name = next(name for name in map(self._data_name, count(1)) if name not in taken)
        self._write(self._data_path(name), (self._version, self._source_stamp, key, data))  # type: ignore[no-untyped-call]
        if key not in versions:
            self._save_index(versions | {key: name})

    def load(self, key: Any) -> Any:
        """The code of the version `key`; None where it is not there, or something else is in its place."""
        name = self._load_index().get(key)
        stored = self._read(self._data_path(name)) if name is not None else None  # type: ignore[no-untyped-call]
        if stored is None or stored[:3] != (self._version, self._source_stamp, key):
            return None
        return stored[3]

    def _save_index(self, overloads: Any) -> None:
        keys = (key if isinstance(key, bytes) else self._dump(key) for key in overloads)  # type: ignore[no-untyped-call]
        versions = list(zip(keys, overloads.values(), strict=True))
        self._write(self._index_path, (self._version, self._source_stamp, versions))

    def _load_index(self) -> Any:
        """Names by key; a key that names a class which this process lacks stays the bytes that another process wrote."""
        version, stamp, versions = self._read(self._index_path) or (None, None, ())
        if (version, stamp) != (self._version, self._source_stamp):
            return {}
        found = {}
        for key, name in versions:
            try:
                found[pickle.loads(key)] = name
            except _UNREADABLE:
                found[key] = name
        return found

    def _write(self, path: str, content: Any) -> None:
        data: bytes = self._dump(content)  # type: ignore[no-untyped-call]
        with self._open_for_write(path) as file:
            file.write(zlib.crc32(data).to_bytes(4, "little") + data)

    def _read(self, path: str) -> Any:
        """What was written to `path`; None where there is no such file, or it is damaged, or names classes that moved."""
        try:
            stored = Path(path).read_bytes()
        except FileNotFoundError:
            return None
        if stored[:4] != zlib.crc32(stored[4:]).to_bytes(4, "little"):
            return None
        try:
            return pickle.loads(stored[4:])
        except _UNREADABLE:
            return None


@cache
def _warn(reason: str) -> None:
    """Once for each reason; a process that cannot write says so for the first kernel and not for the next hundred."""
    if _warn.cache_info().currsize == 0:
        warnings.warn(
            f"compiled kernels cannot be kept, so each process compiles its own ({reason}); let NUMBA_CACHE_DIR name a "
            "directory with room that nobody but you can write to",
            RuntimeWarning,
            stacklevel=4,
        )


@cache
def library_stamp() -> tuple[int, int, int]:
    """Number, bytes and latest change of the library's source files that kernels may depend on."""
    library = Path(__file__).parents[1]
    files = (file for file in library.rglob("*.py") if file.relative_to(library).parts[0] not in UNCOMPILED)
    found = [file.stat() for file in files]
    return len(found), sum(s.st_size for s in found), max(s.st_mtime_ns for s in found)


def _classes(kinds: Any) -> Iterator[type]:
    """The NamedTuple classes among these Numba types, and inside of them."""
    for kind in kinds:
        if (named := getattr(kind, "instance_class", None)) is not None:
            yield named
        yield from _classes(getattr(kind, "types", ()))


def _stamps_of_classes(kinds: Any) -> tuple[Any, ...]:
    """File, bytes and latest change of where the classes of these types are defined, but for those of the library."""
    stamps = []
    for named in _classes(kinds):
        file = getattr(sys.modules.get(named.__module__), "__file__", None)
        if file is not None and Path(__file__).parents[1] not in Path(file).parents:
            found = os.stat(file)
            stamps.append((file, found.st_size, found.st_mtime_ns))
    return tuple(stamps)


def compiled_once(compiled: Any) -> Callable[[Any], Any]:
    """The method `compile` of a kernel, for one process at a time.

    Without a lock, two workers that start on the same study compile everything twice at the same time, and two that
    save versions of a kernel at once may give both the same file. Whoever had to wait finds the result in the cache.
    A kernel's lock is held while those that it calls are compiled; nobody waits in a circle, because kernels don't
    call each other in circles.
    """
    compile_version, index = compiled.compile, compiled._cache.index

    def compile_once(signature: Any) -> Any:
        # Numba's own lock comes first: locks of files tell processes apart, not threads.
        with global_compiler_lock:
            arguments, _ = sigutils.normalize_signature(signature)
            if tuple(arguments) in compiled.overloads:
                return compile_version(signature)
            with locked(index):
                return compile_version(signature)

    return compile_once


@contextlib.contextmanager
def locked(path: Path) -> Generator[None, None, None]:
    """Keep other processes that lock the same path out; where the system has no such locks, nobody waits."""
    file, place = _lock_file(path.parent), zlib.crc32(path.name.encode())
    held = file is not None
    if file is not None:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, place)
        except OSError:  # a file system without locks
            held = False
    try:
        yield
    finally:
        if held:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, place)


@cache
def _lock_file(folder: Path) -> int | None:
    """A file of which every path in `folder` locks one byte; None where there are no locks or no such file.

    It stays open: closing it anywhere in the process would give up all its locks. They end with their process.
    """
    if fcntl is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return None
