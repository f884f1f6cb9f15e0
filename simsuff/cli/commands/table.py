"""``simsuff table``: what a run says about a statement, as a table for a paper."""

import argparse

from simsuff.cli.common import LEVEL, level, usable

HELP = "what a run says about a statement, as a table for a paper"
FORMATS = ("latex", "markdown", "csv", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="RUN_DIR", help="what `simsuff run --out DIR` wrote")
    about = "its id (B4-sharp), or the letter and number that several begin with (B4)"
    parser.add_argument("--statement", metavar="ID", required=True, help=about)
    parser.add_argument("--study", metavar="NAME", nargs="+", default=[], help="these studies alone")
    about = (
        "parameters of the grid, and any of statement, relation, measured, theory, ratio, slack, sample_size, replicates "
        "and verdict, in this order (default: what varies, both sides and the verdict)"
    )
    parser.add_argument("--columns", metavar="NAME", nargs="+", default=[], help=about)
    parser.add_argument("--format", choices=FORMATS, default="latex", help="(default: latex)")
    parser.add_argument("--out", metavar="FILE", help="write there in place of stdout")
    parser.add_argument("--caption", default="", help="in place of one made of the experiment")
    parser.add_argument("--label", default="", help="for \\ref in LaTeX, and the id in HTML")
    about = "of both sides, such as nats (default: that of the figure's panel, if it shows the statement)"
    parser.add_argument("--unit", default="", help=about)
    about = f"family-wise error level of the verdicts (default: {LEVEL:g})"
    parser.add_argument("--level", type=level, default=LEVEL, help=about)


def handle(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from simsuff.cli.common import print_text, write_file
    from simsuff.reporting.statement_table import statement_tables
    from simsuff.reporting.table_formats import FORMATS as RENDERED
    from simsuff.studies import stored_results

    with usable():
        results, _, _ = stored_results(Path(arguments.dir))
        tables = statement_tables(
            results,
            arguments.statement,
            studies=arguments.study,
            columns=[name for text in arguments.columns for name in text.split(",") if name],
            caption=arguments.caption,
            label=arguments.label,
            unit=arguments.unit,
            level=arguments.level,
        )
    text = RENDERED[arguments.format](tables)
    if arguments.out:
        return write_file(arguments.out, text)
    print_text(text)
    return 0
