"""Tests in child processes that find a module changed, and which tests run which lines.

The parent has imported what no mutant reaches and forks for each, so that a trial costs little more than its tests.
"""

import gc
import importlib
import importlib.machinery
import json
import math
import os
import pkgutil
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mutation.changes import ROOT

# CPU seconds after which a test takes too long to be used.
SLOW = 20.0
# The machine may be busy: seconds by the clock, for each of CPU time, after which a process waits for something.
PATIENCE = 30

PACKAGES = ("numpy", "scipy.optimize", "scipy.stats", "sympy", "mpmath", "numba", "hypothesis", "pytest")


def warm(room: str) -> None:
    """Import what no mutant of the room can reach: other packages, and the rooms before it in docs/architecture.md.

    Kernels run compiled unless the room has some: then all of them run as Python, the mutants too.
    """
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "simsuff" / room).rglob("*.py")]
    os.environ["NUMBA_DISABLE_JIT"] = str(int(any("@jit" in text for text in texts)))
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    for name in PACKAGES:
        importlib.import_module(name)
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    for earlier in rooms[: rooms.index(room)]:
        package = importlib.import_module(f"simsuff.{earlier}")
        for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"simsuff.{earlier}."):
            importlib.import_module(module.name)
    reached = [name for name in sys.modules if name.startswith(f"simsuff.{room}")]
    if reached:
        raise RuntimeError(f"earlier rooms import {reached}")
    gc.freeze()  # the collections of a child then pass over what the parent holds


def forked(work: Callable[[int], int], cpu: float) -> tuple[int, str]:
    """The exit status of `work` in a child process, minus the signal where one ended it, and what it sent."""
    out, channel = os.pipe()
    child = os.fork()
    if not child:
        status = 70
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(cpu), math.ceil(cpu) + 5))
            signal.alarm(math.ceil(PATIENCE * cpu))
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            status = work(channel)
        except Exception:
            os.write(channel, traceback.format_exc().encode()[-4000:])
        finally:
            os._exit(status)
    os.close(channel)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with os.fdopen(out, errors="replace") as file:
        return status, file.read()


class Replaced(importlib.machinery.SourceFileLoader):
    """Loads one module from another text than that of its file, and finds it before Python does."""

    def __init__(self, path: str, text: str) -> None:
        parts = Path(path).with_suffix("").parts
        super().__init__(".".join(parts).removesuffix(".__init__"), str(ROOT / path))
        self.text = text

    def find_spec(self, name: str, path: Any = None, _: Any = None) -> Any:
        """The spec of that module, with this loader; None for others."""
        if name != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = self
        return spec

    def get_code(self, _: str) -> Any:
        """The code of the other text; no bytecode is read or kept."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


def outcome(path: str, text: str, tests: list[str], cpu: float) -> tuple[str, str]:
    """What the tests say where the file at `path` reads `text`: survived, failed, too long or broken; and which first.

    `tests` are ids, which run in this order, or files; `cpu` is what they may take, in seconds.
    """

    def work(channel: int) -> int:
        finder: Any = Replaced(path, text)
        sys.meta_path.insert(0, finder)
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        return pytest_on([*files, "-x"], Chosen([test for test in tests if "::" in test], channel))

    status, who = forked(work, cpu)
    if status == 5:
        raise RuntimeError(f"none of these tests was found: {tests}")
    signals = (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM)
    named = {0: "survived", 1: "failed"} | dict.fromkeys(signals, "too long")
    return named.get(status, f"broken ({status})"), who


class Chosen:
    """A pytest plugin that keeps the tests that are wanted, in their order, and says which one fails."""

    def __init__(self, wanted: Iterable[str], channel: int) -> None:
        self.place = {name: index for index, name in enumerate(wanted)}
        self.channel = channel

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Those that are wanted; all where none is named."""
        if self.place:
            kept = [item for item in items if item.nodeid in self.place]
            items[:] = sorted(kept, key=lambda item: self.place[item.nodeid])

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Tell the parent."""
        if report.outcome == "failed":
            os.write(self.channel, report.nodeid.encode()[:2000])


def pytest_on(arguments: list[str], plugin: object) -> int:
    """The exit status of pytest in this process."""
    import pytest

    # The library holds a plugin: with rewritten asserts pytest would load all of it itself, and no mutant.
    options = ["-q", "--assert=plain", "-p", "no:cacheprovider"]
    return int(pytest.main([*options, *arguments], plugins=[plugin]))


def coverage_map(room: str, file: Path) -> dict[str, Any]:
    """Which tests of the room run which lines, and their seconds: from `file`, or measured and written there."""
    if not file.exists():

        def work(_: int) -> int:
            recorder = Recorder(room)
            pytest_on([f"tests/{room}"], recorder)
            file.write_text(json.dumps(recorder.record(), indent=0), encoding="utf-8")
            return 0

        status, why = forked(work, cpu=3600)
        if status:
            raise RuntimeError(f"the tests of {room} were not measured: {why}")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


class Recorder:
    """A pytest plugin that maps the lines of a room to the tests that run them, with a context of coverage.py for each.

    A test that takes too long or does not pass is left out.
    """

    def __init__(self, room: str) -> None:
        import coverage

        self.coverage = coverage.Coverage(data_file=None, source=[str(ROOT / "simsuff" / room)])
        self.seconds: dict[str, float] = {}
        self.left_out: dict[str, str] = {}
        signal.signal(signal.SIGVTALRM, _too_long)
        self.coverage.start()

    def pytest_runtest_protocol(self, item: Any) -> None:
        """What runs from now on is run by this test."""
        self.coverage.switch_context(item.nodeid)
        self.start = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, SLOW)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the time of what passes, and why others do not."""
        if report.outcome != "passed":
            self.left_out[report.nodeid] = str(report.longrepr)[-200:]
        if report.when == "teardown":
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            self.seconds[report.nodeid] = time.process_time() - self.start

    def record(self) -> dict[str, Any]:
        """The seconds of each test, the tests of each line of each file, and the tests that are left out."""
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {
            str(Path(file).relative_to(ROOT)): data.contexts_by_lineno(file) for file in data.measured_files()
        }
        seconds = {test: s for test, s in self.seconds.items() if test not in self.left_out}
        return {"seconds": seconds, "lines": lines, "left_out": self.left_out}


def _too_long(*_: Any) -> None:
    """No exception that a test, or Hypothesis, takes for a failure of what it tests."""
    import pytest

    raise pytest.skip.Exception(f"takes more than {SLOW:g} s of CPU time")
