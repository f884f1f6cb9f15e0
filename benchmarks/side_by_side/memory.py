"""How much memory does a kernel of ours need beyond inputs and outputs? Resident-set growth in a fresh process."""

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from side_by_side.allocator import release_free_blocks
from side_by_side.library import BUILDERS
from side_by_side.problem import Problem

# Warm-up at this size loads code and starts threads.
WARM = 1024

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def share_of_table(name: str) -> float:
    """Peak growth of the row `name`, measured in a process of its own, as a share of one K × K table."""
    growth, table = json.loads(in_fresh_process("side_by_side.memory", name))
    return float(growth) / float(table)


def in_fresh_process(module: str, *arguments: str) -> str:
    """The last line that `python -m module arguments` prints, with the modules that this process can import."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path)}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


def growth_of(problem: Problem) -> tuple[int, int]:
    """Bytes beyond inputs and outputs at the peak of one call, and bytes of a K × K table."""
    build = next(iter(BUILDERS[problem.kind].values()))
    for _ in range(2):
        build(shrunk(problem)).run()
    call = build(problem)
    release_free_blocks()
    before = resident_now()
    result = call.run()
    grown = resident_peak() - before
    outputs = sum(part.nbytes for part in call.read(result)[1:])
    table = problem.options["K"] ** 2 * problem.arrays["u"].itemsize
    return max(grown - outputs, 0), table


def shrunk(problem: Problem) -> Problem:
    """The first pairs of a problem."""
    arrays = {name: x[:WARM].copy() for name, x in problem.arrays.items()}
    return replace(problem, arrays=arrays, options=problem.options | {"K": WARM})


def resident_now() -> int:
    """Bytes that a later `resident_peak` starts from: the present size where Linux can forget the peak so far."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return resident_peak()
    return status_entry("VmRSS")


def resident_peak() -> int:
    """The largest resident size since the start, or since `resident_now`."""
    if CLEAR.exists():
        return status_entry("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def status_entry(name: str) -> int:
    """Bytes of an entry of Linux's status file."""
    lines = STATUS.read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024


if __name__ == "__main__":
    from side_by_side.workloads import all_rows, largest_rows

    (chosen,) = (row for row in all_rows() + largest_rows() if row.name == sys.argv[1])
    print(json.dumps(growth_of(chosen.problem())))
