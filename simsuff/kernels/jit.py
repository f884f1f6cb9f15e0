"""The decorator that makes a compiled kernel of a plain function, `ufunc`, and what compilation tells its user."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from threading import Timer
from time import perf_counter
from typing import Any, TypeVar, overload

import numba
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import lower_builtin, type_callable

from simsuff.kernels.cache import KernelCache, cache_of, compiled_once, locked

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# For a kernel that others call in one place or two: written out there, it is not compiled and optimised once more by
# itself. For kernels without loops that need options of their own.
WRITTEN_OUT = {"inline": "always"}

# For kernels whose loops are sums: the order of additions is free, NaN and infinity keep their meaning.
REORDERED = {"reassoc", "contract", "nsz"}

# Set in all kernels, because a callee without a setting takes that of whoever compiles it first.
OWN_SETTINGS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
    "forceinline": False,
}


@overload
def jit(function: Kernel) -> Kernel: ...


@overload
def jit(**options: Any) -> Callable[[Kernel], Kernel]: ...


def jit(function: Any = None, **options: Any) -> Any:
    """Compile `function` in nopython mode, cached on disk, without the GIL; a decorator, with options or without.

    ``kernel.py_func`` is the plain function, and ``NUMBA_DISABLE_JIT=1`` runs every line under coverage.
    Division follows NumPy (a zero divisor gives inf or NaN instead of an exception); fast-math stays off,
    because it lets the compiler assume that no NaN and no infinity occur. No wrapper for callers in C is compiled:
    it would cost a fourteenth of the time. ``cache=False`` keeps nothing on disk.

    A kernel that is called from Python returns arrays, numbers and plain tuples of them: the making of a NamedTuple
    runs Python code in which Ctrl-C would be a segmentation fault, so TypeError refuses it.

    Examples
    --------
    >>> import numpy as np
    >>> @jit(cache=False)  # a function that stands in no file has no place in the cache
    ... def total(x):
    ...     result = 0.0
    ...     for value in x:
    ...         result += value
    ...     return result
    >>> total(np.ones(3))
    3.0
    """
    if function is None:
        return partial(jit, **options)
    is_cached = options.pop("cache", True)
    settings = OWN_SETTINGS | {"no_cfunc_wrapper": True, "pipeline_class": _Compiler} | options
    compiled = numba.njit(**settings)(function)
    if not hasattr(compiled, "py_func"):  # NUMBA_DISABLE_JIT: the function itself came back
        compiled.py_func = compiled
        return compiled
    if is_cached:
        compiled._cache = cache_of(function)
        if isinstance(compiled._cache, KernelCache):
            compiled.compile = compiled_once(compiled)
    compiled._compile_for_args = _plain_results(compiled)
    return compiled


def plain(kernel: Kernel) -> Kernel:
    """The Python function behind a kernel, for callers that write it out in a loop of their own."""
    function: Kernel = getattr(kernel, "py_func", kernel)
    return function


def ufunc(function: Callable[..., float], arity: int) -> Callable[..., Any]:
    """The NumPy ufunc of a scalar function of `arity` doubles, compiled and cached like a kernel."""
    function = plain(function)
    result = numba.vectorize(function)
    found = result._dispatcher.cache = cache_of(function)
    lock = locked(found.index) if isinstance(found, KernelCache) else nullcontext()
    with global_compiler_lock, lock, _announced():
        result.add(numba.float64(*[numba.float64] * arity))
    result.disable_compile()
    return result  # type: ignore[no-any-return]


WIDTH = '"prefer-vector-width"="512"'


def wide() -> None:
    """Vectors of 512 bits where the processor has them; compilers prefer 256.

    To be called in the kernel that holds the loops, also where they come from an inlined callee.
    """


@type_callable(wide)
def _type_of_wide(_context: Any) -> Callable[[], Any]:
    return lambda: types.void


@lower_builtin(wide)  # type: ignore[untyped-decorator]
def _lower_wide(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
    # llvmlite's own `add` knows the attributes without a value only.
    set.add(builder.function.attributes, WIDTH)
    return context.get_dummy_value()


def _plain_results(compiled: Any) -> Callable[..., Any]:
    """What Python calls for new types of arguments, with a check of the type that will come back."""
    compile_for_arguments = compiled._compile_for_args

    def checked(*arguments: Any, **options: Any) -> Any:
        entry = compile_for_arguments(*arguments, **options)
        for version in compiled.overloads.values():
            if _holds_named(version.signature.return_type):
                raise TypeError(
                    f"{compiled.__name__} would hand a NamedTuple to Python: return a plain tuple"
                )
        return entry

    return checked


def _holds_named(kind: Any) -> bool:
    if isinstance(kind, types.BaseNamedTuple):
        return True
    return any(_holds_named(part) for part in getattr(kind, "types", ()))


class _Compiler(Compiler):
    """Numba's, for code that calls no other kernel at an address outside of itself."""

    def compile_extra(self, func: Any) -> Any:
        library = self.state.targetctx.codegen().create_library(func.__qualname__)
        library.__class__ = _SelfContained
        library.enable_object_caching()
        self.state.library = library
        with _announced():
            _Progress.kernels += 1
            return super().compile_extra(func)  # type: ignore[no-untyped-call]


class _SelfContained(JITCodeLibrary):
    """The code of a kernel with its own copies of those that it calls.

    Numba lets the copies of a kernel stand for each other. Each was optimised among its callers, so that one may
    add or contract in another order than the next, and which of them runs would depend on what was compiled in this
    process and what was loaded: the first run on a machine would differ from all later ones.
    """

    def _optimize_final_module(self) -> None:
        linked = {
            function.name
            for library in self._linking_libraries
            for function in library._get_module_for_linking().functions
            if function.name.startswith("_ZN")
        }
        for function in self._final_module.functions:
            if function.name in linked and not function.is_declaration:
                function.linkage = "internal"
        super()._optimize_final_module()  # type: ignore[no-untyped-call]


class _Progress:
    """What this process has compiled; changed under Numba's lock only."""

    kernels = 0
    seconds = 0.0
    depth = 0
    is_said = False


def compiled_so_far() -> int:
    """How many kernels this process has compiled; ufuncs and what it found in the cache don't count."""
    return _Progress.kernels


@contextmanager
def _announced() -> Iterator[None]:
    """Say once that something is being compiled, as soon as that has taken a second in all."""
    _Progress.depth += 1
    timer = None
    if _Progress.depth == 1 and not _Progress.is_said:
        timer = Timer(max(0.0, 1.0 - _Progress.seconds), _say)
        timer.daemon = True
        with suppress(RuntimeError):  # no thread starts while the interpreter ends
            timer.start()
    start = perf_counter()
    try:
        yield
    finally:
        _Progress.depth -= 1
        if _Progress.depth == 0:
            _Progress.seconds += perf_counter() - start
        if timer is not None:
            timer.cancel()


def _say() -> None:
    _Progress.is_said = True
    print("simsuff: compiling for this machine, once", file=sys.stderr, flush=True)
