"""``simsuff paper``: the page on the paper of Lin and Mei, item by item, with verdicts from a run and over draws."""

import argparse

from simsuff.cli.common import usable

HELP = "the items of the paper of Lin and Mei with the statements that carry them, as Markdown"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "dir", nargs="?", metavar="DIR", help="a run directory, for the column of its verdicts"
    )
    parser.add_argument("--draws", type=int, default=0, metavar="N", help="evaluate each statement N times")
    parser.add_argument("--out", metavar="FILE", help="write there instead of printing")


def handle(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from simsuff import statements
    from simsuff.cli.common import print_text
    from simsuff.reporting.paper import Measures, in_run, over_draws, paper_page
    from simsuff.studies.store import write_atomically

    with usable():
        run, scale = in_run(Path(arguments.dir)) if arguments.dir else ({}, "")
        carrying = [entry for entry in statements.all() if entry.paper and not entry.in_expectation]
        draws = {entry.id: over_draws(entry, arguments.draws) for entry in carrying if arguments.draws > 0}
        page = paper_page(Path.cwd(), Measures(run, draws, scale, max(0, arguments.draws)))
    if arguments.out:
        write_atomically(Path(arguments.out), page)
    else:
        print_text(page)
    return 0
