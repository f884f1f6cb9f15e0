"""The files of a report: tables and figures for each study, one summary, and one page that shows it all."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from simsuff.reporting.figure import figure_files
from simsuff.reporting.html import report_page
from simsuff.reporting.records import csv_table
from simsuff.reporting.row import Row, count
from simsuff.reporting.table import escape, grid, latex_table, markdown_table, table_of
from simsuff.studies.collect import StudyResult
from simsuff.studies.store import write_atomically

# A figure of more bytes than this is on the page as a picture, not as lines, if that is smaller.
MOST_LINES = 400_000
# In the repository and in the source distribution.
WORDS = "What the words mean (exact, within, slack, undecided, …): docs/verdicts.md of simsuff."
OVERVIEW = {
    "holds": "holds",
    "of these weak": "weak",
    "violated": "violated",
    "violated as expected": "expected",
    "unconfirmed": "unconfirmed",
    "undecided": "undecided",
    "measured": "measured",
    "failed": "failed",
}


def write_report(
    folder: Path,
    studies: Sequence[tuple[StudyResult, Sequence[Row]]],
    header: Mapping[str, Any],
    level: float,
    tasks: tuple[int, int] | None = None,
) -> list[str]:
    """Write all tables and figures of judged rows into a run directory; returns what could not be drawn, and why.

    Tables are written first: a figure that fails costs nothing but itself. `tasks` says how many of how many tasks
    have finished, where some have not.
    """
    for result, rows in studies:
        table, name = table_of(result, rows), result.plan.name
        write_atomically(folder / "tables" / f"{name}.csv", csv_table(rows))
        write_atomically(folder / "tables" / f"{name}.md", markdown_table(table))
        write_atomically(folder / "tables" / f"{name}.tex", latex_table(table))
    drawn: dict[str, bytes] = {}
    problems: list[str] = []
    for result, rows in studies:
        name = result.plan.name
        try:
            files, empty = figure_files(result, rows)
        except ImportError:
            problems = ["no figures: Matplotlib is not installed; pip install matplotlib"]
            break
        except Exception as error:  # an author's label that Matplotlib cannot set must not cost the run
            problems.append(f"no figure of {name}: {type(error).__name__}: {error}")
            continue
        problems += [f"no panel of {name}:{text}" for text in empty]
        for kind, content in files.items():
            write_atomically(folder / "figures" / f"{name}.{kind}", content)
        if files:
            lines, picture = files["svg"], files["png"]
            drawn[name] = lines if len(lines) <= MOST_LINES else min(lines, picture, key=len)
    write_atomically(folder / "summary.md", _summary(studies, header, level, drawn.keys(), tasks))
    try:
        write_atomically(folder / "report.html", report_page(studies, header, level, drawn, tasks))
    except ImportError:
        problems.append("no report.html: Jinja is not installed; pip install jinja2")
    return problems


def _summary(
    studies: Sequence[tuple[StudyResult, Sequence[Row]]],
    header: Mapping[str, Any],
    level: float,
    drawn: Collection[str],
    tasks: tuple[int, int] | None,
) -> str:
    """Counts of verdicts, then each study with its figure, tables and failures."""
    settings = (
        f"Scale {header['scale']}, seed {header['seed']}, family-wise level {level:g} over all studies."
    )
    parts = ["# Theory versus empirics", settings, WORDS]
    if tasks:
        parts.append(f"**Incomplete: {tasks[0]} of {tasks[1]} tasks have finished.**")
    lines = []
    for result, rows in studies:
        counts = count(rows, len(result.failures))
        lines.append([result.plan.name, *(str(getattr(counts, name)) for name in OVERVIEW.values())])
    parts.append(grid(["study", *OVERVIEW], lines))
    for result, rows in studies:
        name = result.plan.name
        parts.append(markdown_table(table_of(result, rows), "##").rstrip())
        tables = f"Tables: [CSV](tables/{name}.csv), [LaTeX](tables/{name}.tex)"
        if name in drawn:
            parts += [
                f"![{name}](figures/{name}.png)",
                f"{tables}; figure: [PDF](figures/{name}.pdf), [SVG](figures/{name}.svg).",
            ]
        else:
            parts.append(f"{tables}.")
        if result.failures:
            failed = [f"* {escape(failure.task)}: {escape(failure.error)}" for failure in result.failures]
            parts.append("\n".join(["Failed tasks:", "", *failed]))
    return "\n\n".join(parts) + "\n"
