"""Progress on stderr: how many tasks are finished, how fast, and how long the rest will take."""

import sys
import time
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from simsuff.studies.plan import Task
from simsuff.studies.tasks import Record

# A terminal needs no more than this many updates a second; a log, one line a minute.
PERIOD_SECONDS, LOG_PERIOD_SECONDS = 0.2, 60.0


class Costs:
    """What tasks took, by cell and by experiment.

    Examples
    --------
    >>> costs = Costs()
    >>> costs.add(Record("toy:f[K=1]#0", [], "", [], 2.0))
    >>> costs.of("toy:f[K=1]"), costs.of("toy:f[K=2]"), costs.of("toy:g[]"), Costs().of("toy:f[K=1]")
    (2.0, 2.0, 2.0, None)
    """

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, float]] = {}

    def add(self, record: Record) -> None:
        """Learn from a finished task."""
        cell = record.task.rpartition("#")[0]
        for key in (cell, cell.partition("[")[0], ""):
            count, seconds = self._sums.get(key, (0, 0.0))
            self._sums[key] = (count + 1, seconds + record.seconds)

    def of(self, cell: str) -> float | None:
        """The mean seconds of a task of the cell, else of its experiment, else of all; None before the first."""
        keys = (cell, cell.partition("[")[0], "")
        count, seconds = next((self._sums[key] for key in keys if key in self._sums), (0, 0.0))
        return seconds / count if count else None


class Progress:
    """Counts finished tasks and weighs the others by what tasks like them cost.

    Parameters
    ----------
    finished : the records of the tasks that an earlier part of the run has finished.
    """

    def __init__(
        self, tasks: Iterable[Task], finished: Iterable[Record] = (), stream: TextIO | None = None
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._period = PERIOD_SECONDS if self._is_terminal else LOG_PERIOD_SECONDS
        self.costs = Costs()
        self._pending: Counter[str] = Counter()
        self._total, self._done, self._steps, self._work = 0, 0, 0, 0.0
        self.extend(tasks)
        for record in finished:
            self._count(record)
        self._start = time.monotonic()
        self._shown = -PERIOD_SECONDS if self._is_terminal else 0.0

    def extend(self, tasks: Iterable[Task]) -> None:
        """More tasks are to be done."""
        for task in tasks:
            self._pending[task.label.rpartition("#")[0]] += 1
            self._total += 1

    def step(self, record: Record) -> None:
        """One more task is finished."""
        self._count(record)
        self._steps += 1
        self._work += record.seconds
        now = time.monotonic() - self._start
        last = self._done == self._total and self._is_terminal
        if now - self._shown >= self._period or last:
            self._shown = now
            left = self.seconds_left(now)
            speed = f"{self._steps / now:.3g} tasks/s" if now else ""
            text = f"{self._done}/{self._total} tasks  {now:.0f} s  {speed}  about {left:.0f} s left  {record.experiment}"
            self._write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")

    @property
    def speed(self) -> float:
        """Seconds of tasks done by all workers in one second of this part of the run; 1 before the first."""
        elapsed = time.monotonic() - self._start
        return self._work / elapsed if self._work and elapsed else 1.0

    def seconds_left(self, elapsed: float) -> float:
        """The cost of what is pending, at the speed of what was done in `elapsed` seconds by all workers."""
        if not self._work:
            return 0.0
        cost = sum(count * (self.costs.of(cell) or 0.0) for cell, count in self._pending.items() if count)
        return cost * elapsed / self._work

    def close(self) -> None:
        """Clear the line."""
        if self._is_terminal:
            self._write("\r\x1b[K")

    def _count(self, record: Record) -> None:
        self._done += 1
        self._pending[record.task.rpartition("#")[0]] -= 1
        self.costs.add(record)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
