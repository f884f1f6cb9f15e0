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
    return flops_per_round(dtype) * best_rate([lambda rounds: chain(start, rounds)] * threads)


def exponential_peak(dtype: str, threads: int) -> tuple[float, str]:
    """Exponentials per second of all threads, and whose they are.

    np.exp of so few numbers holds the interpreter most of the time: its rate is that of one thread times threads.
    """
    found = []
    for name, build in EXPONENTIALS.items():
        try:
            # Arrays of its own for each thread: caches that share a line wait for each other.
            runs = [build(dtype) for _ in range(threads)]
            runs[0](1)
        except ImportError:
            continue
        rate = threads * best_rate(runs[:1]) if name == "np.exp" else best_rate(runs)
        found.append((rate, name))
    return max(found)


def best_rate(runs: list[Callable[[int], Any]]) -> float:
    """Rounds per second of all `runs` at once, each `run(rounds)` on a thread, at the best of some tries."""
    rounds = 1 << 14
    while (elapsed := _clocked(runs[:1], rounds)) < SECONDS / 4:
        rounds *= 4 if elapsed < SECONDS / 16 else 2
    return max(len(runs) * rounds / _clocked(runs, rounds) for _ in range(TRIES))


def _clocked(runs: list[Callable[[int], Any]], rounds: int) -> float:
    """Seconds until all threads are done."""
    if len(runs) == 1:
        begin = time.perf_counter()
        runs[0](rounds)
        return time.perf_counter() - begin
    with ThreadPoolExecutor(len(runs)) as pool:
        begin = time.perf_counter()
        list(pool.map(lambda run: run(rounds), runs))
        return time.perf_counter() - begin


def measure_peaks(dtype: str, threads: int) -> Peaks:
    """Both peaks of a precision."""
    rate, name = exponential_peak(dtype, threads)
    return Peaks(multiply_add_peak(dtype, threads), rate, name)


def higher(first: Peaks, second: Peaks) -> Peaks:
    """The better of two measurements: noise only lowers a peak."""
    rate, name = max(first[1:], second[1:])
    return Peaks(max(first.flops, second.flops), rate, name)
