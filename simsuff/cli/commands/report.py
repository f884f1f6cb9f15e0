"""``simsuff report``: write the tables and figures of a run directory anew."""

import argparse

from simsuff.cli.options import level
from simsuff.cli.usable import usable

HELP = "write the tables and figures of a run directory anew"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The directory and the form."""
    parser.add_argument("dir", metavar="DIR", help="what `simsuff run --out DIR` wrote")
    parser.add_argument("--level", type=level, default=None, help="family-wise error level (default: 0.01)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def handle(arguments: argparse.Namespace) -> int:
    """Read, collect, write."""
    from pathlib import Path

    from simsuff.cli.output import show_failures, show_results
    from simsuff.cli.reports import report
    from simsuff.studies import stored_results
    from simsuff.verdicts.comparison import LEVEL

    folder = Path(arguments.dir)
    with usable():
        results, header = stored_results(folder)
    chosen = LEVEL if arguments.level is None else arguments.level
    broken = report(folder, results, header, chosen)
    status = show_results(results, chosen, as_json=arguments.json)
    show_failures(results, header["seed"], header["scale"])
    return max(status, broken)
