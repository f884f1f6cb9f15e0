"""What commands share: options and exit statuses, and what they print and write.

Tables or JSON go to stdout, failures and remedies to stderr, reports to the disk.
"""

import argparse
import contextlib
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simsuff.ledger import Evidence
    from simsuff.reporting import Row
    from simsuff.studies import Failure, StudyResult

# What shells report for a process that SIGINT ended: 128 + 2.
INTERRUPTED = 130
UNUSABLE = 2
# With --strict: nothing is wrong, but a violation that theory predicts did not occur, or else a row is undecided.
UNCONFIRMED = 3
UNDECIDED = 4

# The family-wise error level of a run where --level gives none.
LEVEL = 0.01
# A pipe has no width; this is what a paper column or a log viewer shows without wrapping.
WIDTH = 120
# A sweep that is broken altogether says so often enough.
SHOWN_FAILURES = 10


@contextlib.contextmanager
def usable() -> Iterator[None]:
    """Turn the house's errors about input into one line on stderr and exit status 2; others keep their traceback."""
    try:
        yield
    except ValueError as error:
        print_error(f"simsuff: error: {error}")
        sys.exit(UNUSABLE)


def level(text: str) -> float:
    """An error probability between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1: {text}; 0.01 is a usual choice")
    return value


def add_form(parser: argparse.ArgumentParser) -> None:
    """How the tables of a run are judged and printed."""
    about = f"family-wise error level of the verdicts of a run (default: {LEVEL:g})"
    parser.add_argument("--level", type=level, default=LEVEL, help=about)
    strict = f"exit status {UNCONFIRMED} where a predicted violation does not occur, {UNDECIDED} where a row is undecided"
    parser.add_argument("--strict", action="store_true", help=strict)
    parser.add_argument("--verbose", action="store_true", help="print every row, not a summary alone")
    parser.add_argument("--json", action="store_true", help="print JSON instead")


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Where evidence is recorded."""
    about = "append what was found to this record file (simsuff ledger)"
    parser.add_argument("--ledger", metavar="FILE", help=about)


def record(path: str, evidence: "Iterable[Evidence]") -> None:
    """Append to the record file of `add_ledger`."""
    from simsuff.ledger import append

    append(Path(path), list(evidence))


def show_run(
    arguments: argparse.Namespace,
    results: Sequence["StudyResult"],
    header: Mapping[str, Any],
    folder: Path | None,
    shown: str,
    tasks: tuple[int, int] | None = None,
) -> int:
    """Write the reports of a run into its folder, if it has one, and print as `add_form` asks; returns the exit status.

    `shown` is how the user named the folder, `tasks` are those finished and all, where some are not.
    """
    from simsuff.reporting import count, rows_of, study_record, table_of, terminal_summary, terminal_table

    studies = [*zip(results, rows_of(results, arguments.level), strict=True)]
    broken, page = (
        _write_reports(folder, shown, studies, header, arguments.level, tasks) if folder else (0, "")
    )
    if arguments.json:
        records = [study_record(result, rows) for result, rows in studies]
        incomplete = {"finished": tasks[0], "planned": tasks[1]} if tasks else None
        print_json({"level": arguments.level, "incomplete": incomplete, "studies": records}, allow_nan=False)
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        every = arguments.verbose
        parts = [terminal_table(table_of(result, rows), width) for result, rows in studies if rows and every]
        parts.append(terminal_summary(studies, width))
        parts += [f"INCOMPLETE: {tasks[0]} of {tasks[1]} tasks have finished"] if tasks else []
        parts += [f"report: {page}"] if page else []
        parts.append("what the words mean: docs/verdicts.md" + "; every row: --verbose" * (not every))
        print_text("\n".join(parts) + "\n")
    show_failures(results, header)
    counts = [count(rows, len(result.failures)) for result, rows in studies]
    if tasks or any(c.violated or c.failed for c in counts):
        return 1
    if arguments.strict and not broken:
        undecided = UNDECIDED * any(c.undecided for c in counts)
        return UNCONFIRMED if any(c.unconfirmed for c in counts) else undecided
    return broken


def _write_reports(
    folder: Path,
    shown: str,
    studies: "Sequence[tuple[StudyResult, Sequence[Row]]]",
    header: Mapping[str, Any],
    level: float,
    tasks: tuple[int, int] | None,
) -> tuple[int, str]:
    """Write the reports; 1 where one could not be written, or drawn although Matplotlib is there, and the first page."""
    from simsuff.reporting import write_report

    try:
        problems = write_report(folder, studies, header, level, tasks)
    except OSError as error:
        print_error(f"simsuff: error: cannot write the reports in {shown}: {error}")
        remedy = f"simsuff report {shlex.quote(shown)}"
        print_error(f"simsuff: the finished tasks are kept; once there is room: {remedy}")
        return 1, ""
    for problem in problems:
        print_error(f"simsuff: {problem}")
    page = Path(shown) / (
        "summary.md" if any("no report.html" in text for text in problems) else "report.html"
    )
    print_error(f"simsuff: wrote {page}")
    return int(any("no figure of" in problem for problem in problems)), str(page)


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
    """Print the first of each kind of failure with its place and the command that repeats it in such a run."""
    kinds: dict[tuple[str, str], list[Failure]] = {}
    for failure in (failure for result in results for failure in result.failures):
        experiment = failure.task.partition("[")[0]
        kinds.setdefault((experiment, "\n".join([failure.error, *failure.trace])), []).append(failure)
    for alike in list(kinds.values())[:SHOWN_FAILURES]:
        failure = alike[0]
        others = f" and {len(alike) - 1} other tasks of this experiment" if len(alike) > 1 else ""
        print_error(f"FAILED {failure.task}{others}\n    {failure.error}")
        for frame in failure.trace:
            print_error(f"    at {frame}")
        print_error(f"    rerun: {rerun(failure, header)}")
    if len(kinds) > SHOWN_FAILURES:
        print_error(f"… and {len(kinds) - SHOWN_FAILURES} more kinds of failure; tasks.jsonl has them all")


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


def print_json(value: Any, **options: bool) -> None:
    """Write to stdout as JSON, with options of `json.dumps`."""
    print_text(json.dumps(value, indent=1, **options) + "\n")  # type: ignore[arg-type]


def print_error(text: str) -> None:
    """Write a line to stderr (which escapes what its encoding lacks), without letters that control a terminal."""
    from simsuff.reporting.row import visible

    print(visible(text, kept="\n"), file=sys.stderr, flush=True)
