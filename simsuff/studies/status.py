"""How far a run is, and what a run would take: tasks done, failed and left, and the time they need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simsuff.studies.plan import StudyPlan, Task, codes, select, with_more
from simsuff.studies.progress import Costs
from simsuff.studies.store import RecordFile, holder, read_header, read_records, read_run
from simsuff.studies.sweep import Sweep


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
        """Tasks with a record."""
        return sum(part.done for part in self.parts)

    @property
    def planned(self) -> int:
        """All tasks."""
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
    costs = _costs(records)
    names = [plan.name for plan in plans]
    parts = _parts(names, tasks, records, costs, int(header.get("jobs", 1)))
    failures = [f"{label}: {records[label].error}" for label in sorted(records.failed & records.keys())]
    return RunStatus(state, held, parts, failures, header)


def forecast(sweep: Sweep) -> list[Part]:
    """What a prepared sweep would run, by experiment; times are those of tasks that an earlier run left in its directory.

    `done` less `failed` are the tasks that `--resume` would keep.
    """
    costs, kept, plans = Costs(), None, sweep.plans
    if sweep.out is not None and (sweep.out / "run.json").exists():
        earlier = [StudyPlan.from_json(study) for study in read_header(sweep.out)["studies"]]
        records, _ = read_records(sweep.out, earlier)
        costs = _costs(records)
        if sweep.settings.resume:
            plans = with_more(sweep.plans, earlier)
            kept = read_records(sweep.out, plans)[0]
    return _parts(codes(plans), select(plans, sweep.settings.only), kept, costs, sweep.settings.jobs)


def _costs(records: RecordFile) -> Costs:
    costs = Costs()
    for record in records.values():
        costs.add(record)
    return costs


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
