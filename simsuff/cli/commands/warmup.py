"""``simsuff warmup``: compile on this machine what studies need, by the first task of each experiment."""

import argparse

from simsuff.cli.common import usable

HELP = "compile for this machine what studies need, so that later runs start at once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="study files or directories (default: simulations)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="worker processes (default: 1)")


def handle(arguments: argparse.Namespace) -> int:
    """Run the first task of each experiment at the smallest scale, and keep nothing but the compiled code."""
    import time
    from dataclasses import replace

    from simsuff.cli.common import print_error, show_failures
    from simsuff.studies import Settings, header_of, prepare, run

    start = time.monotonic()
    with usable():
        sweep = prepare(
            Settings(paths=arguments.paths or ["simulations"], scale="smoke", jobs=arguments.jobs)
        )
    first = {(task.study, task.experiment): task for task in reversed(sweep.tasks)}
    tasks = list(reversed(first.values()))
    results = run(replace(sweep, tasks=tasks))
    show_failures(results, header_of(sweep))
    print_error(f"simsuff: warm after {len(tasks)} experiments, {time.monotonic() - start:.0f} s")
    return int(any(result.failures for result in results))
