"""A function that compiled code resolves by the class of its first argument, without objects or the interpreter."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba.core import types
from numba.extending import overload

from simsuff.kernels.jit import OWN_SETTINGS

Implementation = TypeVar("Implementation", bound=Callable[..., Any])


class Specialised:
    """A function with one implementation for each class of its first argument, a NamedTuple class or `np.ndarray`.

    Numba resolves the call when it compiles a caller, so a loop is compiled once for each combination of classes
    that it meets and is cached on disk; jitted functions as arguments or in closures would not be cached. An
    implementation is registered in the file that defines the class, plain or, where plain callers need its loops
    compiled, as a kernel.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """`name` is what error messages call the function; `options` go to the compiler, as those of `jit`."""
        table: dict[Any, Callable[..., Any]] = {}

        def function(first: Any, *rest: Any) -> Any:
            return table[type(first)](first, *rest)

        function.__name__ = function.__qualname__ = name

        # Compiled like any kernel of the house.
        settings: Any = OWN_SETTINGS | options

        @overload(function, strict=False, jit_options=settings)
        def choose(first: Any, *rest: Any) -> Callable[..., Any] | None:  # noqa: ARG001 - Numba passes all types
            is_array = isinstance(first, types.Array)
            found = table.get(np.ndarray if is_array else getattr(first, "instance_class", None))
            return getattr(found, "py_func", found)

        self.function = function
        self._table = table

    def handles(self, kind: type) -> bool:
        """Is there an implementation for first arguments of the class `kind`?"""
        return kind in self._table

    def register(self, kind: type) -> Callable[[Implementation], Implementation]:
        """A decorator that makes a function, plain or a kernel, the implementation for `kind`."""

        def add(implementation: Implementation) -> Implementation:
            self._table[kind] = implementation
            return implementation

        return add
