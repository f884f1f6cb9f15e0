"""How do threads count together in compiled code? Whole numbers in an array, read and written in one piece.

What a thread wrote before `write` or `add` is there for a thread that has seen the new number by `read` or `add`.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from simsuff.kernels.jit import jit

Counters = NDArray[np.int64]

# LLVM's names for what a processor is told by a thread that only waits, and the numbers that go with them.
X86, ARM = ("llvm.x86.sse2.pause", ()), ("llvm.aarch64.hint", (1,))
PAUSES: dict[str, tuple[str, tuple[int, ...]]] = {"x86_64": X86, "i686": X86, "aarch64": ARM, "arm64": ARM}


def read(counters: Counters, place: int) -> int:
    """The number at `place`."""
    return int(counters[place])


def write(counters: Counters, place: int, number: int) -> None:
    """Set the number at `place`."""
    counters[place] = number


def add(counters: Counters, place: int, number: int) -> int:
    """Add to the number at `place`; returns what was there before."""
    before = int(counters[place])
    counters[place] = before + number
    return before


def pause() -> None:
    """Wait for a moment without giving up the processor."""


def _place(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, values[0])
    place = context.cast(builder, values[1], signature.args[1], types.int64)
    return builder.gep(array.data, [place])


def _number(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    return context.cast(builder, values[2], signature.args[2], types.int64)


def _load(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    return builder.load_atomic(_place(context, builder, signature, values), "acquire", 8)


def _store(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    number = _number(context, builder, signature, values)
    builder.store_atomic(number, _place(context, builder, signature, values), "release", 8)
    return context.get_dummy_value()


def _fetch_add(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    number = _number(context, builder, signature, values)
    return builder.atomic_rmw("add", _place(context, builder, signature, values), number, "acq_rel")


def _rest(context: Any, builder: Any, _signature: Any, _values: Any) -> Any:
    known = PAUSES.get(binding.get_process_triple().split("-")[0])
    if known is not None:
        name, numbers = known
        signature = ir.FunctionType(ir.VoidType(), [ir.IntType(32)] * len(numbers))
        builder.call(
            cgutils.get_or_insert_function(builder.module, signature, name), map(ir.IntType(32), numbers)
        )
    return context.get_dummy_value()


def _of_two(result: Any, generate: Callable[..., Any]) -> Any:
    return intrinsic(lambda _, counters, place: (result(counters, place), generate))


def _of_three(result: Any, generate: Callable[..., Any]) -> Any:
    return intrinsic(lambda _, counters, place, number: (result(counters, place, number), generate))


_read = _of_two(types.int64, _load)
_write = _of_three(types.void, _store)
_add = _of_three(types.int64, _fetch_add)
_pause = intrinsic(lambda _: (types.void(), _rest))

# Under compilation a call of the twin becomes a call of the intrinsic.
overload(read, strict=False)(lambda *_: lambda counters, place: _read(counters, place))
overload(write, strict=False)(lambda *_: lambda counters, place, number: _write(counters, place, number))
overload(add, strict=False)(lambda *_: lambda counters, place, number: _add(counters, place, number))
overload(pause)(lambda: lambda: _pause())  # type: ignore[call-arg]

# Give the processor to another thread; where the system has no such call, no more than a pause.
if hasattr(os, "sched_yield"):
    give_way: Any = types.ExternalFunction("sched_yield", types.int32())
else:
    give_way = jit(pause)
