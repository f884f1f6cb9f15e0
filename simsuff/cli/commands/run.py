"""``simsuff run``: sweep the studies in files and directories and compare theory with what they find."""

import argparse
from typing import TYPE_CHECKING

from simsuff.cli.options import INTERRUPTED, level
from simsuff.cli.usable import usable

if TYPE_CHECKING:
    from simsuff.studies import Settings

HELP = "run studies and print theory against empirics"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a sweep."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="study files or directories (default: simulations)")
    add("--scale", default="default", metavar="SCALE", help="smoke, default or full")
    add("--seed", type=int, default=0, help="a non-negative integer; same seed, same tables (default: 0)")
    add("--jobs", type=int, default=1, help="worker processes (default: 1)")
    add("--out", metavar="DIR", help="run directory for tasks, tables and figures; replaces an earlier run's")
    add("--resume", action="store_true", help="continue the interrupted run in DIR")
    only = "run a part: experiment, study:experiment, experiment[K=2], experiment[K=2]#3; may be repeated"
    add("--only", action="append", default=[], metavar="TASK", help=only)
    add("--backend", default="processes", metavar="NAME", help="processes or dask (default: processes)")
    add("--scheduler", metavar="ADDRESS", help="Dask scheduler; a local cluster where none is given")
    add(
        "--level",
        type=level,
        default=None,
        help="family-wise error level of a study's verdicts (default: 0.01)",
    )
    add("--json", action="store_true", help="print JSON instead of tables")


def handle(arguments: argparse.Namespace) -> int:
    """Prepare, run, report."""
    from simsuff.cli.output import print_error, show_failures, show_results
    from simsuff.cli.reports import report
    from simsuff.cli.signals import terminated_like_interrupted
    from simsuff.studies import Interrupted, NoWorkers, open_store, prepare, run
    from simsuff.verdicts.comparison import LEVEL

    with usable():
        sweep = prepare(_settings(arguments))
        store = open_store(sweep)
    try:
        with terminated_like_interrupted():
            results = run(sweep, store)
    except Interrupted as interrupted:
        print_error(_farewell(arguments, interrupted.done, interrupted.total))
        return INTERRUPTED
    except NoWorkers as error:
        print_error(f"simsuff: error: {error}")
        return 1
    chosen = LEVEL if arguments.level is None else arguments.level
    broken = report(store.folder, results, store.header, chosen) if store else 0
    status = show_results(results, chosen, as_json=arguments.json)
    show_failures(results, arguments.seed, arguments.scale)
    return max(status, broken)


def _settings(arguments: argparse.Namespace) -> "Settings":
    from simsuff.studies import Settings

    names = ("scale", "seed", "jobs", "out", "resume", "only", "backend", "scheduler", "command")
    given = {name: getattr(arguments, name) for name in names}
    return Settings(paths=arguments.paths or ["simulations"], **given)


def _farewell(arguments: argparse.Namespace, done: int, total: int) -> str:
    import shlex

    if arguments.out is None:
        return f"Interrupted after {done} of {total} tasks; with --out DIR they would have been kept."
    again = [*arguments.command, *([] if arguments.resume else ["--resume"])]
    return f"Interrupted: {done} of {total} tasks are kept. Continue with: {shlex.join(again)}"
