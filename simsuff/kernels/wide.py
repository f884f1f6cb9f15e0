"""Vectors of 512 bits where the processor has them; compilers prefer 256 by default."""

from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.extending import lower_builtin, type_callable

WIDTH = '"prefer-vector-width"="512"'


def wide() -> None:
    """To be called in the kernel that holds the loops, also where they come from an inlined callee."""


@type_callable(wide)
def _type_of_wide(_context: Any) -> Callable[[], Any]:
    return lambda: types.void


@lower_builtin(wide)  # type: ignore[untyped-decorator]
def _lower_wide(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
    # llvmlite's own `add` knows the attributes without a value only.
    set.add(builder.function.attributes, WIDTH)
    return context.get_dummy_value()


# For kernels whose loops are sums: the order of additions is free, NaN and infinity keep their meaning.
REORDERED = {"reassoc", "contract", "nsz"}
