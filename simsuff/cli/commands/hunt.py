"""``simsuff hunt ID|FILE[::ID]``: search for a counterexample to a statement, or to the conjectures of a file."""

import argparse

from simsuff.cli.common import add_ledger, usable

HELP = "search for a counterexample; exit status 1 where one is found"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        metavar="ID|FILE[::ID]|all",
        help="a statement, a Python file of conjectures under @statement, or all statements of the library",
    )
    parser.add_argument(
        "--budget",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="for each statement; plans the number of evaluations and bounds the time (default: 30)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="the same seed gives the same result (default: 0)"
    )
    add_ledger(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Hunt each statement, print as they end; 1 where one is refuted."""
    from simsuff.cli.common import print_json, print_text, record
    from simsuff.hunting import conjectures, hunt

    with usable():
        targets = conjectures(arguments.target)
    found = []
    for target in targets:
        with usable():
            found.append(hunt(target, seed=arguments.seed, budget=arguments.budget))
        if not arguments.json:
            print_text(f"{found[-1]}\n\n")
        if arguments.ledger:
            from simsuff.ledger.evidence import of_exact, of_hunt, today

            record(arguments.ledger, [of_hunt(found[-1], today()), *of_exact(target, today())])
    if arguments.json:
        print_json([entry.record() for entry in found], ensure_ascii=False, allow_nan=False)
    return int(any(entry.outcome == "refuted" for entry in found))
