"""How do tasks run on a Dask cluster, or on a local one?"""

import importlib
from collections.abc import Callable, Generator
from typing import Any

from simsuff.numerics.validation import refuse
from simsuff.studies.executors.dispenser import Dispenser
from simsuff.studies.tasks import Batch, Record, perform_all

# Batches in flight for each worker thread: one that runs, one that waits.
DEPTH = 2


def executor(jobs: int, scheduler: str | None) -> Callable[[Dispenser], Generator[Record, None, None]]:
    """An executor on the cluster at `scheduler`, or on `jobs` local processes where no address is given.

    The workers need simsuff in the same version; the text of the study files travels with the tasks.
    """
    client = _client(jobs, scheduler)
    return lambda dispenser: _run(dispenser, client)


def _client(jobs: int, scheduler: str | None) -> Any:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        way_out = "pip install 'simsuff[cluster]'"
        raise refuse("backend", "dask", "have the package `distributed` installed", way_out) from error
    try:
        if scheduler is None:
            return distributed.Client(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
        return distributed.Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        way_out = "start it with `dask scheduler`, or check the address"
        raise refuse("scheduler", scheduler, "be reachable", way_out) from error


def _run(dispenser: Dispenser, client: Any) -> Generator[Record, None, None]:
    """Keep every worker thread supplied; a batch that kills its worker is retried task by task."""
    dispenser.workers = max(1, sum(client.nthreads().values()))
    batches: dict[str, Batch] = {}
    flying: Any = importlib.import_module("distributed").as_completed()

    def submit(batch: Batch) -> None:
        future = client.submit(perform_all, batch, pure=False)
        batches[future.key] = batch
        flying.add(future)

    with client:
        while dispenser or batches:
            while dispenser and len(batches) < DEPTH * dispenser.workers:
                submit(dispenser.next_batch())
            future = next(flying)
            batch = batches.pop(future.key)
            if future.status == "finished":
                yield from _observed(dispenser, batch, future.result())
            elif len(batch.tasks) == 1:
                yield Record.failure(batch.tasks[0], f"WorkerDied: {future.exception()!r}")
            else:
                for task in batch.tasks:
                    submit(dispenser.batch([task]))


def _observed(dispenser: Dispenser, batch: Batch, records: list[Record]) -> Generator[Record, None, None]:
    for task, record in zip(batch.tasks, records, strict=True):
        dispenser.observe(task, record)
        yield record
