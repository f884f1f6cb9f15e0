"""What commands share: exit statuses, the way they refuse, and options of several commands."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from typing import Any

# What shells report for a process that SIGINT ended: 128 + 2.
INTERRUPTED = 130
UNUSABLE = 2
# With --strict: nothing is wrong, but a violation that theory predicts did not occur, or else a row is undecided.
UNCONFIRMED = 3
UNDECIDED = 4

# The family-wise error level of a run where --level gives none.
LEVEL = 0.01


@contextlib.contextmanager
def usable() -> Iterator[None]:
    """Turn the house's errors about input into one line on stderr and exit status 2; others keep their traceback."""
    try:
        yield
    except ValueError as error:
        from simsuff.cli.output import print_error

        print_error(f"simsuff: error: {error}")
        sys.exit(UNUSABLE)


def level(text: str) -> float:
    """An error probability between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1: {text}; 0.01 is a usual choice")
    return value


def add_form(parser: argparse.ArgumentParser) -> None:
    """How the tables of a run are judged and printed."""
    about = f"family-wise error level of the verdicts of a run (default: {LEVEL:g})"
    parser.add_argument("--level", type=level, default=LEVEL, help=about)
    strict = f"exit status {UNCONFIRMED} where a predicted violation does not occur, {UNDECIDED} where a row is undecided"
    parser.add_argument("--strict", action="store_true", help=strict)
    parser.add_argument("--verbose", action="store_true", help="print every row, not a summary alone")
    parser.add_argument("--json", action="store_true", help="print JSON instead")


def form(arguments: argparse.Namespace) -> dict[str, Any]:
    """How results are to be printed, as `add_form` asks."""
    return {"as_json": arguments.json, "verbose": arguments.verbose, "strict": arguments.strict}


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Where evidence is recorded."""
    about = "append what was found to this record file (simsuff ledger)"
    parser.add_argument("--ledger", metavar="FILE", help=about)
