"""A sweep from its paths to its results: prepare, run what is not yet stored, collect."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from simsuff.discovery import Source
from simsuff.numerics.validation import integer, refuse, require
from simsuff.studies import provenance
from simsuff.studies.collect import StudyResult, collect
from simsuff.studies.executors import Dispenser, Executor, executor
from simsuff.studies.experiment import discover, read_assignments, with_values
from simsuff.studies.plan import StudyPlan, Task, codes, grown, plan_study, select
from simsuff.studies.progress import Progress
from simsuff.studies.rounds import Goal, affordable, wanted
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
    replicates: int | None = None
    goal: Goal = field(default_factory=Goal)
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
    if settings.replicates is not None:
        integer("--replicates", settings.replicates, 1, "run at least one")
    plans = [plan_study(with_values(s, values), settings.scale, settings.replicates) for s in studies]
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
            return Store.resume(sweep.out, header_of(sweep))
        return Store.create(sweep.out, header_of(sweep), replace=sweep.settings.replace)
    except OSError as error:
        raise refuse("--out", str(sweep.out), "be a writable directory", str(error)) from error


def run(sweep: Sweep, store: Store | None = None) -> list[StudyResult]:
    """Run what is not yet in the store, then what the goal asks for in rounds, and collect the results.

    Raises
    ------
    Interrupted : on Ctrl-C; the workers are stopped and the finished tasks kept.
    NoWorkers : where worker processes die before their first task.
    CannotWrite : where the run directory takes no more; what it holds is kept.
    """
    course = _Course(sweep, store)
    status = "interrupted"
    try:
        course.run()
        status = "finished"
    except KeyboardInterrupt:
        raise Interrupted(len(course.done), len(course.tasks)) from None
    finally:
        course.progress.close()
        if store:
            store.close(status)
    return course.results()


class _Course:
    """A sweep under way: what is planned, done and owed."""

    def __init__(self, sweep: Sweep, store: Store | None) -> None:
        self.sweep, self.store = sweep, store
        self.start = time.monotonic()
        self.plans = store.plans if store else sweep.plans
        self.tasks = select(store.plans, sweep.settings.only) if store else sweep.tasks
        self.kept: dict[str, Record] = {}
        self.records: Mapping[str, Record] = store.records if store else self.kept
        failed = store.records.failed if store else set()
        self.done = {task.label for task in self.tasks if task.label in self.records} - failed
        self.owed = {task.label: task for task in self.tasks if task.label not in self.done}
        limits = (sweep.settings.scale, sweep.settings.seed, sweep.settings.jobs, sweep.values)
        self.dispenser = Dispenser(self.owed.values(), sweep.sources, *limits)
        self.progress = Progress(self.tasks, (self.records[label] for label in self.done))
        self.code = codes(self.plans)

    def results(self) -> list[StudyResult]:
        return collect(self.plans, self.tasks, self.records)

    def run(self) -> None:
        if not self.owed:
            self.begin_round()
        with stdout_is_stderr(), contextlib.closing(self.sweep.executor(self.dispenser)) as records:
            for record in records:
                if self.owed.pop(record.task, None) is not None:
                    self.keep(record)
                    if not self.owed:  # before the executor looks whether there is more to do
                        self.begin_round()
        for task in self.owed.values():
            self.keep(Record.failure(task, "LostTask: its worker said nothing about it"))

    def keep(self, record: Record) -> None:
        record = replace(record, code=self.code[record.experiment])
        if self.store:
            self.store.append(record)
        else:
            self.kept[record.task] = record
        if record.rows is not None:
            self.done.add(record.task)
        self.progress.step(record)

    def begin_round(self) -> None:
        """With nothing owed: plans and tasks of one more round, where the goal asks for it and the budget allows it."""
        goal, only = self.sweep.settings.goal, self.sweep.settings.only
        if not goal.is_adaptive:
            return
        counts = wanted(self.plans, self.results(), goal)
        if goal.budget is not None:
            before = self.store.header["seconds_before"] if self.store else 0.0
            left = goal.budget - before - (time.monotonic() - self.start)
            counts = affordable(self.plans, counts, left * self.progress.speed, self.progress.costs)
        known = {task.label for task in self.tasks}
        plans = grown(self.plans, counts)
        tasks = select(plans, only)
        more = [task for task in tasks if task.label not in known]
        if more:
            self.plans, self.tasks = plans, tasks
            if self.store:
                self.store.begin_round(plans, {"cells": len(counts), "tasks": len(more)})
            self.owed.update({task.label: task for task in more})
            self.progress.extend(more)
            self.dispenser.pending.extend(more)


def stored_results(folder: Path) -> tuple[list[StudyResult], dict[str, Any], tuple[int, int]]:
    """The results in a run directory, its header, and how many of how many tasks are finished.

    Raises
    ------
    ValueError : where `folder` is not a run directory, or its files are damaged, also where a run that finished lacks
        tasks or none has finished: a report of the rest would replace a good one.
    """
    header, plans, tasks, records = read_run(folder)
    done = sum(task.label in records for task in tasks)
    complete = done == len(tasks) or (header["status"] != "finished" and done > 0)
    shown = f"{folder / 'tasks.jsonl'} = {done} of {len(tasks)} tasks, status {header['status']}"
    require(complete, "DIR", shown, "hold finished tasks", "restore the file, or run again")
    return collect(plans, tasks, records), header, (done, len(tasks))


def header_of(sweep: Sweep) -> dict[str, Any]:
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
        "replicates": settings.replicates,
        "goal": asdict(settings.goal),
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
        "environment": provenance.environment(),
        "studies": [plan.to_json() for plan in sweep.plans],
    }
