"""How long does a user wait before anything happens? Fresh processes: import, help, and the first call of a kernel."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

# The import of the rooms that hold the kernel is not the loading of the kernel.
FIRST_CALL = """
import time, numpy as np, simsuff as ss
u, infonce = np.random.default_rng(0).standard_normal((64, 8)), ss.losses.infonce
begin = time.perf_counter()
infonce(u, u)
print(time.perf_counter() - begin)
"""

MAIN_JOB = ["-m", "simsuff", "run", "simulations", "--scale", "smoke", "--jobs", "1"]

REPETITIONS = 5


class Wait(NamedTuple):
    """A name, the median in seconds, and the most that is allowed."""

    name: str
    seconds: float
    target: float

    @property
    def met(self) -> bool:
        """Whether it is short enough."""
        return self.seconds <= self.target


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
    first = statistics.median(float(interpreter("-c", FIRST_CALL)[1]) for _ in range(REPETITIONS))
    return [
        Wait("import simsuff", imports, 0.4),
        Wait("simsuff --help", helps, 0.3),
        Wait("first call of a cached kernel (infonce)", first, 0.3),
    ]


def cold_compile() -> Wait:
    """The main job at its smallest scale with an empty cache, less the same with a full one: minutes."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as out:
        times = [
            interpreter(*MAIN_JOB, "--out", f"{out}/{name}", cache=cache)[0] for name in ("cold", "warm")
        ]
    return Wait("cold compile of everything that the main job needs", times[0] - times[1], 40.0)
