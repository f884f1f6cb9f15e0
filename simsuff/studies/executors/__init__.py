"""Backends that run tasks: this process, worker processes, or Dask; all yield the same records."""

from collections.abc import Callable, Generator

from simsuff.numerics.validation import require
from simsuff.studies.executors import cluster, processes
from simsuff.studies.executors.dispenser import Dispenser
from simsuff.studies.tasks import Record, perform

BACKENDS = ("processes", "dask")

Executor = Callable[[Dispenser], Generator[Record, None, None]]


def executor(backend: str, jobs: int, scheduler: str | None) -> Executor:
    """The executor for these options; connects to a scheduler at once, so that a wrong address is refused early.

    Raises
    ------
    ValueError : for an unknown backend, a scheduler without dask, or dask that is missing or out of reach.
    """
    require(backend in BACKENDS, "backend", backend, f"be one of {list(BACKENDS)}", "pick one")
    if backend == "dask":
        return cluster.executor(jobs, scheduler)
    require(scheduler is None, "scheduler", scheduler, "go with --backend dask", "add --backend dask")
    return serial if jobs == 1 else processes.executor(jobs)


def serial(dispenser: Dispenser) -> Generator[Record, None, None]:
    """One task after the other in this very process."""
    while dispenser:
        batch = dispenser.next_batch()
        for task, record in zip(batch.tasks, perform(batch), strict=True):
            dispenser.observe(task, record)
            yield record
