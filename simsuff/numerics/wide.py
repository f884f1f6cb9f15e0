"""How does a kernel get vectors of 512 bits where the processor has them? Compilers prefer 256 by default."""

from typing import Any

from numba import config
from numba.core import types
from numba.extending import intrinsic

WIDTH = '"prefer-vector-width"="512"'


def _wide(_context: Any) -> Any:
    def codegen(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        # llvmlite's own `add` knows the attributes without a value only.
        set.add(builder.function.attributes, WIDTH)
        return context.get_dummy_value()

    return types.void(), codegen


def _nothing() -> None:
    """What `wide` is in plain Python."""


# To be called in the kernel that holds the loops, also where they come from an inlined callee: `wide()`.
wide: Any = _nothing if getattr(config, "DISABLE_JIT", False) else intrinsic(_wide)

# For kernels whose loops are sums: the order of additions is free, NaN and infinity keep their meaning.
REORDERED = {"reassoc", "contract", "nsz"}
