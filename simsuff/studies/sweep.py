"""How is a sweep run from its paths to its results?"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simsuff.discovery import Source
from simsuff.numerics.validation import integer, refuse, require
from simsuff.studies import provenance
from simsuff.studies.collect import StudyResult, collect
from simsuff.studies.discovery import discover
from simsuff.studies.executors import Executor, executor
from simsuff.studies.executors.dispenser import Dispenser
from simsuff.studies.plan import StudyPlan, Task, plan_study
from simsuff.studies.progress import Progress
from simsuff.studies.selection import select
from simsuff.studies.store import FORMAT, Store, read_header, read_records, timestamp


@dataclass(frozen=True)
class Settings:
    """What the user asked for."""

    paths: Sequence[str] = ("simulations",)
    scale: str = "default"
    seed: int = 0
    jobs: int = 1
    out: str | None = None
    resume: bool = False
    only: Sequence[str] = ()
    backend: str = "processes"
    scheduler: str | None = None
    command: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Sweep:
    """Everything checked and ready to run; nothing has touched the disk yet."""

    settings: Settings
    plans: list[StudyPlan]
    sources: dict[str, Source]
    tasks: list[Task]
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
    studies = discover(settings.paths)
    plans = [plan_study(study, settings.scale) for study in studies]
    tasks = select(plans, settings.only)
    sources = {study.name: study.source for study in studies}
    run = executor(settings.backend, settings.jobs, settings.scheduler)
    return Sweep(settings, plans, sources, tasks, run)


def open_store(sweep: Sweep) -> Store | None:
    """The run directory, where one was asked for.

    Raises
    ------
    ValueError : where the directory is not ours, or `--resume` does not fit it.
    """
    if sweep.settings.out is None:
        return None
    folder = Path(sweep.settings.out)
    try:
        if sweep.settings.resume:
            return Store.resume(folder, _header(sweep))
        return Store.create(folder, _header(sweep))
    except OSError as error:
        raise refuse("--out", str(folder), "be a writable directory", str(error)) from error


def run(sweep: Sweep, store: Store | None = None) -> list[StudyResult]:
    """Run what is not yet in the store, and collect the results.

    Raises
    ------
    Interrupted : on Ctrl-C; the workers are stopped and the finished tasks kept.
    NoWorkers : where worker processes die before their first task.
    """
    records = list(store.records) if store else []
    finished = {record.task for record in records if record.rows is not None}
    pending = [task for task in sweep.tasks if task.label not in finished]
    total = len(sweep.tasks)
    progress = Progress(total, total - len(pending))
    status = "interrupted"
    try:
        with contextlib.closing(sweep.executor(_dispenser(sweep, pending))) as results:
            for record in results:
                records.append(record)
                if store:
                    store.append(record)
                progress.step(record.task)
        status = "finished"
    except KeyboardInterrupt:
        done = len({record.task for record in records if record.rows is not None})
        raise Interrupted(done, total) from None
    finally:
        progress.close()
        if store:
            store.close(status)
    return collect(sweep.plans, sweep.tasks, records)


def stored_results(folder: Path) -> tuple[list[StudyResult], dict[str, Any]]:
    """The results in a run directory, and its header.

    Raises
    ------
    ValueError : where `folder` is not a run directory.
    """
    header = read_header(folder)
    plans = [StudyPlan.from_json(study) for study in header["studies"]]
    records, _ = read_records(folder)
    return collect(plans, select(plans, header["only"]), records), header


def _dispenser(sweep: Sweep, pending: Sequence[Task]) -> Dispenser:
    settings = sweep.settings
    return Dispenser(pending, sweep.sources, settings.scale, settings.seed, settings.jobs)


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
        "backend": settings.backend,
        "jobs": settings.jobs,
        "started": timestamp(now),
        "clock": now,
        "seconds_before": 0.0,
        "versions": provenance.versions(),
        "code": provenance.code_digest(),
        "commit": provenance.git_commit(Path(sweep.plans[0].path).parent),
        "machine": provenance.machine(),
        "studies": [plan.to_json() for plan in sweep.plans],
    }
