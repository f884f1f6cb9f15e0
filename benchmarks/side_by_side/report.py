"""How is a whole comparison run? Peaks first, then row by row, then memory and start-up in processes of their own."""

import argparse
import os
import sys

from side_by_side import machine
from side_by_side.contenders import missing_peers
from side_by_side.memory import share_of_table
from side_by_side.peaks import higher, measure_peaks
from side_by_side.problem import OURS
from side_by_side.row import Outcome, Row, measure
from side_by_side.startup import cold_compile, waits
from side_by_side.table import Comparison
from side_by_side.timing import Plan

# The kernels that the limit is about.
LIMITED = ("infonce", "infonce_shortcut")


def compare(rows: list[Row], options: argparse.Namespace, threads: int) -> Comparison:
    """Measure the rows; progress goes to stderr. Peaks are measured before and after, the higher one counts."""
    plan = Plan(options.seconds, options.repetitions)
    precisions = sorted({row.problem().options["dtype"] for row in rows if limited(row)}, reverse=True)
    found = Comparison(peaks={dtype: measure_peaks(dtype, threads) for dtype in precisions})
    for number, row in enumerate(rows, start=1):
        print(f"[{number}/{len(rows)}] {row.name}", file=sys.stderr, flush=True)
        found.outcomes.append(measure(row, plan, options.all_variants))
        if row.memory:
            found.memory[row.name] = share_of_table(row.name)
    for dtype, before in found.peaks.items():
        found.peaks[dtype] = higher(before, measure_peaks(dtype, threads))
    found.shares = {
        outcome.row.name: share(found, outcome) for outcome in found.outcomes if limited(outcome.row)
    }
    if options.rows == "*":
        found.waits = waits()
    if options.cold:
        found.waits.append(cold_compile())
    return found


def limited(row: Row) -> bool:
    """Whether the physical limit is about this row."""
    return row.problem().kind in LIMITED


def share(found: Comparison, outcome: Outcome) -> float | None:
    """Our share of the physical limit; None where our numbers were wrong."""
    if OURS not in outcome.timings:
        return None
    options = outcome.row.problem().options
    limit = found.peaks[options["dtype"]].seconds(options["K"], options["d"])
    return limit / outcome.timings[OURS].median


def facts(command: str, threads: int, tuned: bool) -> dict[str, str]:
    """What is needed to make the table again."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions().items())
    kept = "glibc's, keeping large blocks, for all contenders" if tuned else "the default"
    return {
        "command": f"`{command}`",
        "machine": f"{machine.processor()}, {os.cpu_count()} processors, {threads} used",
        "versions": versions,
        "allocator": kept,
        "missing peers": ", ".join(missing_peers()) or "none",
    }
