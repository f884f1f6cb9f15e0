"""How is work spread over threads without changing a bit of its result?"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController, threadpool_limits  # type: ignore[import-untyped]

from simsuff.kernels.processors import UNKNOWN, current_processor, leave
from simsuff.numerics.validation import integer

VARIABLE = "SIMSUFF_THREADS"


@cache
def _controller() -> Any:
    """The BLAS libraries that are loaded at the first use; looking for them takes milliseconds."""
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run BLAS on one thread inside; usable as a decorator.

    Products of small matrices gain nothing from threads and lose a factor of ten to waiting on a busy machine;
    their last digits depend on the number of threads. Parallelism belongs one level up, over replicates.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


class _Here(threading.local):
    """What the calling thread may use; a thread that works for `for_each` starts none of its own."""

    limit: int | None = None


_here = _Here()


def thread_count() -> int:
    """How many threads `for_each` uses: ``$SIMSUFF_THREADS``, or the processors that this process may run on.

    Raises
    ------
    ValueError : where the variable holds no positive whole number.
    """
    if _here.limit is not None:
        return _here.limit
    set_by_user = os.environ.get(VARIABLE)
    if set_by_user is None:
        return _processors()
    number = int(set_by_user) if set_by_user.isdigit() else 0
    return integer(VARIABLE, number, 1, f"it is set to {set_by_user!r}; unset it to use every processor")


@cache
def _processors() -> int:
    known = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1


@contextmanager
def threads(limit: int) -> Iterator[None]:
    """Let `for_each` use up to `limit` threads inside, on the calling thread; usable as a decorator."""
    before, _here.limit = _here.limit, integer("limit", limit, 1, "use at least one thread")
    try:
        yield
    finally:
        _here.limit = before


@contextmanager
def one_thread() -> Iterator[None]:
    """Use the calling thread only, in `for_each` and in BLAS; usable as a decorator.

    For work that already runs beside its equals, such as a replicate on one of many workers.
    """
    # Limits set afresh also reach libraries that were loaded since the first look.
    with threads(1), threadpool_limits(limits=1, user_api="blas"):
        yield


def for_each(work: Callable[[int], object], count: int) -> None:
    """Call work(0), …, work(count − 1), on several threads where that is allowed; `work` releases the GIL.

    The calls may run in any order and must not touch the same memory, so that the result knows nothing of it.
    """
    workers = min(thread_count(), count)
    left = iter(range(count))
    # The calling thread works, too: it is awake, and a single other one to wake finds a processor at once.
    here = current_processor() if workers > 1 else UNKNOWN
    others = [_pool(workers - 1).submit(_take, work, left, here) for _ in range(workers - 1)]
    try:
        with threads(1) if others else nullcontext():
            _work_off(work, left)
    finally:
        for _ in left:  # after an error or Ctrl-C nobody begins another piece
            pass
        wait(others)
    for other in others:
        other.result()


def _take(work: Callable[[int], object], left: Iterator[int], caller: int) -> None:
    leave(caller)
    _here.limit = 1
    _work_off(work, left)


def _work_off(work: Callable[[int], object], left: Iterator[int]) -> None:
    for index in left:
        work(index)


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="simsuff")


# Threads do not survive a fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)
