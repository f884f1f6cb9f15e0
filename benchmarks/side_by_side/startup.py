"""How long does a user wait before anything happens? Fresh processes: import, help, and the first call of a kernel."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

# Numba learns its own functions at the first kernel of a process, whichever it is; the import of the rooms that hold
# a kernel is not the loading of the kernel either. Prints seconds for the one and for the other.
FIRST_CALL = """
import time, numpy as np, simsuff as ss
from numba.core.registry import cpu_target
u, infonce = np.random.default_rng(0).standard_normal((64, 8)), ss.losses.infonce
begin = time.perf_counter()
cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()
ready = time.perf_counter()
infonce(u, u)
print(ready - begin, time.perf_counter() - ready)
"""

MAIN_JOB = ["-m", "simsuff", "run", "simulations", "--scale", "smoke", "--jobs", "1"]

REPETITIONS = 5


class Wait(NamedTuple):
    """A name, the median in seconds, and the most that is allowed, if anything is asked."""

    name: str
    seconds: float
    target: float | None

    @property
    def met(self) -> bool:
        """Whether it is short enough."""
        return self.target is None or self.seconds <= self.target


def interpreter(*arguments: str, cache: str | None = None) -> tuple[float, str]:
    """Seconds and output of a fresh interpreter, with kernels cached in `cache`."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path)}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = cache
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - begin, done.stdout


def waits() -> list[Wait]:
    """Start-up of the library and the command line, and the first call from the cache."""
    imports = statistics.median(interpreter("-c", "import simsuff")[0] for _ in range(REPETITIONS))
    helps = statistics.median(interpreter("-m", "simsuff", "--help")[0] for _ in range(REPETITIONS))
    calls = [map(float, interpreter("-c", FIRST_CALL)[1].split()) for _ in range(REPETITIONS)]
    numba, first = map(statistics.median, zip(*calls, strict=True))
    return [
        Wait("import simsuff", imports, 0.4),
        Wait("simsuff --help", helps, 0.3),
        Wait("first call of a cached kernel (infonce)", first, 0.3),
        Wait("before it, once in a process: Numba's own start", numba, None),
    ]


def cold_compile() -> Wait:
    """The main job at its smallest scale with an empty cache, less the same with a full one: minutes."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as out:
        times = [
            interpreter(*MAIN_JOB, "--out", f"{out}/{name}", cache=cache)[0] for name in ("cold", "warm")
        ]
    return Wait("cold compile of everything that the main job needs", times[0] - times[1], 40.0)
