"""Tasks on worker processes of this machine; the death of a worker costs nothing but time.

Each worker has its own pipe, so the death of one leaves the others untouched, and the parent knows which task
it was at. `ProcessPoolExecutor` offers neither.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection, wait
from pickle import UnpicklingError

from simsuff.studies.executors import Dispenser
from simsuff.studies.plan import Task
from simsuff.studies.tasks import Batch, Record, perform

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


def executor(jobs: int) -> Callable[[Dispenser], Generator[Record, None, None]]:
    """An executor with up to `jobs` worker processes."""
    return lambda dispenser: _Pool(dispenser, jobs).run()


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

    def assign(self, batch: Batch) -> None:
        self.owed.extend(batch.tasks)
        self.connection.send(batch)

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
                # Where the pipe is broken, `_collect` meets the end of it and puts the tasks back.
                with contextlib.suppress(OSError):
                    worker.assign(self.dispenser.next_batch())
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
