"""Which vectorised exponentials are at hand? Each entry computes many of them, of numbers that lie in the L1 cache."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic

from side_by_side.problem import Array

# Two arrays of these fit into 32 kB of L1 cache in either precision.
ENTRIES = 2048

# Vectors at a time, which hide the latency of the polynomial.
CHAINS = 8


def of_numpy(dtype: str) -> Callable[[int], Any]:
    """`rounds` exponentials by np.exp."""
    x, out = exponents(dtype), np.empty(ENTRIES, dtype=dtype)

    def run(rounds: int) -> None:
        for _ in range(rounds // ENTRIES):
            np.exp(x, out=out)

    return run


def of_lanes(dtype: str) -> Callable[[int], Any]:
    """`rounds` exponentials by the kernel's own vector code; raises ImportError where the library has none."""
    x, out, loop = exponents(dtype), np.empty(ENTRIES, dtype=dtype), loop_over_lanes()
    return lambda rounds: loop(x, out, rounds // ENTRIES)


@cache
def loop_over_lanes() -> Any:
    """The compiled loop (x, out, rounds): out = 2^x, again and again."""
    from simsuff.kernels.tiles import INDEX, arguments, for_each

    def emit(context: Any, builder: Any, signature: Any, values: list[Any]) -> Any:
        lanes, _, (x, out) = arguments(context, builder, signature.args, values)

        def block(j: Any) -> None:
            places = [(builder, INDEX(0), j, 0, n * lanes.count) for n in range(CHAINS)]
            powers = lanes.exp2([lanes.load(x.at(*place)) for place in places])
            for power, place in zip(powers, places, strict=True):
                lanes.store(power, out.at(*place))

        for_each(builder, x.columns, CHAINS * lanes.count, block)
        return context.get_dummy_value()

    @intrinsic
    def powers(_: Any, x: Any, out: Any) -> Any:
        return types.void(x, out), emit

    def loop(x: Array, out: Array, rounds: int) -> None:
        for _ in range(rounds):
            powers(x, out)

    return numba.njit(nogil=True)(loop)


def exponents(dtype: str) -> Array:
    """Numbers whose exponentials are normal in either precision."""
    return np.linspace(-10, 10, ENTRIES, dtype=dtype)


# Whoever writes a faster exponential adds it here: rounds ↦ nothing, for a precision.
EXPONENTIALS: dict[str, Callable[[str], Callable[[int], Any]]] = {"np.exp": of_numpy, "lanes": of_lanes}
