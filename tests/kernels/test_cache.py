"""Is a kernel compiled once by all processes that share a cache, also where one fails, dies or has no locks?"""

import os
import select
import signal
import subprocess
import sys

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

# Takes the lock when it is told to, says so, and keeps it until it is told to go.
HOLD = """
import sys
from pathlib import Path
from simsuff.kernels.cache import locked
print("ready", flush=True)
sys.stdin.readline()
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


VERSIONS = """
import numpy as np
from kernels import total
print(total(np.arange(4.0)), total(np.arange(4)), total(np.arange(4.0, dtype=np.float32)))
"""


def test_a_version_under_the_name_of_another_is_compiled_anew(tmp_path):
    """As a process leaves it that dies between the index of a kernel and the code."""
    (tmp_path / "kernels.py").write_text(KERNELS)

    def result():
        code = "print('ready', flush=True)\n" + VERSIONS
        with start(code, tmp_path) as process:
            return process.stdout.read(), process.wait()

    expected = result()
    assert expected[1] == 0
    first, second, third = sorted(tmp_path.rglob("kernels._total-*.nbc"))
    codes = first.read_bytes(), second.read_bytes(), third.read_bytes()
    for file, code in zip((second, third, first), codes, strict=True):
        file.write_bytes(code)
    assert result() == expected


OWN = """
from typing import NamedTuple

class Own(NamedTuple):
    x: float
    y: float
"""

OF_OWN = """
from mine import Own
from kernels import total
print("ready", flush=True)
total(Own(1.0, 2.0))
print(len(total.stats.cache_misses))
"""

OF_ARRAYS = """
import numpy as np
from kernels import total
print("ready", flush=True)
total(np.ones(3))
print(len(total.stats.cache_misses))
"""


def test_versions_for_classes_that_a_process_lacks_are_kept(tmp_path):
    (tmp_path / "kernels.py").write_text(KERNELS)
    own = tmp_path / "mine.py"

    def misses(code):
        with start(code, tmp_path) as process:
            return int(process.stdout.read())

    own.write_text(OWN)
    stamp = own.stat()
    assert misses(OF_OWN) == 1
    own.write_text("raise SystemExit('half-written')")
    assert misses(OF_ARRAYS) == 1
    own.unlink()
    assert misses(OF_ARRAYS) == 0
    own.write_text(OWN)
    os.utime(own, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert misses(OF_OWN) == misses(OF_ARRAYS) == 0


def test_versions_for_classes_of_a_script_do_not_pile_up(tmp_path):
    """Its class is another one in each process, so that nobody would find them."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    code = OF_OWN.replace("from mine import Own", OWN)
    for _ in range(2):
        with start(code, tmp_path) as process:
            assert process.stdout.read() == "1\n"
    assert not list(tmp_path.rglob("kernels._total-*.nbc"))


@pytest.fixture
def asking(tmp_path):
    """Start a process that asks for the lock of a path."""
    processes = []

    def ask(path):
        process = start(HOLD, tmp_path, str(path))
        processes.append(process)
        process.stdin.write("\n")
        process.stdin.flush()
        return process

    yield ask
    for process in processes:
        process.kill()
        process.communicate()


def holds(process, seconds=60):
    """Does the process say within so many seconds that it holds the lock?"""
    said, _, _ = select.select([process.stdout], [], [], seconds)
    return bool(said) and process.stdout.readline() == "held\n"


def test_a_lock_keeps_others_out_of_its_own_path_only(tmp_path, asking):
    with locked(tmp_path / "one"):
        waiting = asking(tmp_path / "one")
        assert holds(asking(tmp_path / "other"))
        assert not holds(waiting, 0.5)
    assert holds(waiting)


def test_a_lock_ends_with_an_exception(tmp_path, asking):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "one"):
        raise KeyboardInterrupt
    assert holds(asking(tmp_path / "one"))


def test_a_lock_ends_with_its_process(tmp_path, asking):
    holder = asking(tmp_path / "one")
    assert holds(holder)
    waiting = asking(tmp_path / "one")
    assert not holds(waiting, 0.5)
    holder.send_signal(signal.SIGKILL)
    assert holds(waiting)


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
