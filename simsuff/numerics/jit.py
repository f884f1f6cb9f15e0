"""How does a plain Python function become a compiled kernel? The one place that says so."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def jit(function: Kernel, **options: Any) -> Kernel:
    """Compile `function` in nopython mode, cached on disk, without the GIL.

    Kernels are written as plain functions and jitted by assignment (``row_lse = jit(_row_lse)``), so that
    ``row_lse.py_func`` is the plain twin and ``NUMBA_DISABLE_JIT=1`` runs every line under coverage.
    Division follows NumPy (a zero divisor gives inf or NaN instead of an exception); fast-math stays off,
    because it lets the compiler assume that no NaN and no infinity occur.
    """
    settings: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
    compiled: Kernel = numba.njit(**(settings | options))(function)
    return compiled
