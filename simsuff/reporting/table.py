"""What stands in the cells of a table for people: text, grouped by experiment, with numbered notes below."""

from collections.abc import Sequence
from dataclasses import dataclass

from simsuff.reporting.row import Row, number_text
from simsuff.studies.collect import StudyResult
from simsuff.verdicts import Verdict


@dataclass(frozen=True)
class Group:
    """The rows of one experiment, as text."""

    name: str
    description: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Table:
    """The table of one study."""

    name: str
    title: str
    description: str
    groups: Sequence[Group]
    notes: Sequence[str]


def table_of(result: StudyResult, rows: Sequence[Row]) -> Table:
    """The text of every row, experiments in the order of the file."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    groups = []
    for experiment in result.plan.experiments:
        mine = [row_text(row, notes) for row in rows if row.experiment == experiment.name]
        if mine:
            groups.append(Group(experiment.name, experiment.description, mine))
    return Table(result.plan.name, result.plan.title, result.plan.description, groups, notes)


def row_text(row: Row, notes: Sequence[str]) -> list[str]:
    """One row in the order of `HEADER`."""
    comparison = row.comparison
    verdict = verdict_text(row, notes)
    slack = number_text(comparison.slack)
    return [comparison.statement, row.setting, row.theory, row.empirical, row.exactness, slack, verdict]


def verdict_text(row: Row, notes: Sequence[str]) -> str:
    """``holds``, or ``violated (expected: note 1)``."""
    if not row.note:
        return str(row.verdict)
    number = notes.index(row.note) + 1
    expected = row.verdict is Verdict.VIOLATED and row.comparison.expected_violation
    return f"{row.verdict} (expected: note {number})" if expected else f"{row.verdict} (note {number})"
