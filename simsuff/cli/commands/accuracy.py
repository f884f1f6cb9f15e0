"""``simsuff accuracy``: how many units in the last place are the computed values from the truth?"""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simsuff.divergences.accuracy import Row

HELP = "measure generators, Bregman divergences, conjugates and Gaussian closed forms against 50 digits"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The form of the table."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Measure and print; 1 where a row of the house breaks its promise."""
    from simsuff.cli.output import print_text
    from simsuff.divergences.accuracy import PROMISED_ULP, catalogue_cases, scipy_cases, table
    from simsuff.models.gaussian.accuracy import gaussian_cases

    ours, beside = table([*catalogue_cases(), *gaussian_cases()]), table(scipy_cases())
    print_text(_json(ours, beside) if arguments.json else _text([*ours, *beside]))
    return int(any(row.max_ulp > PROMISED_ULP for row in ours))


def _text(rows: "list[Row]") -> str:
    header = f"{'quantity':18} {'of':20} {'points':>6} {'max ulp':>10} {'mean ulp':>10}  worst argument\n"
    lines = [
        f"{row.quantity:18} {row.subject:20} {row.points:6} {row.max_ulp:10.3g} {row.mean_ulp:10.3g}  {row.worst}\n"
        for row in rows
    ]
    return header + "".join(lines)


def _json(ours: "list[Row]", beside: "list[Row]") -> str:
    import json
    from dataclasses import asdict

    from simsuff.divergences.accuracy import PROMISED_ULP

    tables = {"promised_ulp": PROMISED_ULP, "rows": [*map(asdict, ours)], "beside": [*map(asdict, beside)]}
    return json.dumps(tables, indent=1, ensure_ascii=False) + "\n"
