"""What does a command print? Tables or JSON on stdout; failures and what to do about them on stderr."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simsuff.reporting import Row
    from simsuff.studies import Failure, StudyResult

# A pipe has no width; this is what a paper column or a log viewer shows without wrapping.
WIDTH = 120
# A sweep that is broken altogether says so often enough.
SHOWN_FAILURES = 10


def show_results(results: Sequence["StudyResult"], level: float, *, as_json: bool) -> int:
    """Print every study; returns the exit status."""
    from simsuff.reporting import rows_of, study_record, table_of, terminal_table

    studies = [(result, rows_of(result, level)) for result in results]
    if as_json:
        records = [study_record(result, rows) for result, rows in studies]
        print_text(json.dumps({"level": level, "studies": records}, indent=1, allow_nan=False) + "\n")
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        parts = [terminal_table(table_of(result, rows), width) for result, rows in studies if rows]
        print_text("\n".join([*parts, overview(studies)]))
    bad = any(result.failures or any(row.is_unexpected for row in rows) for result, rows in studies)
    return int(bad)


def overview(studies: Sequence[tuple["StudyResult", list["Row"]]]) -> str:
    """One line for each study: how its verdicts divide."""
    from simsuff.reporting import count

    width = max(len(result.plan.name) for result, _ in studies)
    lines = []
    for result, rows in studies:
        c = count(rows, len(result.failures))
        parts = [f"{c.holds} holds", f"{c.violated} violated", f"{c.undecided} undecided"]
        parts += [f"{c.measured} measured"] if c.measured else []
        parts += [f"{c.expected} violated as expected"] if c.expected else []
        parts += [f"{c.failed} failed"] if c.failed else []
        lines.append(f"{result.plan.name:{width}}  {', '.join(parts)}")
    return "\n".join(lines) + "\n"


def show_failures(results: Sequence["StudyResult"], seed: int, scale: str) -> None:
    """Print each kind of failure with its place and the command that repeats it."""
    kinds: dict[tuple[str, str], list[Failure]] = {}
    for failure in (failure for result in results for failure in result.failures):
        experiment = failure.task.partition("[")[0]
        kinds.setdefault((experiment, "\n".join([failure.error, *failure.trace])), []).append(failure)
    for alike in list(kinds.values())[:SHOWN_FAILURES]:
        print_error("\n".join(_failure_lines(alike, seed, scale)))
    if len(kinds) > SHOWN_FAILURES:
        print_error(f"… and {len(kinds) - SHOWN_FAILURES} more kinds of failure; tasks.jsonl has them all")


def _failure_lines(alike: Sequence["Failure"], seed: int, scale: str) -> list[str]:
    """The first of several failures that differ in their cell or replicate only."""
    failure = alike[0]
    rerun = ["simsuff", "run", failure.path, "--only", failure.task, "--seed", str(seed), "--scale", scale]
    frames = [f"    at {frame}" for frame in failure.trace]
    others = f" and {len(alike) - 1} other tasks of this experiment" if len(alike) > 1 else ""
    return [
        f"FAILED {failure.task}{others}",
        f"    {failure.error}",
        *frames,
        f"    rerun: {shlex.join(rerun)}",
    ]


def print_text(text: str) -> None:
    """Write to stdout, also where its encoding lacks a symbol or its reader has left (``| head``)."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at exit; that must find an open file.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_error(text: str) -> None:
    """Write a line to stderr (which escapes what its encoding lacks)."""
    print(text, file=sys.stderr, flush=True)
