"""``simsuff status``: how far a run is, who runs it, what failed, and how long the rest takes."""

import argparse
from typing import TYPE_CHECKING

from simsuff.cli.common import usable

if TYPE_CHECKING:
    from simsuff.studies import RunStatus

HELP = "show how far the run in a directory is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", help="what `simsuff run --out DIR` writes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Read and print; 0 where all is finished and nothing failed, else 1."""
    from dataclasses import asdict
    from pathlib import Path

    from simsuff.cli.common import print_json, print_text
    from simsuff.studies import status_of

    with usable():
        status = status_of(Path(arguments.dir))
    complete = status.done == status.planned and status.state == "finished"
    if arguments.json:
        record = asdict(status) | {"finished": status.done, "planned": status.planned, "complete": complete}
        del record["header"]
        print_json(record)
    else:
        print_text("\n".join(_lines(status, complete)) + "\n")
    return 0 if complete and not status.failures else 1


def _lines(status: "RunStatus", complete: bool) -> list[str]:
    from simsuff.cli.common import SHOWN_FAILURES, duration, resume_command
    from simsuff.reporting.table import aligned

    states = {
        "running": f"running, by {status.holder}",
        "killed": "stopped without a word: nobody runs it",
        "interrupted": "interrupted",
        "finished": "finished",
    }
    counts = f"{status.done} of {status.planned} tasks"
    known = [part.seconds_left for part in status.parts]
    rest = "" if complete else "; the rest takes an unknown time"
    if not complete and None not in known:
        rest = f"; the rest takes about {duration(sum(s for s in known if s is not None))}"
    lines = [states[status.state], f"complete: {counts}" if complete else f"INCOMPLETE: {counts}{rest}"]
    rounds = status.header.get("rounds", [])
    if rounds:
        lines.append(f"{len(rounds)} rounds added {sum(r['tasks'] for r in rounds)} tasks")
    table = [["study", "finished", "of", "failed", "left"]]
    for part in status.parts:
        left = "unknown" if part.seconds_left is None else duration(part.seconds_left)
        table.append([part.name, str(part.done), str(part.planned), str(part.failed), left])
    lines += aligned(table, ">")
    lines += [f"FAILED {text}" for text in status.failures[:SHOWN_FAILURES]]
    if len(status.failures) > SHOWN_FAILURES:
        lines.append(f"… and {len(status.failures) - SHOWN_FAILURES} more failed tasks")
    if status.state in ("killed", "interrupted") and status.header.get("command"):
        lines.append(f"continue with: {resume_command(status.header['command'])}")
    return lines
