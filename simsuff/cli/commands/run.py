"""``simsuff run``: sweep the studies in files and directories and compare theory with what they find."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from simsuff.cli.common import INTERRUPTED, add_form, usable

if TYPE_CHECKING:
    from simsuff.studies import Settings, Sweep

HELP = "run studies and print theory against empirics"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="study files or directories (default: simulations)")
    add("--scale", default="default", metavar="SCALE", help="smoke, default or full")
    add("--seed", type=int, default=0, help="a non-negative integer; same seed, same tables (default: 0)")
    add("--jobs", type=int, default=1, help="worker processes (default: 1)")
    add("--out", metavar="DIR", help="run directory for tasks, tables, figures and the page report.html")
    about = "keep what has finished in DIR and run the rest, also of a plan that has grown"
    add("--resume", action="store_true", help=about)
    add("--dry-run", action="store_true", help="show cells, tasks and the time they take, and run nothing")
    add("--replace", action="store_true", help="replace also a run of other studies, scale or --only in DIR")
    only = "run a part: experiment, study:experiment, experiment[K=2], experiment[K=2]#3; may be repeated"
    add("--only", action="append", default=[], metavar="TASK", help=only)
    value = "NAME=VALUE in place of what the grids say for NAME, as in --set corpus=FOLDER; may be repeated"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=value)
    add("--replicates", type=int, metavar="N", help="replicates of each cell of the experiments that draw")
    rounds = parser.add_argument_group("rounds of more replicates, where they are needed")
    add = rounds.add_argument
    add(
        "--until-decided",
        action="store_true",
        help="double the replicates of undecided rows until they are decided",
    )
    about = "… of rows whose interval reaches further than this share of the left side, as 2%%"
    add("--precision", metavar="SHARE", help=about)
    add("--target-se", type=float, metavar="SE", help="… of rows whose standard error is larger")
    add(
        "--budget", metavar="TIME", help="start no round that would end after this time, as 90s, 10m or 1h30m"
    )
    add(
        "--max-replicates", type=int, metavar="N", help="the most of a cell (default: 64 times those planned)"
    )
    add = parser.add_argument
    add("--backend", default="processes", metavar="NAME", help="processes or dask (default: processes)")
    add("--scheduler", metavar="ADDRESS", help="Dask scheduler; a local cluster where none is given")
    add_form(parser)


def handle(arguments: argparse.Namespace) -> int:
    from simsuff.cli.common import print_error, resume_command, show_run
    from simsuff.studies import CannotWrite, Interrupted, NoWorkers, header_of, open_store, prepare, run

    with usable():
        sweep = prepare(_settings(arguments))
        if arguments.dry_run:
            return _show_forecast(sweep, arguments)
        store = open_store(sweep)
    with store or contextlib.nullcontext():
        for notice in store.notices if store else ():
            print_error(f"simsuff: {notice}")
        try:
            with _terminated_like_interrupted():
                results = run(sweep, store)
        except Interrupted as interrupted:
            many = f"{interrupted.done} of {interrupted.total} tasks"
            kept = f"Interrupted: {many} are kept. Continue with: {resume_command(arguments.command)}"
            lost = f"Interrupted after {many}; with --out DIR they would have been kept."
            print_error(lost if arguments.out is None else kept)
            return INTERRUPTED
        except NoWorkers as error:
            print_error(f"simsuff: error: {error}")
            return 1
        except CannotWrite as error:
            is_kept = store is not None and (store.folder / "run.json").exists()
            again = f"make room and continue with: {resume_command(arguments.command)}"
            fate = f"the tasks before are kept; {again}" if is_kept else "its tasks are lost with it"
            print_error(f"simsuff: error: {error}; {fate}")
            return 1
        if store:
            return show_run(arguments, results, store.header, store.folder, arguments.out)
        return show_run(arguments, results, header_of(sweep), None, "")


def _settings(arguments: argparse.Namespace) -> "Settings":
    """What the user asked for; raises ValueError for what no option can be."""
    from simsuff.studies import Goal, Settings
    from simsuff.studies.rounds import read_seconds, read_share

    goal = Goal(
        arguments.until_decided,
        None if arguments.precision is None else read_share(arguments.precision),
        arguments.target_se,
        None if arguments.budget is None else read_seconds(arguments.budget),
        arguments.max_replicates,
        arguments.level,
    )
    given = {field.name: getattr(arguments, field.name) for field in fields(Settings) if field.name != "goal"}
    given["paths"] = arguments.paths or ["simulations"]
    if arguments.dry_run:  # no cluster starts for a question
        given |= {"backend": "processes", "scheduler": None}
    return Settings(**given, goal=goal)


def _show_forecast(sweep: "Sweep", arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from simsuff.cli.common import duration, print_json, print_text
    from simsuff.reporting.table import aligned
    from simsuff.studies import forecast

    parts = forecast(sweep)
    if arguments.json:
        print_json({"experiments": [asdict(part) for part in parts]})
        return 0
    lines = [["experiment", "cells", "replicates", "tasks", "kept", "time"]]
    for part in parts:
        time = "unknown" if part.seconds_left is None else duration(part.seconds_left)
        counts = (part.cells, f"{part.planned / max(part.cells, 1):g}", part.planned, part.done - part.failed)
        lines.append([part.name, *map(str, counts), time])
    known = [part.seconds_left for part in parts]
    left = sum(part.planned - part.done + part.failed for part in parts)
    total = "unknown" if None in known else duration(sum(s for s in known if s is not None))
    workers = "1 worker" if arguments.jobs == 1 else f"{arguments.jobs} workers"
    closing = f"{left} tasks to run; time on {workers}: {total}\n"
    print_text("\n".join([*aligned(lines, ">"), closing]))
    return 0


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM, which batch systems send, keep as much as Ctrl-C; only the main thread may decide about signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
