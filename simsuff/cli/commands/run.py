"""``simsuff run``: sweep the studies in files and directories and compare theory with what they find."""

import argparse
import contextlib
import shlex
import signal
import threading
from collections.abc import Iterator
from dataclasses import fields

from simsuff.cli.options import INTERRUPTED, add_form, form, usable

HELP = "run studies and print theory against empirics"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a sweep."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="study files or directories (default: simulations)")
    add("--scale", default="default", metavar="SCALE", help="smoke, default or full")
    add("--seed", type=int, default=0, help="a non-negative integer; same seed, same tables (default: 0)")
    add("--jobs", type=int, default=1, help="worker processes (default: 1)")
    add("--out", metavar="DIR", help="run directory for tasks, tables, figures and the page report.html")
    add("--resume", action="store_true", help="continue the interrupted run in DIR")
    add("--replace", action="store_true", help="replace also a run of other studies, scale or --only in DIR")
    only = "run a part: experiment, study:experiment, experiment[K=2], experiment[K=2]#3; may be repeated"
    add("--only", action="append", default=[], metavar="TASK", help=only)
    value = "NAME=VALUE in place of what the grids say for NAME, as in --set corpus=FOLDER; may be repeated"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=value)
    add("--backend", default="processes", metavar="NAME", help="processes or dask (default: processes)")
    add("--scheduler", metavar="ADDRESS", help="Dask scheduler; a local cluster where none is given")
    add_form(parser)


def handle(arguments: argparse.Namespace) -> int:
    """Prepare, run, report."""
    from simsuff.cli.output import print_error, show_failures, show_results, write_reports
    from simsuff.studies import CannotWrite, Interrupted, NoWorkers, Settings, open_store, prepare, run

    given = {field.name: getattr(arguments, field.name) for field in fields(Settings)}
    given["paths"] = arguments.paths or ["simulations"]
    with usable():
        sweep = prepare(Settings(**given))
        store = open_store(sweep)
    with store or contextlib.nullcontext():
        try:
            with _terminated_like_interrupted():
                results = run(sweep, store)
        except Interrupted as interrupted:
            print_error(_farewell(arguments, interrupted.done, interrupted.total))
            return INTERRUPTED
        except NoWorkers as error:
            print_error(f"simsuff: error: {error}")
            return 1
        except CannotWrite as error:
            again = f"make room and continue with: {_resume(arguments)}"
            print_error(f"simsuff: error: {error}; the tasks before are kept; {again}")
            return 1
        broken, page = 0, ""
        if store:
            written = store.folder, arguments.out, results, store.header, arguments.level
            broken, page = write_reports(*written)
        status = show_results(results, arguments.level, report=page, **form(arguments))
        show_failures(results, arguments.seed, arguments.scale, arguments.set)
    return status if status == 1 else broken or status


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


def _farewell(arguments: argparse.Namespace, done: int, total: int) -> str:
    if arguments.out is None:
        return f"Interrupted after {done} of {total} tasks; with --out DIR they would have been kept."
    return f"Interrupted: {done} of {total} tasks are kept. Continue with: {_resume(arguments)}"


def _resume(arguments: argparse.Namespace) -> str:
    """The command that continues this one."""
    command = [word for word in arguments.command if word not in ("--resume", "--replace")]
    return shlex.join([*command, "--resume"])
