"""Is a kernel compiled once by all processes that share a cache, also where one fails, dies or has no locks?"""

import os
import signal
import subprocess
import sys
import time

import numba
import pytest

from simsuff.kernels import cache
from simsuff.kernels.cache import locked

pytestmark = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT) or cache.fcntl is None,
    reason="nothing is compiled, or the system has no locks",
)

KERNELS = """
from simsuff.kernels.jit import jit

def _total(x):
    total = 0.0
    for n in range(len(x)):
        total += x[n] ** 2.5
    return total

total = jit(_total)

def _both(x, y):
    return total(x) - total(y)

both = jit(_both)
"""

# Both processes have all that they need before they are told to go, so that they compile at the same time.
CALL = """
import sys
import numpy as np
from kernels import both, total
print("ready", flush=True)
sys.stdin.readline()
both(np.ones(3), np.ones(3))
print(sum(len(k.stats.cache_misses) for k in (both, total)))
"""

HOLD = """
import sys
from pathlib import Path
from simsuff.kernels.cache import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def start(code, folder, *arguments):
    """A Python process that has said its first line."""
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": f"{folder}:{os.getcwd()}",
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, **pipes)
    process.stdout.readline()
    return process


def test_two_processes_at_once_compile_each_kernel_once(tmp_path):
    (tmp_path / "kernels.py").write_text(KERNELS)
    processes = [start(CALL, tmp_path) for _ in range(2)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    assert sum(int(process.communicate()[0]) for process in processes) == 2


def takes(path):
    """Another process gets the lock, however long a busy machine takes to start it."""
    code = HOLD.replace("sys.stdin.readline()", "")
    return subprocess.run([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE).stdout == b"held\n"


def waits(path, folder):
    """Another process has come to the lock and does not get it within a second."""
    with start(HOLD.replace("with", "print('here', flush=True)\nwith"), folder, str(path)) as process:
        time.sleep(1.0)
        process.kill()
        return process.stdout.read() == ""


def test_a_lock_keeps_others_out_of_its_own_path_only(tmp_path):
    with locked(tmp_path / "one"):
        assert waits(tmp_path / "one", tmp_path)
        assert takes(tmp_path / "other")
    assert takes(tmp_path / "one")


def test_a_lock_ends_with_an_exception(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "one"):
        raise KeyboardInterrupt
    assert takes(tmp_path / "one")


def test_a_lock_ends_with_its_process(tmp_path):
    holder = start(HOLD, tmp_path, str(tmp_path / "one"))
    assert waits(tmp_path / "one", tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert takes(tmp_path / "one")


@pytest.mark.parametrize("without", ["locks", "a folder"])
def test_without_locks_nobody_waits(tmp_path, monkeypatch, without):
    folder = tmp_path / "folder"
    if without == "locks":
        monkeypatch.setattr(cache, "fcntl", None)
    else:
        folder.write_text("a file where the folder should be")
    entered = []
    with locked(folder / "one"):
        entered.append(True)
    assert entered
