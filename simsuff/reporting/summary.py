"""What does a whole run say, on one page?"""

from collections.abc import Mapping, Sequence
from typing import Any

from simsuff.reporting.markdown import escape, grid, markdown_table
from simsuff.reporting.row import Row, count
from simsuff.reporting.table import table_of
from simsuff.studies.collect import StudyResult

OVERVIEW = ("study", "holds", "violated", "violated as expected", "undecided", "measured", "failed")

Studies = Sequence[tuple[StudyResult, list[Row]]]


def summary(studies: Studies, header: Mapping[str, Any], level: float, figures: Mapping[str, str]) -> str:
    """Counts of verdicts, then each study with its figure and tables; `figures` maps studies to image paths."""
    settings = f"Scale {header['scale']}, seed {header['seed']}, family-wise level {level:g} for each study."
    parts = ["# Theory versus empirics", settings, _overview(studies)]
    for result, rows in studies:
        parts.append(markdown_table(table_of(result, rows), "##").rstrip())
        parts += _links(result, figures)
        if result.failures:
            parts.append(_failures(result))
    return "\n\n".join(parts) + "\n"


def _overview(studies: Studies) -> str:
    lines = []
    for result, rows in studies:
        c = count(rows, len(result.failures))
        numbers = (c.holds, c.violated, c.expected, c.undecided, c.measured, c.failed)
        lines.append([result.plan.name, *map(str, numbers)])
    return grid(OVERVIEW, lines)


def _links(result: StudyResult, figures: Mapping[str, str]) -> list[str]:
    name = result.plan.name
    tables = f"[CSV](tables/{name}.csv), [LaTeX](tables/{name}.tex)"
    if name not in figures:
        return [f"Tables: {tables}."]
    return [f"![{name}]({figures[name]})", f"Tables: {tables}; figure: [SVG](figures/{name}.svg)."]


def _failures(result: StudyResult) -> str:
    lines = [f"* {escape(failure.task)}: {escape(failure.error)}" for failure in result.failures]
    return "\n".join(["Failed tasks:", "", *lines])
