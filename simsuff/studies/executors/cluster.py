"""Tasks on a Dask cluster, or on a local one."""

import importlib
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from simsuff.numerics.validation import refuse
from simsuff.studies.executors import Dispenser
from simsuff.studies.plan import Task
from simsuff.studies.tasks import Batch, Record, perform_all

# Batches in flight for each worker thread: one that runs, one that waits.
DEPTH = 2


def executor(jobs: int, scheduler: str | None) -> Callable[[Dispenser], Generator[Record, None, None]]:
    """An executor on the cluster at `scheduler`, or on `jobs` local processes where no address is given.

    The workers need simsuff in the same version; the text of the study files travels with the tasks.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        way_out = "pip install distributed"
        raise refuse("backend", "dask", "have the package `distributed` installed", way_out) from error
    try:
        local = {"n_workers": jobs, "threads_per_worker": 1, "dashboard_address": None}
        client = distributed.Client(scheduler, timeout="10s") if scheduler else distributed.Client(**local)
    except (OSError, ValueError) as error:
        way_out = "start it with `dask scheduler`, or check the address"
        raise refuse("scheduler", scheduler, "be reachable", way_out) from error
    return lambda dispenser: _run(dispenser, client, distributed)


def _run(dispenser: Dispenser, client: Any, distributed: Any) -> Generator[Record, None, None]:
    """Keep every worker thread supplied.

    Dask counts a worker's death against every batch that was waiting there. Those that it gives up run once more at
    the end, one task at a time with nothing else in flight: only a task that kills its worker alone is guilty.
    """
    dispenser.workers = max(1, sum(client.nthreads().values()))
    batches: dict[str, Batch] = {}
    suspects: deque[Task] = deque()
    flying: Any = distributed.as_completed()

    def submit(batch: Batch) -> None:
        future = client.submit(perform_all, batch, pure=False)
        batches[future.key] = batch
        flying.add(future)

    with client:
        while dispenser or batches or suspects:
            while dispenser and len(batches) < DEPTH * dispenser.workers:
                submit(dispenser.next_batch())
            alone = not batches
            if alone:
                submit(dispenser.batch([suspects.popleft()]))
            future = next(flying)
            batch = batches.pop(future.key)
            if future.status == "finished":
                for task, record in zip(batch.tasks, future.result(), strict=True):
                    dispenser.observe(task, record)
                    yield record
            elif isinstance(future.exception(), distributed.KilledWorker) and not alone:
                suspects.extend(batch.tasks)
            else:
                for task in batch.tasks:
                    yield Record.failure(task, f"WorkerDied: {future.exception()!r}")
