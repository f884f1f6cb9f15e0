"""A sweep from its paths to its results: prepare, run what is not yet stored, collect."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simsuff.discovery import Source
from simsuff.numerics.validation import integer, refuse, require
from simsuff.studies import provenance
from simsuff.studies.collect import StudyResult, collect
from simsuff.studies.executors import Dispenser, Executor, executor
from simsuff.studies.experiment import discover, read_assignments, with_values
from simsuff.studies.plan import StudyPlan, Task, plan_study, select
from simsuff.studies.progress import Progress
from simsuff.studies.store import FORMAT, Store, read_run, timestamp
from simsuff.studies.tasks import Record, same_directory, stdout_is_stderr


@dataclass(frozen=True)
class Settings:
    """What the user asked for."""

    paths: Sequence[str] = ("simulations",)
    scale: str = "default"
    seed: int = 0
    jobs: int = 1
    out: str | None = None
    resume: bool = False
    replace: bool = False
    only: Sequence[str] = ()
    set: Sequence[str] = ()
    backend: str = "processes"
    scheduler: str | None = None
    command: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Sweep:
    """Everything checked and ready to run; nothing has touched the disk yet."""

    settings: Settings
    out: Path | None
    plans: list[StudyPlan]
    sources: dict[str, Source]
    tasks: list[Task]
    values: Mapping[str, Any]
    executor: Executor


class Interrupted(KeyboardInterrupt):
    """The run was stopped; the finished tasks are kept where a directory was given."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"{done} of {total} tasks finished")
        self.done, self.total = done, total


def prepare(settings: Settings) -> Sweep:
    """Load the studies and check every option.

    Raises
    ------
    ValueError : for whatever cannot be run as asked.
    """
    integer("seed", settings.seed, 0, "pass a non-negative integer")
    integer("jobs", settings.jobs, 1, "pass the number of workers")
    require(settings.out or not settings.resume, "--resume", True, "go with --out DIR", "name the directory")
    both = settings.resume and settings.replace
    require(not both, "--resume", "--resume = --replace", "stand alone", "drop one of the two")
    out = Path(settings.out).absolute() if settings.out else None  # studies may change the directory
    with stdout_is_stderr(), same_directory():
        studies = discover(settings.paths)
    values = read_assignments(settings.set, studies)
    plans = [plan_study(with_values(study, values), settings.scale) for study in studies]
    tasks = select(plans, settings.only)
    sources = {study.name: study.source for study in studies}
    run = executor(settings.backend, settings.jobs, settings.scheduler)
    return Sweep(settings, out, plans, sources, tasks, values, run)


def open_store(sweep: Sweep) -> Store | None:
    """The run directory, where one was asked for; to be released by its user after the reports.

    Raises
    ------
    ValueError : where the directory is not ours, is in use, or `--resume` does not fit it.
    """
    if sweep.out is None:
        return None
    try:
        if sweep.settings.resume:
            return Store.resume(sweep.out, _header(sweep))
        return Store.create(sweep.out, _header(sweep), replace=sweep.settings.replace)
    except OSError as error:
        raise refuse("--out", str(sweep.out), "be a writable directory", str(error)) from error


def run(sweep: Sweep, store: Store | None = None) -> list[StudyResult]:
    """Run what is not yet in the store, and collect the results.

    Raises
    ------
    Interrupted : on Ctrl-C; the workers are stopped and the finished tasks kept.
    NoWorkers : where worker processes die before their first task.
    CannotWrite : where the run directory takes no more; what it holds is kept.
    """
    settings = sweep.settings
    records = list(store.records) if store else []
    finished = {record.task: record for record in records if record.rows is not None}
    owed = {task.label: task for task in sweep.tasks if task.label not in finished}
    dispenser = Dispenser(
        owed.values(), sweep.sources, settings.scale, settings.seed, settings.jobs, sweep.values
    )
    progress = Progress(sweep.tasks, finished.values())

    def keep(record: Record) -> None:
        records.append(record)
        if store:
            store.append(record)
        progress.step(record)

    status = "interrupted"
    try:
        with stdout_is_stderr(), contextlib.closing(sweep.executor(dispenser)) as results:
            for record in results:
                if owed.pop(record.task, None) is not None:
                    keep(record)
        for task in owed.values():
            keep(Record.failure(task, "LostTask: its worker said nothing about it"))
        status = "finished"
    except KeyboardInterrupt:
        done = len({record.task for record in records if record.rows is not None})
        raise Interrupted(done, len(sweep.tasks)) from None
    finally:
        progress.close()
        if store:
            store.close(status)
    return collect(sweep.plans, sweep.tasks, records)


def stored_results(folder: Path) -> tuple[list[StudyResult], dict[str, Any], tuple[int, int]]:
    """The results in a run directory, its header, and how many of how many tasks are finished.

    Raises
    ------
    ValueError : where `folder` is not a run directory, or its files are damaged.
    """
    header, plans, tasks, records = read_run(folder)
    known = {record.task for record in records}
    done = sum(task.label in known for task in tasks)
    return collect(plans, tasks, records), header, (done, len(tasks))


def _header(sweep: Sweep) -> dict[str, Any]:
    """What run.json says at the start."""
    settings = sweep.settings
    now = time.time()
    return {
        "format": FORMAT,
        "status": "running",
        "command": list(settings.command),
        "seed": settings.seed,
        "scale": settings.scale,
        "only": list(settings.only),
        "set": list(settings.set),
        "backend": settings.backend,
        "jobs": settings.jobs,
        "started": timestamp(now),
        "clock": now,
        "seconds_before": 0.0,
        "versions": provenance.versions(),
        "code": provenance.code_digest(),
        "helpers": provenance.helper_digests(source.text for source in sweep.sources.values()),
        "commit": provenance.git_commit(Path(sweep.plans[0].path).parent),
        "machine": provenance.machine(),
        "studies": [plan.to_json() for plan in sweep.plans],
    }
