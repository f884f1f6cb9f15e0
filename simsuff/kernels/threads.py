"""Threads for large calls, and one thread where workers share the processors: no number changes a bit of a result."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from simsuff.numerics.validation import integer, refuse

VARIABLE = "SIMSUFF_THREADS"

# More threads than this are a slip of the keyboard, and starting them would take minutes.
MOST_THREADS = 1024


@lru_cache(maxsize=2)
def _controller(modules: int = 0) -> Any:  # noqa: ARG001
    """The BLAS libraries that are loaded at the first use with this number of modules; looking takes milliseconds."""
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
    ValueError : where the variable holds no whole number from 1 to `MOST_THREADS`.
    """
    if _here.limit is not None:
        return _here.limit
    set_by_user = os.environ.get(VARIABLE)
    if set_by_user is None:
        return _processors()
    number = int(set_by_user) if set_by_user.isdigit() else 0
    way_out = "unset it to use every processor"
    if number > MOST_THREADS:
        raise refuse(VARIABLE, set_by_user, f"be at most {MOST_THREADS}", way_out)
    return integer(VARIABLE, number, 1, f"it is set to {set_by_user!r}; {way_out}")


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
    # Another look, once modules were imported since, also reaches the libraries that came with them.
    with threads(1), _controller(len(sys.modules)).limit(limits=1, user_api="blas"):
        yield


def for_each(work: Callable[[int], object], count: int) -> None:
    """Call work(0), …, work(count − 1), on several threads where that is allowed; `work` releases the GIL.

    The calls may run in any order and must not touch the same memory, so that the result knows nothing of it. While
    the interpreter ends, when no thread starts any more, the calling thread does all of it.
    """
    workers = min(thread_count(), count)
    left = iter(range(count))
    others: list[Future[None]] = []
    with suppress(RuntimeError):  # from `submit`, while the interpreter ends
        # The calling thread works, too: it is awake already.
        others += [_pool(workers - 1).submit(_take, work, left) for _ in range(workers - 1)]
    try:
        with threads(1) if others else nullcontext():
            for index in left:
                work(index)
    finally:
        for _ in left:  # after an error or Ctrl-C nobody begins another piece
            pass
        wait(others)
    for other in others:
        other.result()


def _take(work: Callable[[int], object], left: Iterator[int]) -> None:
    _here.limit = 1
    for index in left:
        work(index)


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="simsuff")


# Threads do not survive a fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)
