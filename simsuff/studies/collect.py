"""From the records of the tasks to rows: replicates pooled, settings merged, failures listed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simsuff.numerics.numbers import value_of
from simsuff.studies.grid import canonical
from simsuff.studies.plan import ExperimentPlan, StudyPlan, Task
from simsuff.studies.tasks import Record, decode
from simsuff.verdicts import Comparison, Estimate, Verdict, deciding, pooled


@dataclass(frozen=True)
class Draw:
    """The replicate that decides a row which speaks about every draw: its own comparison and its task."""

    comparison: Comparison
    task: str


@dataclass(frozen=True)
class PooledRow:
    """One row: the pooled comparison, with the cell in its setting, and how many replicates are behind it.

    `cell` is the number of the cell in its experiment's plan.
    """

    experiment: str
    comparison: Comparison
    replicates: int
    planned: int
    decided_by: Draw | None = None
    cell: int = 0


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
    plans: Iterable[StudyPlan], tasks: Iterable[Task], records: Mapping[str, Record]
) -> list[StudyResult]:
    """The results of the chosen tasks, from the record of each; those without one are left out: they have not run."""
    chosen: dict[tuple[str, str, int], list[Task]] = {}
    for task in tasks:
        chosen.setdefault((task.study, task.experiment, task.cell), []).append(task)
    results = []
    for plan in plans:
        rows: list[PooledRow] = []
        failures: list[Failure] = []
        for experiment in plan.experiments:
            for cell in range(len(experiment.cells)):
                labels = [task.label for task in chosen.get((plan.name, experiment.name, cell), [])]
                found = [records[label] for label in labels if label in records]
                failures += [Failure(r.task, plan.path, r.error, r.trace) for r in found if r.rows is None]
                done = [record for record in found if record.rows is not None]
                try:
                    rows += _rows_of_cell(experiment, cell, done)
                except ValueError as error:
                    label = done[0].task.rpartition("#")[0]
                    failures.append(Failure(label, plan.path, f"cannot pool the replicates: {error}", []))
        results.append(StudyResult(plan, rows, failures))
    return results


def _rows_of_cell(experiment: ExperimentPlan, cell: int, records: Sequence[Record]) -> list[PooledRow]:
    """The rows of one cell, pooled by position over its replicates, which must agree on what they return."""
    replicates = [[decode(row) for row in record.rows or []] for record in records]
    kinds = {
        canonical([(c.statement, str(c.relation), c.setting.get("case")) for c in rows])
        for rows in replicates
    }
    if len(kinds) > 1:
        raise ValueError("they return different rows; return the same statements in the same order")
    rows = []
    for position in zip(*replicates, strict=True):
        row = _pool(position, experiment, experiment.planned(cell))
        setting = {**experiment.cells[cell], **row.setting}
        row = row.with_(statement=row.statement or experiment.statement, setting=setting)
        decider = deciding(position) if len(position) > 1 else None
        draw = None if decider is None else Draw(position[decider], records[decider].task)
        rows.append(PooledRow(experiment.name, row, len(position), experiment.planned(cell), draw, cell))
    return rows


def _pool(comparisons: Sequence[Comparison], experiment: ExperimentPlan, planned: int) -> Comparison:
    """One comparison; settings that vary between replicates name no row and are dropped.

    One draw is a number without a known error, so that its verdict is undecided: one out of several planned, and
    one that was planned alone unless the statement speaks about every draw, or this one breaks an inequality.
    """
    first = comparisons[0]
    common = {
        name: value
        for name, value in first.setting.items()
        if all(name in c.setting and c.setting[name] == value for c in comparisons)
    }
    row = pooled(comparisons).with_(setting=common)
    if len(comparisons) > 1 or row.is_estimated:
        return row
    says_all = row.pathwise or row.verdict is Verdict.VIOLATED or not experiment.draws
    if planned == 1 and says_all:
        return row
    unknown = Estimate(row.gap, math.inf, 1)
    return row.with_(lhs=Estimate(value_of(row.lhs), math.inf, 1), difference=unknown)
