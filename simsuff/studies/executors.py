"""Backends that run tasks (this process, worker processes, Dask; all yield the same records) and their batches.

Each worker process has its own pipe, so the death of one leaves the others untouched, and the parent knows which task
it was at. `ProcessPoolExecutor` offers neither.
"""

import contextlib
import ctypes
import importlib
import math
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from multiprocessing.connection import Connection, wait
from pickle import UnpicklingError
from typing import Any

from simsuff.discovery import Source
from simsuff.numerics.validation import one_of, refuse, require
from simsuff.studies.plan import Task
from simsuff.studies.tasks import Batch, Record, perform

BACKENDS = ("processes", "dask")

# A round trip to a process costs well below a millisecond, one through a Dask scheduler a few: a batch of
# this length keeps either below a few percent, and is still short against a run.
TARGET_SECONDS = 0.1
# How often a task may take its worker down before it is given up.
ATTEMPTS = 3
# How many workers in a row may die before they are ready for work.
STILLBIRTHS = 3
# How long a worker may take to obey before it is killed.
GRACE_SECONDS = 2.0
# How long all workers may be silent before their lives are checked.
SILENT_SECONDS = 1.0

_READY = "ready"

# Linux: the signal that a process gets when its parent dies (prctl(2)).
PR_SET_PDEATHSIG = 1

# Batches in flight for each worker thread: one that runs, one that waits.
DEPTH = 2


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
    one_of("backend", backend, BACKENDS)
    if backend == "dask":
        return dask(jobs, scheduler)
    require(scheduler is None, "scheduler", scheduler, "go with --backend dask", "add --backend dask")
    return serial if jobs == 1 else lambda dispenser: _Pool(dispenser, jobs).run()


def serial(dispenser: Dispenser) -> Generator[Record, None, None]:
    """One task after the other in this very process."""
    while dispenser:
        batch = dispenser.next_batch()
        for task, record in zip(batch.tasks, perform(batch), strict=True):
            dispenser.observe(task, record)
            yield record


class NoWorkers(RuntimeError):
    """Worker processes cannot be started here."""


class _Worker:
    """A spawned process, its pipe, and the tasks that it still owes."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        with _ctrl_c_held_back():
            self.process.start()
        theirs.close()
        self.ready = False
        self.owed: deque[Task] = deque()

    def stop(self, *, now: bool) -> None:
        """Close the pipe, which ends an idle worker; a busy one is terminated where `now`."""
        self.connection.close()
        if now:
            self.process.terminate()
        self.process.join(GRACE_SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()


class _Pool:
    def __init__(self, dispenser: Dispenser, jobs: int) -> None:
        self.dispenser = dispenser
        self.jobs = jobs
        self.workers: list[_Worker] = []
        self.deaths: dict[str, int] = {}
        self.stillbirths = 0

    def run(self) -> Generator[Record, None, None]:
        finished = False
        try:
            while self.dispenser or any(worker.owed for worker in self.workers):
                self._staff()
                yield from self._collect()
            finished = True
        finally:
            for worker in self.workers:
                worker.stop(now=not finished)

    def _staff(self) -> None:
        """Start the workers that the pending tasks can use, and give idle ones their next batch."""
        idle = [worker for worker in self.workers if worker.ready and not worker.owed]
        for worker in idle[: len(self.dispenser.pending)]:
            if self.dispenser:
                batch = self.dispenser.next_batch()
                worker.owed.extend(batch.tasks)
                # Where the pipe is broken, `_collect` meets the end of it and puts the tasks back.
                with contextlib.suppress(OSError):
                    worker.connection.send(batch)
        starting = sum(not worker.ready for worker in self.workers)
        wanted = min(self.jobs - len(self.workers), len(self.dispenser.pending) - starting)
        self.workers.extend(_Worker() for _ in range(wanted))

    def _collect(self) -> Generator[Record, None, None]:
        """What the workers say next, and who has died."""
        by_connection = {worker.connection: worker for worker in self.workers}
        for connection in wait(list(by_connection), SILENT_SECONDS):
            assert isinstance(connection, Connection)
            worker = by_connection[connection]
            try:
                message = connection.recv()
            except (EOFError, OSError, UnpicklingError):
                yield from self._bury(worker)
                continue
            if message == _READY and not worker.ready:
                worker.ready, self.stillbirths = True, 0
            elif isinstance(message, Record) and worker.owed and message.task == worker.owed[0].label:
                self.dispenser.observe(worker.owed.popleft(), message)
                yield message
            else:  # something else writes into the pipe: a process that a task left behind
                yield from self._bury(worker)
        # A process that a task left behind keeps the pipe of its dead worker open.
        for worker in [w for w in self.workers if not w.process.is_alive() and not w.connection.poll()]:
            yield from self._bury(worker)

    def _bury(self, worker: _Worker) -> Generator[Record, None, None]:
        """Put the tasks of a dead worker back; give up the one it was at when it has killed too often."""
        worker.stop(now=True)
        self.workers.remove(worker)
        if not worker.ready:
            self.stillbirths += 1
            if self.stillbirths >= STILLBIRTHS:
                status = f"exit status {worker.process.exitcode}"
                text = f"{STILLBIRTHS} worker processes in a row died at start ({status}); run with --jobs 1 to see why"
                raise NoWorkers(text)
        if worker.owed:
            suspect = worker.owed[0]
            self.deaths[suspect.label] = self.deaths.get(suspect.label, 0) + 1
            if self.deaths[suspect.label] >= ATTEMPTS:
                worker.owed.popleft()
                code = worker.process.exitcode or 0
                cause = signal.Signals(-code).name if code < 0 else f"exit status {code}"
                text = f"WorkerDied: killed its worker process {ATTEMPTS} times ({cause}); out of memory?"
                yield Record.failure(suspect, text)
        self.dispenser.pending.extendleft(reversed(worker.owed))


@contextlib.contextmanager
def _ctrl_c_held_back() -> Generator[None, None, None]:
    """Start processes that Ctrl-C does not reach before they can ignore it; here it is only late."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve(connection: Connection) -> None:
    """The life of a worker: receive a batch, send a record for each task, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # before the study file imports Numba
    _follow_parent()
    try:
        connection.send(_READY)
        while True:
            for record in perform(connection.recv()):
                connection.send(record)
    except (EOFError, OSError):
        return


def _follow_parent() -> None:
    """Die with the parent, also in the middle of a task that holds the interpreter (there the kernel must kill)."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux the thread below must do
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if not parent.is_alive():
        os._exit(1)

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def dask(jobs: int, scheduler: str | None) -> Executor:
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
    return lambda dispenser: _on_dask(dispenser, client, distributed)


def _on_dask(dispenser: Dispenser, client: Any, distributed: Any) -> Generator[Record, None, None]:
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


def perform_all(batch: Batch) -> list[Record]:
    """`perform` as a list, which Dask carries whole."""
    return list(perform(batch))
