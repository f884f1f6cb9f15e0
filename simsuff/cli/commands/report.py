"""``simsuff report``: write the tables and figures of a run directory anew."""

import argparse

from simsuff.cli.options import add_form, form, usable

HELP = "write the tables, figures and the page report.html of a run directory anew"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The directory and the form."""
    parser.add_argument("dir", metavar="DIR", help="what `simsuff run --out DIR` wrote")
    parser.add_argument("--parquet", metavar="FILE", help="write all rows to one Parquet file, too")
    add_form(parser)


def handle(arguments: argparse.Namespace) -> int:
    """Read, collect, write; a run that has not finished is reported as incomplete."""
    from pathlib import Path

    from simsuff.cli.output import show_failures, show_results, write_reports
    from simsuff.studies import stored_results

    folder = Path(arguments.dir)
    with usable():
        results, header, (done, planned) = stored_results(folder)
        if arguments.parquet:
            from simsuff.reporting import Run

            Run.open(folder, arguments.level).to_parquet(arguments.parquet)
    tasks = (done, planned) if done < planned else None
    broken, page = write_reports(folder, arguments.dir, results, header, arguments.level, tasks)
    status = show_results(results, arguments.level, report=page, tasks=tasks, **form(arguments))
    show_failures(results, header)
    return status if status == 1 else broken or status
