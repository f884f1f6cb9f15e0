"""Which files does a report consist of? Tables and figures for each study, and one summary."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simsuff.reporting.figure import figure_files
from simsuff.reporting.latex import latex_table
from simsuff.reporting.markdown import markdown_table
from simsuff.reporting.records import csv_table
from simsuff.reporting.row import Row, rows_of
from simsuff.reporting.summary import summary
from simsuff.reporting.table import table_of
from simsuff.studies.collect import StudyResult
from simsuff.studies.files import write_atomically


def write_report(
    folder: Path, results: Sequence[StudyResult], header: Mapping[str, Any], level: float
) -> list[str]:
    """Write all tables and figures into a run directory; returns what could not be drawn, and why.

    Tables are written first: a figure that fails costs nothing but itself.
    """
    studies = [(result, rows_of(result, level)) for result in results]
    for result, rows in studies:
        _write_tables(folder / "tables", result, rows)
    figures: dict[str, str] = {}
    problems: list[str] = []
    for result, rows in studies:
        try:
            figures |= _write_figures(folder / "figures", result, rows)
        except ImportError:
            problems = ["no figures: Matplotlib is not installed; pip install 'simsuff[report]'"]
            break
        except Exception as error:  # an author's label that Matplotlib cannot set must not cost the run
            problems.append(f"no figure of {result.plan.name}: {type(error).__name__}: {error}")
    write_atomically(folder / "summary.md", summary(studies, header, level, figures))
    return problems


def _write_tables(folder: Path, result: StudyResult, rows: Sequence[Row]) -> None:
    table = table_of(result, rows)
    name = result.plan.name
    write_atomically(folder / f"{name}.csv", csv_table(rows))
    write_atomically(folder / f"{name}.md", markdown_table(table))
    write_atomically(folder / f"{name}.tex", latex_table(table))


def _write_figures(folder: Path, result: StudyResult, rows: Sequence[Row]) -> dict[str, str]:
    """The study's image path relative to the run directory, where it has a figure."""
    files = figure_files(result, rows)
    for kind, content in files.items():
        write_atomically(folder / f"{result.plan.name}.{kind}", content)
    return {result.plan.name: f"figures/{result.plan.name}.png"} if files else {}
