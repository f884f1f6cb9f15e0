"""``simsuff accuracy``: how many units in the last place are the computed values from the truth?"""

import argparse

HELP = "measure generators, Bregman divergences, conjugates and Gaussian closed forms against 50 digits"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Measure and print; 1 where a row of the house breaks its promise."""
    from dataclasses import asdict

    from simsuff.cli.common import print_json, print_text
    from simsuff.divergences.accuracy import PROMISED_ULP, catalogue_cases, scipy_cases, table
    from simsuff.models.gaussian.accuracy import gaussian_cases

    ours, beside = table([*catalogue_cases(), *gaussian_cases()]), table(scipy_cases())
    if arguments.json:
        rows = {"rows": [*map(asdict, ours)], "beside": [*map(asdict, beside)]}
        print_json({"promised_ulp": PROMISED_ULP, **rows}, ensure_ascii=False)
    else:
        text = f"{'quantity':18} {'of':20} {'points':>6} {'max ulp':>10} {'mean ulp':>10}  worst argument\n"
        for row in (*ours, *beside):
            text += (
                f"{row.quantity:18} {row.subject:20} {row.points:6} {row.max_ulp:10.3g} {row.mean_ulp:10.3g}"
            )
            text += f"  {row.worst}\n"
        print_text(text)
    return int(any(row.max_ulp > PROMISED_ULP for row in ours))
