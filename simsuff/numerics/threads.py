"""How do many small linear algebra calls run at full speed, and with results that no thread count changes?"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


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
