"""How do the records of the tasks become rows: replicates pooled, settings merged, failures listed?"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.studies.encoding import decode
from simsuff.studies.plan import ExperimentPlan, StudyPlan, Task
from simsuff.studies.tasks import Record
from simsuff.verdicts import Comparison, Estimate, pooled
from simsuff.verdicts.number import value_of


@dataclass(frozen=True)
class PooledRow:
    """One row: the pooled comparison, with the cell in its setting, and how many replicates are behind it."""

    experiment: str
    comparison: Comparison
    replicates: int
    planned: int


@dataclass(frozen=True)
class Failure:
    """A task, or a cell, that gave no rows."""

    task: str
    path: str
    error: str
    trace: Sequence[str]


@dataclass(frozen=True)
class StudyResult:
    """The rows and failures of one study, with its plan."""

    plan: StudyPlan
    rows: Sequence[PooledRow]
    failures: Sequence[Failure]


def collect(
    plans: Iterable[StudyPlan], tasks: Iterable[Task], records: Iterable[Record]
) -> list[StudyResult]:
    """The results of the chosen tasks; for a task with several records the last one counts.

    Tasks without a record are left out: they have not run.
    """
    latest = {record.task: record for record in records}
    chosen: dict[tuple[str, str, int], list[Task]] = {}
    for task in tasks:
        chosen.setdefault((task.study, task.experiment, task.cell), []).append(task)
    return [_study(plan, chosen, latest) for plan in plans]


def _study(
    plan: StudyPlan, chosen: Mapping[tuple[str, str, int], list[Task]], latest: Mapping[str, Record]
) -> StudyResult:
    rows: list[PooledRow] = []
    failures: list[Failure] = []
    for experiment in plan.experiments:
        for cell in range(len(experiment.cells)):
            tasks = chosen.get((plan.name, experiment.name, cell), [])
            records = [latest[task.label] for task in tasks if task.label in latest]
            failures += [Failure(r.task, plan.path, r.error, r.trace) for r in records if r.rows is None]
            done = [record for record in records if record.rows is not None]
            try:
                rows += _cell(experiment, cell, done)
            except ValueError as error:
                label = done[0].task.rpartition("#")[0]
                failures.append(Failure(label, plan.path, f"cannot pool the replicates: {error}", []))
    return StudyResult(plan, rows, failures)


def _cell(experiment: ExperimentPlan, cell: int, records: Sequence[Record]) -> list[PooledRow]:
    """The rows of one cell, pooled by position over its replicates."""
    replicates = [[decode(row) for row in record.rows or []] for record in records]
    setting = experiment.cells[cell]
    return [
        PooledRow(
            experiment.name,
            _finish(_pool(position, experiment.replicates), experiment.statement, setting),
            len(position),
            experiment.replicates,
        )
        for position in _positions(replicates)
    ]


def _positions(replicates: Sequence[Sequence[Comparison]]) -> list[tuple[Comparison, ...]]:
    """Transpose; replicates must agree on which rows they return."""
    kinds = {
        tuple((c.statement, str(c.relation), c.setting.get("case")) for c in rows) for rows in replicates
    }
    if len(kinds) > 1:
        raise ValueError("they return different rows; return the same statements in the same order")
    return list(zip(*replicates, strict=True))


def _pool(comparisons: Sequence[Comparison], planned: int) -> Comparison:
    """One comparison; settings that vary between replicates name no row and are dropped."""
    first = comparisons[0]
    common = {
        name: value
        for name, value in first.setting.items()
        if all(name in c.setting and c.setting[name] == value for c in comparisons)
    }
    row = pooled(comparisons).with_(setting=common)
    return _single(row) if planned > 1 and len(comparisons) == 1 else row


def _single(row: Comparison) -> Comparison:
    """One draw out of several planned: a number without a known error, so that its verdict is undecided."""
    if row.is_estimated:
        return row
    unknown = Estimate(row.gap, math.inf, 1)
    return row.with_(lhs=Estimate(value_of(row.lhs), math.inf, 1), difference=unknown)


def _finish(row: Comparison, statement: str, cell: Mapping[str, Any]) -> Comparison:
    return row.with_(statement=row.statement or statement, setting={**cell, **row.setting})
