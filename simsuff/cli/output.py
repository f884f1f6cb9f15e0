"""What commands print and write: tables or JSON on stdout, failures and remedies on stderr, reports on disk."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simsuff.cli.options import UNCONFIRMED, UNDECIDED

if TYPE_CHECKING:
    from simsuff.studies import Failure, StudyResult

# A pipe has no width; this is what a paper column or a log viewer shows without wrapping.
WIDTH = 120
# A sweep that is broken altogether says so often enough.
SHOWN_FAILURES = 10


def show_results(
    results: Sequence["StudyResult"],
    level: float,
    *,
    as_json: bool,
    verbose: bool = False,
    strict: bool = False,
    report: str = "",
    tasks: tuple[int, int] | None = None,
) -> int:
    """Print a summary, or JSON; returns the exit status.

    `verbose` prints the tables of every study before it; `report` is the page that was written, `tasks` are those
    finished and all, where some are not.
    """
    from simsuff.reporting import count, rows_of, study_record, table_of, terminal_summary, terminal_table

    studies = [*zip(results, rows_of(results, level), strict=True)]
    counts = [count(rows, len(result.failures)) for result, rows in studies]
    if as_json:
        records = [study_record(result, rows) for result, rows in studies]
        incomplete = {"finished": tasks[0], "planned": tasks[1]} if tasks else None
        listing = {"level": level, "incomplete": incomplete, "studies": records}
        print_text(json.dumps(listing, indent=1, allow_nan=False) + "\n")
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        tables = [
            terminal_table(table_of(result, rows), width) for result, rows in studies if rows and verbose
        ]
        unfinished = [f"INCOMPLETE: {tasks[0]} of {tasks[1]} tasks have finished"] if tasks else []
        closing = [
            *([f"report: {report}"] if report else []),
            "what the words mean: docs/verdicts.md" + "; every row: --verbose" * (not verbose),
        ]
        print_text("\n".join([*tables, terminal_summary(studies, width), *unfinished, *closing]) + "\n")
    bad = tasks is not None or any(c.violated or c.failed for c in counts)
    if bad or not strict:
        return int(bad)
    return UNCONFIRMED if any(c.unconfirmed for c in counts) else UNDECIDED * any(c.undecided for c in counts)


def write_reports(
    folder: Path,
    shown: str,
    results: Sequence["StudyResult"],
    header: Mapping[str, Any],
    level: float,
    tasks: tuple[int, int] | None = None,
) -> tuple[int, str]:
    """Write the reports of a run, and return the page to open first.

    The status is 1 where one could not be written, or drawn although Matplotlib is there.
    """
    from simsuff.reporting import write_report

    try:
        problems = write_report(folder, results, header, level, tasks)
    except OSError as error:
        print_error(f"simsuff: error: cannot write the reports in {shown}: {error}")
        print_error(
            f"simsuff: the finished tasks are kept; once there is room: simsuff report {shlex.quote(shown)}"
        )
        return 1, ""
    for problem in problems:
        print_error(f"simsuff: {problem}")
    name = "summary.md" if any("no report.html" in problem for problem in problems) else "report.html"
    print_error(f"simsuff: wrote {Path(shown) / name}")
    return int(any("no figure of" in problem for problem in problems)), str(Path(shown) / name)


def write_file(path: str, content: str | bytes) -> int:
    """Write a file and say so on stderr; returns 1 where that is not possible."""
    from simsuff.studies.store import write_atomically

    try:
        write_atomically(Path(path), content)
    except OSError as error:
        print_error(f"simsuff: error: cannot write {path}: {error.strerror}")
        return 1
    print_error(f"simsuff: wrote {path}")
    return 0


def show_failures(results: Sequence["StudyResult"], header: Mapping[str, Any]) -> None:
    """Print each kind of failure with its place and the command that repeats it, by the settings of a run."""
    kinds: dict[tuple[str, str], list[Failure]] = {}
    for failure in (failure for result in results for failure in result.failures):
        experiment = failure.task.partition("[")[0]
        kinds.setdefault((experiment, "\n".join([failure.error, *failure.trace])), []).append(failure)
    for alike in list(kinds.values())[:SHOWN_FAILURES]:
        print_error("\n".join(_failure_lines(alike, header)))
    if len(kinds) > SHOWN_FAILURES:
        print_error(f"… and {len(kinds) - SHOWN_FAILURES} more kinds of failure; tasks.jsonl has them all")


def _failure_lines(alike: Sequence["Failure"], header: Mapping[str, Any]) -> list[str]:
    """The first of several failures that differ in their cell or replicate only."""
    failure = alike[0]
    others = f" and {len(alike) - 1} other tasks of this experiment" if len(alike) > 1 else ""
    return [
        f"FAILED {failure.task}{others}",
        f"    {failure.error}",
        *(f"    at {frame}" for frame in failure.trace),
        f"    rerun: {rerun(failure, header)}",
    ]


def rerun(failure: "Failure", header: Mapping[str, Any]) -> str:
    """The command line that repeats a task, with the environment variables that the run saw."""
    words = [f"{name}={value}" for name, value in header.get("environment", {}).items()]
    words += ["simsuff", "run", failure.path, "--only", failure.task]
    words += ["--seed", str(header["seed"]), "--scale", header["scale"]]
    words += [word for text in header.get("set", []) for word in ("--set", text)]
    _, _, replicate = failure.task.rpartition("#")
    if replicate.isdecimal() and int(replicate) > 0:  # a round may have added what the study does not plan
        words += ["--replicates", str(int(replicate) + 1)]
    return shlex.join(words)


def resume_command(command: Sequence[str]) -> str:
    """The command line that continues a run."""
    return shlex.join([*(word for word in command if word not in ("--resume", "--replace")), "--resume"])


def duration(seconds: float) -> str:
    """Seconds as people say them.

    Examples
    --------
    >>> duration(3.04), duration(75), duration(7270)
    ('3 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of words in columns, the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ""
    for first, *others in lines:
        cells = [word.rjust(width) for word, width in zip(others, widths[1:], strict=True)]
        text += "  ".join([first.ljust(widths[0]), *cells]).rstrip() + "\n"
    return text


def print_text(text: str) -> None:
    """Write to stdout, also where its encoding lacks a symbol or its reader has left (``| head``)."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # Python flushes stdout once more at exit; that must find an open file.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print_error(f"simsuff: error: cannot write to stdout: {error.strerror}")
            sys.exit(1)


def print_error(text: str) -> None:
    """Write a line to stderr (which escapes what its encoding lacks), without letters that control a terminal."""
    from simsuff.reporting.row import visible

    print(visible(text, kept="\n"), file=sys.stderr, flush=True)
