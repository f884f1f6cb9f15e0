"""Progress on stderr: how many tasks are finished, how fast, and how long the rest will take; terminals only."""

import sys
import time
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from simsuff.studies.plan import Task
from simsuff.studies.tasks import Record

# A terminal needs no more than this many updates a second.
PERIOD_SECONDS = 0.2


class Progress:
    """Counts finished tasks and weighs the others by what tasks like them cost.

    Parameters
    ----------
    tasks, finished : all tasks, and the records of those that an earlier part of the run has finished.
    """

    def __init__(
        self, tasks: Iterable[Task], finished: Iterable[Record] = (), stream: TextIO | None = None
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._visible = self._stream.isatty()
        self._tasks = {task.label: task for task in tasks}
        self._cells = {label: label.rpartition("#")[0] for label in self._tasks}
        self._pending = Counter(self._cells.values())
        # Numbers of tasks and their seconds, by cell and by experiment.
        self._costs: dict[str, tuple[int, float]] = {}
        self._done, self._steps, self._work = 0, 0, 0.0
        for record in finished:
            if record.task in self._tasks:
                self._count(record)
        self._start = time.monotonic()
        self._shown = -PERIOD_SECONDS

    def step(self, record: Record) -> None:
        """One more task is finished."""
        self._count(record)
        self._steps += 1
        self._work += record.seconds
        now = time.monotonic() - self._start
        last = self._done == len(self._tasks)
        if self._visible and (now - self._shown >= PERIOD_SECONDS or last):
            self._shown = now
            left = self.seconds_left(now)
            speed = f"{self._steps / now:.3g} tasks/s" if now else ""
            study = record.task.partition("[")[0]
            text = f"{self._done}/{len(self._tasks)} tasks  {now:.0f} s  {speed}  about {left:.0f} s left  {study}"
            self._write(f"\r\x1b[K{text}")

    def seconds_left(self, elapsed: float) -> float:
        """The cost of what is pending, at the speed of what was done in `elapsed` seconds by all workers."""
        if not self._work:
            return 0.0
        cost = sum(count * self._cost(cell) for cell, count in self._pending.items() if count)
        return cost * elapsed / self._work

    def close(self) -> None:
        """Clear the line."""
        if self._visible:
            self._write("\r\x1b[K")

    def _count(self, record: Record) -> None:
        self._done += 1
        cell = self._cells[record.task]
        self._pending[cell] -= 1
        for key in (cell, cell.partition("[")[0], ""):
            count, seconds = self._costs.get(key, (0, 0.0))
            self._costs[key] = (count + 1, seconds + record.seconds)

    def _cost(self, cell: str) -> float:
        """The mean over finished tasks of the cell, else of its experiment, else over all."""
        keys = (cell, cell.partition("[")[0], "")
        count, seconds = next(self._costs[key] for key in keys if key in self._costs)
        return seconds / count

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
