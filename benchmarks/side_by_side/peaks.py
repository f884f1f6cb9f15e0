"""How fast could this machine be: multiply-adds in registers, and exponentials of numbers that lie in the L1 cache?"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from side_by_side.exponentials import EXPONENTIALS

# Enough independent sums to hide the latency of two units of four cycles each, and few enough for 16 registers.
SUMS = 10

# Long enough for the clock, short enough to find a quiet moment.
SECONDS, TRIES = 0.03, 15


class Peaks(NamedTuple):
    """Numbers per second on all threads together, and which exponential was the fastest."""

    flops: float
    exponentials: float
    exponential: str

    def seconds(self, K: int, d: int) -> float:
        """The shortest time of symmetric InfoNCE with gradients: 6 K² d flops and K² exponentials."""
        return 6 * K * K * d / self.flops + K * K / self.exponentials


@intrinsic
def multiply_adds(_: Any, start: Any, rounds: Any) -> Any:
    return start(start, rounds), _emit


def _emit(context: Any, builder: Any, signature: Any, values: list[Any]) -> Any:
    """`rounds` times x ← x·a + a in `SUMS` vectors that never leave their registers; returns one lane of their sum."""
    start, rounds = values
    lanes = vector_bytes(context.codegen()._tm_features) * 8 // signature.args[0].bitwidth
    vector, index = ir.VectorType(start.type, lanes), ir.IntType(32)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), start, index(0))
    spread = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(index, lanes), None))
    name = f"llvm.fma.v{lanes}f{signature.args[0].bitwidth}"
    fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
    sums = [cgutils.alloca_once_value(builder, spread) for _ in range(SUMS)]
    with cgutils.for_range(builder, rounds):
        for pointer in sums:
            builder.store(builder.call(fma, [builder.load(pointer), spread, spread]), pointer)
    total = builder.load(sums[0])
    for pointer in sums[1:]:
        total = builder.fadd(total, builder.load(pointer))
    return builder.extract_element(total, index(0))


def vector_bytes(features: str) -> int:
    """The width of the vectors of a processor with these LLVM features."""
    names = features.split(",")
    return 64 if "+avx512f" in names else 32 if "+avx" in names else 16


@numba.njit(nogil=True)
def chain(start: Any, rounds: int) -> Any:
    """One lane of the sum of all vectors after so many rounds."""
    return multiply_adds(start, rounds)


def flops_per_round(dtype: str) -> int:
    """Two for each lane of each sum."""
    features = numba.core.registry.cpu_target.target_context.codegen()._tm_features
    return 2 * SUMS * vector_bytes(features) // np.dtype(dtype).itemsize


def multiply_add_peak(dtype: str, threads: int) -> float:
    """Flops per second of all threads at once."""
    kind = np.dtype(dtype).type
    # x ← x·a + a stays near 1: no overflow and no subnormal number on the way.
    start = kind(0.5)
    return flops_per_round(dtype) * best_rate(lambda rounds: chain(start, rounds), threads)


def exponential_peak(dtype: str, threads: int) -> tuple[float, str]:
    """Exponentials per second of all threads, and whose they are.

    np.exp of so few numbers holds the interpreter most of the time: its rate is that of one thread times threads.
    """
    found = []
    for name, build in EXPONENTIALS.items():
        try:
            run = build(dtype)
            run(1)
        except ImportError:
            continue
        rate = threads * best_rate(run, 1) if name == "np.exp" else best_rate(run, threads)
        found.append((rate, name))
    return max(found)


def best_rate(run: Callable[[int], Any], threads: int) -> float:
    """Rounds per second of `run(rounds)` on so many threads at once, at the best of some tries."""
    rounds = 1 << 14
    while (elapsed := _clocked(run, rounds, 1)) < SECONDS / 4:
        rounds *= 4 if elapsed < SECONDS / 16 else 2
    return max(threads * rounds / _clocked(run, rounds, threads) for _ in range(TRIES))


def _clocked(run: Callable[[int], Any], rounds: int, threads: int) -> float:
    """Seconds until all threads are done."""
    if threads == 1:
        begin = time.perf_counter()
        run(rounds)
        return time.perf_counter() - begin
    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        list(pool.map(run, [rounds] * threads))
        return time.perf_counter() - begin


def measure_peaks(dtype: str, threads: int) -> Peaks:
    """Both peaks of a precision."""
    rate, name = exponential_peak(dtype, threads)
    return Peaks(multiply_add_peak(dtype, threads), rate, name)


def higher(first: Peaks, second: Peaks) -> Peaks:
    """The better of two measurements: noise only lowers a peak."""
    rate, name = max(first[1:], second[1:])
    return Peaks(max(first.flops, second.flops), rate, name)
