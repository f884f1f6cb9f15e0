"""How does a compiled loop call the right code for its kind of argument, without objects or the interpreter?"""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numba.core import types
from numba.extending import overload

from simsuff.numerics.jit import index_of, jit

Implementation = TypeVar("Implementation", bound=Callable[..., Any])


class Specialised:
    """A function with one implementation for each class of its first argument, a NamedTuple class or `np.ndarray`.

    Numba resolves the call when it compiles a caller, so a loop is compiled once for each combination of classes
    that it meets and is cached on disk; jitted functions as arguments or in closures would not be cached. An
    implementation stays a plain function; it is registered in the file that defines the class.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """`name` is what error messages call the function; `options` go to the compiler, as those of `jit`."""
        table: dict[Any, Callable[..., Any]] = {}

        def function(first: Any, *rest: Any) -> Any:
            return table[type(first)](first, *rest)

        function.__name__ = function.__qualname__ = name

        # Compiled like any kernel of the house; see `simsuff.numerics.jit`.
        settings: Any = {"error_model": "numpy", "nogil": True} | options

        @overload(function, strict=False, jit_options=settings)
        def choose(first: Any, *rest: Any) -> Callable[..., Any] | None:  # noqa: ARG001 - Numba passes all types
            is_array = isinstance(first, types.Array)
            return table.get(np.ndarray if is_array else getattr(first, "instance_class", None))

        self.function = function
        self._table = table

    def handles(self, kind: type) -> bool:
        """Is there an implementation for first arguments of the class `kind`?"""
        return kind in self._table

    def register(self, kind: type) -> Callable[[Implementation], Implementation]:
        """A decorator that makes a plain function the implementation for `kind`."""

        def add(implementation: Implementation) -> Implementation:
            self._table[kind] = implementation
            return implementation

        return add


Loop = TypeVar("Loop", bound=Callable[..., Any])


def jit_inlining(function: Loop, folders: Iterable[Path]) -> Loop:
    """Compile as `jit` does, with a cache on disk that holds as long as no source file in `folders` changes.

    Numba looks at the file of the function itself only, and would keep a loop that has inlined the former version
    of a kernel in another file.
    """
    compiled = jit(function)
    index = index_of(compiled)
    if index is not None:
        index._source_stamp = index._source_stamp, digest_of(folders)
    return compiled


def digest_of(folders: Iterable[Path]) -> str:
    """A hash of the names and contents of all Python files in `folders`."""
    total = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            total.update(str(file.relative_to(folder)).encode() + b"\0")
            total.update(file.read_bytes() + b"\0")
    return total.hexdigest()
