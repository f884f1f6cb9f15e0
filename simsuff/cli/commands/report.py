"""``simsuff report``: write the tables and figures of a run directory anew."""

import argparse

from simsuff.cli.common import add_form, usable

HELP = "write the tables, figures and the page report.html of a run directory anew"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", help="what `simsuff run --out DIR` wrote")
    parser.add_argument("--parquet", metavar="FILE", help="write all rows to one Parquet file, too")
    add_form(parser)


def handle(arguments: argparse.Namespace) -> int:
    """Read, collect, write; a run that has not finished is reported as incomplete."""
    from pathlib import Path

    from simsuff.cli.common import show_run
    from simsuff.studies import stored_results

    folder = Path(arguments.dir)
    with usable():
        results, header, (done, planned) = stored_results(folder)
        if arguments.parquet:
            from simsuff.reporting import Run

            Run.open(folder, arguments.level).to_parquet(arguments.parquet)
    tasks = (done, planned) if done < planned else None
    return show_run(arguments, results, header, folder, arguments.dir, tasks)
