"""How far a run is and how long the rest takes: on stderr while it runs, of a run directory, and before it starts."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from simsuff.studies.plan import StudyPlan, Task, codes, select, with_more
from simsuff.studies.store import RecordFile, holder, read_header, read_records, read_run
from simsuff.studies.tasks import Record

if TYPE_CHECKING:
    from simsuff.studies.sweep import Sweep

# A terminal needs no more than this many updates a second; a log, one line a minute.
PERIOD_SECONDS, LOG_PERIOD_SECONDS = 0.2, 60.0


class Costs:
    """What tasks took, by cell and by experiment: those of the given records, and what is added.

    Examples
    --------
    >>> costs = Costs()
    >>> costs.add(Record("toy:f[K=1]#0", [], "", [], 2.0))
    >>> costs.of("toy:f[K=1]"), costs.of("toy:f[K=2]"), costs.of("toy:g[]"), Costs().of("toy:f[K=1]")
    (2.0, 2.0, 2.0, None)
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._sums: dict[str, tuple[int, float]] = {}
        for record in records:
            self.add(record)

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
        for task in tasks:
            self._pending[task.label.rpartition("#")[0]] += 1
            self._total += 1

    def step(self, record: Record) -> None:
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
        if self._is_terminal:
            self._write("\r\x1b[K")

    def _count(self, record: Record) -> None:
        self._done += 1
        self._pending[record.task.rpartition("#")[0]] -= 1
        self.costs.add(record)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


@dataclass(frozen=True)
class Part:
    """A study, or an experiment, of a run: its tasks, and how many seconds those take that have not succeeded.

    `failed` are among those that are `done`; `seconds_left` is None where no task has told what such tasks take.
    """

    name: str
    cells: int
    planned: int
    done: int
    failed: int
    seconds_left: float | None


@dataclass(frozen=True)
class RunStatus:
    """A run directory: its state (``finished``, ``interrupted``, ``running``, ``killed``), who holds it, its studies."""

    state: str
    holder: str
    parts: Sequence[Part]
    failures: Sequence[str]
    header: Mapping[str, Any]

    @property
    def done(self) -> int:
        return sum(part.done for part in self.parts)

    @property
    def planned(self) -> int:
        return sum(part.planned for part in self.parts)


def status_of(folder: Path) -> RunStatus:
    """The state of a run directory, by study; the directory is only read.

    Raises
    ------
    ValueError : where `folder` is not a run directory, or its files are damaged.
    """
    header, plans, tasks, records = read_run(folder)
    held = holder(folder)
    state = "running" if held else "killed" if header["status"] == "running" else header["status"]
    costs = Costs(records.values())
    names = [plan.name for plan in plans]
    parts = _parts(names, tasks, records, costs, int(header.get("jobs", 1)))
    failures = [f"{label}: {records[label].error}" for label in sorted(records.failed & records.keys())]
    return RunStatus(state, held, parts, failures, header)


def forecast(sweep: "Sweep") -> list[Part]:
    """What a prepared sweep would run, by experiment; times are those of tasks that an earlier run left in its directory.

    `done` less `failed` are the tasks that `--resume` would keep.
    """
    costs, kept, plans = Costs(), None, sweep.plans
    if sweep.out is not None and (sweep.out / "run.json").exists():
        earlier = [StudyPlan.from_json(study) for study in read_header(sweep.out)["studies"]]
        records, _ = read_records(sweep.out, earlier)
        costs = Costs(records.values())
        if sweep.settings.resume:
            plans = with_more(sweep.plans, earlier)
            kept = read_records(sweep.out, plans)[0]
    return _parts(codes(plans), select(plans, sweep.settings.only), kept, costs, sweep.settings.jobs)


def _parts(
    names: Iterable[str], tasks: Sequence[Task], records: RecordFile | None, costs: Costs, jobs: int
) -> list[Part]:
    """One part for each of `names`, which are studies or ``study:experiment``."""
    chosen: dict[str, list[Task]] = {name: [] for name in names}
    for task in tasks:
        chosen[task.study if task.study in chosen else f"{task.study}:{task.experiment}"].append(task)
    parts = []
    for name, own in chosen.items():
        labels = [task.label for task in own]
        done = {label for label in labels if records is not None and label in records}
        good = done - records.failed if records is not None else done
        left = [costs.of(label.rpartition("#")[0]) for label in labels if label not in good]
        known = [seconds for seconds in left if seconds is not None]
        rest = sum(known) / jobs if len(known) == len(left) else None
        cells = len({label.rpartition("#")[0] for label in labels})
        parts.append(Part(name, cells, len(labels), len(done), len(done) - len(good), rest))
    return parts
