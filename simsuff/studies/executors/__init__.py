"""Backends that run tasks (this process, worker processes, Dask; all yield the same records) and their batches."""

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from simsuff.discovery import Source
from simsuff.numerics.validation import one_of, require
from simsuff.studies.plan import Task
from simsuff.studies.tasks import Batch, Record, perform

BACKENDS = ("processes", "dask")

# A round trip to a process costs well below a millisecond, one through a Dask scheduler a few: a batch of
# this length keeps either below a few percent, and is still short against a run.
TARGET_SECONDS = 0.1


class Dispenser:
    """Hands out the pending tasks in batches of one experiment, sized by the durations seen so far.

    While the first task of a study runs, which may compile what the others need, tasks of other studies come first:
    workers that need the same kernels would wait for each other.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        sources: Mapping[str, Source],
        scale: str,
        seed: int,
        workers: int,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.pending = deque(tasks)
        self.workers = workers
        self._sources = sources
        self._scale = scale
        self._seed = seed
        self._values = dict(values or {})
        self._seconds: dict[str, float] = {}
        self._compiled: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self.pending)

    def next_batch(self) -> Batch:
        """The next tasks of one experiment; needs a pending task."""
        # The first task of a study that is not at its first one already; the next in order where all of them are.
        ready = (n for n, task in enumerate(self.pending) if self._compiled.get(task.study, True))
        skipped = next(ready, 0)
        self.pending.rotate(-skipped)
        first = self.pending.popleft()
        tasks = [first]
        size = self._size(first)
        while self.pending and len(tasks) < size and _same_experiment(self.pending[0], first):
            tasks.append(self.pending.popleft())
        self.pending.rotate(skipped)
        self._compiled.setdefault(first.study, False)
        return self.batch(tasks)

    def batch(self, tasks: Iterable[Task]) -> Batch:
        """These tasks of one study as a batch."""
        chosen = tuple(tasks)
        return Batch(self._sources[chosen[0].study], self._scale, self._seed, chosen, self._values)

    def observe(self, task: Task, record: Record) -> None:
        """Learn from a finished task; the recent ones count most, since the first may hold a compilation."""
        key = f"{task.study}:{task.experiment}"
        before = self._seconds.get(key, record.seconds)
        self._seconds[key] = (before + record.seconds) / 2
        self._compiled[task.study] = True

    def _size(self, task: Task) -> int:
        """How many tasks like this one fill a batch; one until the first duration is known."""
        seconds = self._seconds.get(f"{task.study}:{task.experiment}")
        if seconds is None:
            return 1
        fair = math.ceil((len(self.pending) + 1) / (2 * self.workers))
        return max(1, min(fair, int(TARGET_SECONDS / max(seconds, 1e-6))))


def _same_experiment(task: Task, other: Task) -> bool:
    return (task.study, task.experiment) == (other.study, other.experiment)


Executor = Callable[[Dispenser], Generator[Record, None, None]]


def executor(backend: str, jobs: int, scheduler: str | None) -> Executor:
    """The executor for these options; connects to a scheduler at once, so that a wrong address is refused early.

    Raises
    ------
    ValueError : for an unknown backend, a scheduler without dask, or dask that is missing or out of reach.
    """
    from simsuff.studies.executors import cluster, processes

    one_of("backend", backend, BACKENDS)
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
