"""Nothing but parsing and calling: the command ``simsuff``.

Each module in `simsuff.cli.commands` is one subcommand: its name, `HELP`, `add_arguments(parser)` and
`handle(arguments) -> exit status`. Handlers import what they need, so that ``simsuff --help`` is instant.
"""

import argparse
import contextlib
import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Sequence

import simsuff
from simsuff.cli import commands
from simsuff.cli.common import INTERRUPTED

EPILOG = (
    "exit status: 0 nothing violated, 1 something violated, failed or unfinished, 2 unusable arguments, "
    "with --strict 3: a predicted violation is unconfirmed, 4: a row is undecided"
)


def build_parser() -> argparse.ArgumentParser:
    """The parser with one subcommand for each module in `commands`."""
    parser = argparse.ArgumentParser(
        prog="simsuff", description="A laboratory for the theory of contrastive learning.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"simsuff {simsuff.__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in pkgutil.iter_modules(commands.__path__):
        command = importlib.import_module(f"simsuff.cli.commands.{module.name}")
        sub = subparsers.add_parser(module.name, help=command.HELP, description=command.HELP, epilog=EPILOG)
        command.add_arguments(sub)
        sub.set_defaults(handle=command.handle, parser=sub)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Where a shell has closed a stream (`>&-`), Python has none: what is written there is meant to be lost.
    with contextlib.ExitStack() as stack:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                setattr(sys, name, stack.enter_context(open(os.devnull, "w")))
        parsed = _parsed(given)
        parsed.command = ["simsuff", *given]
        try:
            return int(parsed.handle(parsed))
        except KeyboardInterrupt:
            print("Interrupted.", file=sys.stderr)
            return INTERRUPTED


def _parsed(given: list[str]) -> argparse.Namespace:
    """The command and its options; unknown ones end the process with a guess at what was meant."""
    parser = build_parser()
    known = [module.name for module in pkgutil.iter_modules(commands.__path__)]
    if given and not given[0].startswith("-") and given[0] not in known:
        from simsuff.numerics.validation import unknown

        parser.error(str(unknown("COMMAND", given[0], known, "see simsuff --help")))
    parsed, strange = parser.parse_known_args(given)
    if strange:
        from simsuff.numerics.validation import guess

        options = re.findall(r"--[\w-]+", parsed.parser.format_help())
        hint = guess(strange[0].partition("=")[0], dict.fromkeys(options)).rstrip()
        parsed.parser.error(f"unrecognized arguments: {' '.join(strange)}{'; ' if hint else ''}{hint}")
    return parsed
