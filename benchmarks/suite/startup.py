"""How long does a user wait? Fresh interpreters, with cached kernels where there are any."""

import subprocess
import sys
import time
from typing import Any

FIRST_CALL = """
import time, numpy as np, simsuff as ss
u, infonce = np.random.default_rng(0).standard_normal((64, 8)), ss.losses.infonce
begin = time.perf_counter()
infonce(u, u)
print(time.perf_counter() - begin)
"""


def interpreter(*arguments: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


class StartUp:
    """Import, help, and the first call."""

    timeout = 300.0

    def setup(self) -> None:
        """Fill the caches of bytecode and of kernels."""
        interpreter("-c", FIRST_CALL)
        interpreter("-m", "simsuff", "--help")

    def time_import(self) -> None:
        """`import simsuff`."""
        interpreter("-c", "import simsuff")

    def time_help(self) -> None:
        """`simsuff --help`."""
        interpreter("-m", "simsuff", "--help")

    def time_bare_interpreter(self) -> None:
        """What any Python program pays."""
        interpreter("-c", "")

    def track_first_call(self) -> float:
        """Seconds from the first call of a cached kernel to its answer."""
        return float(interpreter("-c", FIRST_CALL))

    def track_whole_first_call(self) -> float:
        """The same with interpreter and imports."""
        begin = time.perf_counter()
        interpreter("-c", FIRST_CALL)
        return time.perf_counter() - begin


def _units(function: Any, unit: str) -> None:
    function.unit = unit


_units(StartUp.track_first_call, "seconds")
_units(StartUp.track_whole_first_call, "seconds")
