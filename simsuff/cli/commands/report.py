"""``simsuff report``: write the tables and figures of a run directory anew."""

import argparse

from simsuff.cli.options import add_form, form, usable

HELP = "write the tables, figures and the page report.html of a run directory anew"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The directory and the form."""
    parser.add_argument("dir", metavar="DIR", help="what `simsuff run --out DIR` wrote")
    add_form(parser)


def handle(arguments: argparse.Namespace) -> int:
    """Read, collect, write; a run that has not finished is reported as incomplete."""
    from pathlib import Path

    from simsuff.cli.output import show_failures, show_results, write_reports
    from simsuff.studies import stored_results

    folder = Path(arguments.dir)
    with usable():
        results, header, (done, planned) = stored_results(folder)
    tasks = (done, planned) if done < planned else None
    broken, page = write_reports(folder, arguments.dir, results, header, arguments.level, tasks)
    status = show_results(results, arguments.level, report=page, tasks=tasks, **form(arguments))
    show_failures(results, header["seed"], header["scale"], header.get("set", []))
    return status if status == 1 else broken or status
