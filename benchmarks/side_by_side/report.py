"""How is a whole comparison run? Peaks first, then row by row, then memory and start-up in processes of their own."""

import argparse
import os
import sys

from side_by_side import machine
from side_by_side.contenders import missing_peers
from side_by_side.memory import share_of_table
from side_by_side.peaks import measure_peaks
from side_by_side.problem import OURS
from side_by_side.row import Outcome, Row, measure
from side_by_side.startup import cold_compile, waits
from side_by_side.table import Comparison
from side_by_side.timing import Plan

# The kernels that the limit is about.
LIMITED = ("infonce", "infonce_shortcut")


def compare(rows: list[Row], options: argparse.Namespace, threads: int) -> Comparison:
    """Measure the rows; progress goes to stderr."""
    plan = Plan(options.seconds, options.repetitions)
    found = Comparison()
    for number, row in enumerate(rows, start=1):
        print(f"[{number}/{len(rows)}] {row.name}", file=sys.stderr, flush=True)
        outcome = measure(row, plan, options.all_variants)
        found.outcomes.append(outcome)
        add_share(found, outcome, threads)
        if row.memory:
            found.memory[row.name] = share_of_table(row.name)
    if options.rows == "*":
        found.waits = waits()
    if options.cold:
        found.waits.append(cold_compile())
    return found


def add_share(found: Comparison, outcome: Outcome, threads: int) -> None:
    """Our share of the physical limit, with peaks measured at the first row of each precision."""
    problem = outcome.row.problem()
    if problem.kind not in LIMITED or OURS not in outcome.timings:
        return
    dtype = problem.options["dtype"]
    if dtype not in found.peaks:
        found.peaks[dtype] = measure_peaks(dtype, threads)
    limit = found.peaks[dtype].seconds(problem.options["K"], problem.options["d"])
    found.shares[outcome.row.name] = limit / outcome.timings[OURS].median


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
