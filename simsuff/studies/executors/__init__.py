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

    While the first task of a cell runs, which may compile what others need, tasks of other experiments come first:
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
        self._begun: set[tuple[str, int]] = set()
        # The first tasks of cells that are under way, by their experiment.
        self._beginning: dict[str, set[str]] = {}

    def __bool__(self) -> bool:
        return bool(self.pending)

    def next_batch(self) -> Batch:
        """The next tasks of one experiment; needs a pending task."""
        # The first task of an experiment that has no cell at its first one; the next in order where all of them have.
        ready = (n for n, task in enumerate(self.pending) if not self._beginning.get(_experiment(task)))
        skipped = next(ready, 0)
        self.pending.rotate(-skipped)
        first = self.pending.popleft()
        tasks = [first]
        size = self._size(first)
        while self.pending and len(tasks) < size and _experiment(self.pending[0]) == _experiment(first):
            tasks.append(self.pending.popleft())
        self.pending.rotate(skipped)
        for task in tasks:
            cell = _experiment(task), task.cell
            if cell not in self._begun:
                self._begun.add(cell)
                self._beginning.setdefault(_experiment(task), set()).add(task.label)
        return self.batch(tasks)

    def batch(self, tasks: Iterable[Task]) -> Batch:
        """These tasks of one study as a batch."""
        chosen = tuple(tasks)
        return Batch(self._sources[chosen[0].study], self._scale, self._seed, chosen, self._values)

    def observe(self, task: Task, record: Record) -> None:
        """Learn from a finished task; the recent ones count most, since the first may hold a compilation."""
        key = _experiment(task)
        before = self._seconds.get(key, record.seconds)
        self._seconds[key] = (before + record.seconds) / 2
        self._beginning.get(key, set()).discard(task.label)

    def _size(self, task: Task) -> int:
        """How many tasks like this one fill a batch; one until the first duration is known."""
        seconds = self._seconds.get(_experiment(task))
        if seconds is None:
            return 1
        fair = math.ceil((len(self.pending) + 1) / (2 * self.workers))
        return max(1, min(fair, int(TARGET_SECONDS / max(seconds, 1e-6))))


def _experiment(task: Task) -> str:
    return f"{task.study}:{task.experiment}"


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
