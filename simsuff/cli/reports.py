"""How does a command write the tables and figures of a run directory, and say what it wrote?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simsuff.studies import StudyResult


def report(folder: Path, results: Sequence["StudyResult"], header: Mapping[str, Any], level: float) -> int:
    """Write the report; returns 1 where a figure could not be drawn although Matplotlib is there."""
    from simsuff.cli.output import print_error
    from simsuff.reporting import write_report

    problems = write_report(folder, results, header, level)
    for problem in problems:
        print_error(f"simsuff: {problem}")
    print_error(f"simsuff: wrote {folder / 'summary.md'}")
    return int(any("no figure of" in problem for problem in problems))
