"""How does a plain Python function become a compiled kernel? The one place that says so."""

import pickle
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, overload

import numba
from numba.core.caching import IndexDataCacheFile

from simsuff.kernels.compile_once import compiled_once

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# For a kernel that others call in one place or two: written out there, it is not compiled and optimised once more by
# itself. For kernels without loops that need options of their own.
WRITTEN_OUT = {"inline": "always"}


@overload
def jit(function: Kernel) -> Kernel: ...


@overload
def jit(**options: Any) -> Callable[[Kernel], Kernel]: ...


def jit(function: Any = None, **options: Any) -> Any:
    """Compile `function` in nopython mode, cached on disk, without the GIL; a decorator, with options or without.

    ``kernel.py_func`` is the plain function, and ``NUMBA_DISABLE_JIT=1`` runs every line under coverage.
    Division follows NumPy (a zero divisor gives inf or NaN instead of an exception); fast-math stays off,
    because it lets the compiler assume that no NaN and no infinity occur. No wrapper for callers in C is compiled:
    it would cost a fourteenth of the time.
    """
    if function is None:
        return partial(jit, **options)
    settings: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "no_cfunc_wrapper": True,
    }
    compiled = numba.njit(**(settings | options))(function)
    if not hasattr(compiled, "py_func"):  # NUMBA_DISABLE_JIT: the function itself came back
        compiled.py_func = compiled
    index = index_of(compiled)
    if index is not None:
        index.__class__ = _Index
        index._source_stamp = index._source_stamp, library_stamp()
        compiled.compile = compiled_once(compiled, index._index_path)
    return compiled


def plain(kernel: Kernel) -> Kernel:
    """The Python function behind a kernel, for callers that write it out in a loop of their own."""
    function: Kernel = getattr(kernel, "py_func", kernel)
    return function


@cache
def library_stamp() -> tuple[int, int, int]:
    """Number, bytes and latest change of the library's source files.

    Numba looks at the file of a kernel only. Kernels in one file share sizes and shapes with kernels in others, and
    an old one beside a new one could write where it must not: all of them are compiled anew once a file changed.
    """
    found = [file.stat() for file in Path(__file__).parents[1].rglob("*.py")]
    return len(found), sum(s.st_size for s in found), max(s.st_mtime_ns for s in found)


def index_of(compiled: Callable[..., Any]) -> Any:
    """Numba's list of the versions of a kernel that are on disk; None where nothing is compiled or cached."""
    return getattr(getattr(compiled, "_cache", None), "_cache_file", None)


class _Index(IndexDataCacheFile):
    """A list that counts as empty where it cannot be read: it names argument classes, which may have moved since."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()  # type: ignore[no-untyped-call]
        except (AttributeError, ImportError, pickle.UnpicklingError, EOFError):
            return {}
