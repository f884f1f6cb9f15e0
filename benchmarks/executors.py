"""What executors cost: processor time per task, how two workers scale, and the memory of the coordinator.

`python benchmarks/executors.py` runs tasks of 1 ms on each executor, tasks of 50 ms on one worker and on two, and
10,000 and 50,000 tasks that do nothing. Each run is a process of its own. The overhead is in processor time, of the
coordinator and the workers together, and the slope between 2,000 and 10,000 tasks, so that neither starting Python nor
what else the machine does counts; the speed of two workers is in time on the clock, and wants a machine that is idle.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = '''
"""Tasks of a known length."""

import time

from simsuff.studies import Comparison, study


@study(default={{"cell": list(range(100))}}, replicates={replicates})
def works(cell, rng):
    """Keep one processor busy for {seconds} seconds of its time."""
    end = time.thread_time() + {seconds}
    while time.thread_time() < end:
        pass
    return Comparison(float(rng.normal()), "<=", 9.0)
'''
EXECUTORS = {
    "serial": (1, "processes"),
    "two processes": (2, "processes"),
    "two processes under Dask": (2, "dask"),
}


def measure(options: argparse.Namespace) -> None:
    """One run in this process; prints its times and memory as JSON."""
    from simsuff.studies import Settings, open_store, prepare, run
    from simsuff.studies.progress import Progress

    times: list[float] = []
    step = Progress.step

    def noted(self: Progress, record: object) -> None:
        times.append(time.monotonic())
        step(self, record)

    Progress.step = noted
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "work.py")
        path.write_text(STUDY.format(replicates=options.tasks // 100, seconds=options.seconds).lstrip())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sweep = prepare(Settings([str(path)], out=f"{name}/out", jobs=options.jobs, backend=options.backend))
        with open_store(sweep) as store:
            (result,) = run(sweep, store)
    if len(result.rows) != 100 or result.failures:
        raise SystemExit("tasks failed")
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # The first tasks of every worker wait for it to start; a tenth of them is enough to be past that.
    skipped = options.tasks // 10
    found = {
        "processor": sum(one.ru_utime + one.ru_stime for one in usage),
        "clock": (times[-1] - times[skipped]) / (options.tasks - skipped - 1),
        "megabytes": (usage[0].ru_maxrss - before) / 1024,
    }
    print(json.dumps(found))


def measured(tasks: int, seconds: float, jobs: int, backend: str) -> dict[str, float]:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, "--measure", "--tasks", tasks, "--seconds", seconds]
    command += ["--jobs", jobs, "--backend", backend]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure all, or one run in this process with `--measure`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--only", choices=("overhead", "speed", "memory"))
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=1e-3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--backend", default="processes")
    options = parser.parse_args()
    if options.measure:
        measure(options)
        return
    if options.only in (None, "overhead"):
        print(
            f"overhead of {options.tasks:,} tasks of {options.seconds * 1e3:g} ms, in processor time per task"
        )
        few = options.tasks // 5
        for name, (jobs, backend) in EXECUTORS.items():
            spent = [measured(n, options.seconds, jobs, backend)["processor"] for n in (few, options.tasks)]
            each = (spent[1] - spent[0]) / (options.tasks - few) - options.seconds
            print(f"  {name:26} {each * 1e3:6.3f} ms", flush=True)
    if options.only in (None, "speed"):
        print("speed of two workers against one, 200 tasks of 50 ms")
        one = measured(200, 0.05, 1, "processes")["clock"]
        for backend in ("processes", "dask"):
            two = measured(200, 0.05, 2, backend)["clock"]
            print(f"  {backend:26} {one / two:6.2f} times", flush=True)
    if options.only in (None, "memory"):
        few, many = (measured(tasks, 0.0, 2, "processes")["megabytes"] for tasks in (10_000, 50_000))
        print("memory of the coordinator, two processes, tasks that do nothing")
        print(f"  {'10,000 and 50,000 tasks':26} {few:.0f} and {many:.0f} MB with the modules that it loads")
        print(f"  {'each task more':26} {(many - few) / 40_000 * 1e6:6.0f} bytes", flush=True)


if __name__ == "__main__":
    main()
