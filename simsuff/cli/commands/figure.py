"""``simsuff figure``: the figures of a run at the widths of a journal's columns."""

import argparse

from simsuff.cli.common import usable

HELP = "draw the figures of a run at the width of a journal's column"
FORMATS = ("pdf", "svg", "png")


def formats(text: str) -> list[str]:
    """Names of formats between commas."""
    names = [name for name in text.split(",") if name]
    if not names or not set(names) <= set(FORMATS):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(FORMATS)}, with commas between them: {text}")
    return names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="RUN_DIR", help="what `simsuff run --out DIR` wrote")
    parser.add_argument("--study", metavar="NAME", nargs="+", default=[], help="these studies alone")
    about = "these experiments alone, in a figure of their own"
    parser.add_argument("--experiment", metavar="NAME", nargs="+", default=[], help=about)
    about = "3.3 inches with one panel above the other, or 6.8 inches (default: single)"
    parser.add_argument("--width", choices=("single", "double"), default="single", help=about)
    about = "of pdf, svg and png, with commas between them (default: pdf)"
    parser.add_argument("--format", type=formats, default=["pdf"], metavar="FORMATS", help=about)
    parser.add_argument("--out", metavar="DIR", help="the folder (default: RUN_DIR/figures/WIDTH)")


def handle(arguments: argparse.Namespace) -> int:
    """Read, choose, draw and write; 1 where what was asked for has no figure."""
    from pathlib import Path

    from simsuff.cli.common import print_error, write_file
    from simsuff.reporting.figure import figure_files
    from simsuff.reporting.row import rows_of
    from simsuff.reporting.statement_table import known
    from simsuff.studies import stored_results

    folder = Path(arguments.out or Path(arguments.dir) / "figures" / arguments.width)
    with usable():
        results, _, _ = stored_results(Path(arguments.dir))
        judged = {r.plan.name: rows for r, rows in zip(results, rows_of(results), strict=True)}
        studies = [known("--study", name, [r.plan.name for r in results]) for name in arguments.study]
        results = [result for result in results if result.plan.name in studies or not studies]
        drawable = [e.name for result in results for e in result.plan.experiments if e.axes]
        experiments = [known("--experiment", name, drawable) for name in arguments.experiment]
    status = 0 if results else 1
    for result in results:
        mine = [e.name for e in result.plan.experiments if e.name in experiments]
        if experiments and not mine:
            continue
        try:
            files, empty = figure_files(
                result, judged[result.plan.name], arguments.width, arguments.format, mine
            )
        except ImportError:
            print_error("simsuff: error: Matplotlib is not installed; pip install matplotlib")
            return 1
        for text in empty:
            print_error(f"simsuff: no panel of {result.plan.name}:{text}")
        name = "-".join([result.plan.name, *mine])
        for kind, content in files.items():
            status = max(status, write_file(str(folder / f"{name}.{kind}"), content))
    return status
