"""Tests in child processes that find a module changed, and which tests run which lines.

The parent has imported what no mutant reaches and forks for each, so that a trial costs little more than its tests.
"""

import ast
import builtins
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
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from mutation.changes import ROOT, files_of, first_line

# The machine may be busy: seconds by the clock, for each of CPU time, after which a process waits for something.
PATIENCE = 30

# What a statement calls before it runs, while the tests of a room are mapped.
CALL = "statement_runs"

PACKAGES = ("numpy", "scipy.optimize", "scipy.stats", "sympy", "mpmath", "numba", "hypothesis", "pytest")


def warm(room: str) -> None:
    """Import what no mutant of the room can reach: other packages, and the rooms before it in docs/architecture.md.

    Kernels run compiled unless the room has some: then all of them run as Python, the mutants too.
    """
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in files_of(room)]
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


class Changed:
    """Finds modules before Python does, with other code than that of their files."""

    def __init__(self, codes: dict[str, CodeType]) -> None:
        # By the names of the modules, from paths such as simsuff/verdicts/__init__.py.
        self.codes = {
            ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__"): codes[path]
            for path in codes
        }

    def find_spec(self, name: str, path: Any = None, _: Any = None) -> Any:
        """The spec of such a module; None for others."""
        if name not in self.codes:
            return None
        spec: Any = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = _Loader(name, spec.origin)
        spec.loader.code = self.codes[name]
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    code: CodeType

    def get_code(self, _: str) -> CodeType:
        """The other code; no bytecode is read or kept."""
        return self.code


def outcome(path: str, text: str, tests: list[str], cpu: float) -> tuple[str, str]:
    """What the tests say where the file at `path` reads `text`: survived, failed, too long or broken; and which first.

    `tests` are ids or files, which run in this order, or a folder; `cpu` is what they may take, in seconds.
    """

    def work(channel: int) -> int:
        finder: Any = Changed({path: compile(text, str(ROOT / path), "exec", dont_inherit=True)})
        sys.meta_path.insert(0, finder)
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        return pytest_on([*files, "-x"], Chosen(tests, channel))

    status, who = forked(work, cpu)
    if status == 5:
        raise RuntimeError(f"none of these tests was found: {tests}")
    signals = (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM)
    named = {0: "survived", 1: "failed"} | dict.fromkeys(signals, "too long")
    return named.get(status, f"broken ({status})"), who


class Chosen:
    """A pytest plugin that keeps the tests that are wanted, in their order, and says which one fails."""

    def __init__(self, wanted: list[str], channel: int) -> None:
        self.place = {name: index for index, name in enumerate(wanted)}
        self.channel = channel

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Those that are named by their id, that of all their cases, or their file; all of a folder."""
        if any(name.endswith(".py") or "::" in name for name in self.place):
            items[:] = sorted((item for item in items if self._of(item) is not None), key=self._of)

    def _of(self, item: Any) -> Any:
        names = (item.nodeid, item.nodeid.partition("[")[0], item.nodeid.partition("::")[0])
        return next((self.place[name] for name in names if name in self.place), None)

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
    """A pytest plugin that maps the statements of a room to the tests that run them; a test that fails is left out.

    Each statement tells that it runs by a call in front of it. Python's tracing would be slow, and hung under 3.11.
    """

    def __init__(self, room: str) -> None:
        self.ran: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = {}
        self.left_out: dict[str, str] = {}
        self.test = ""  # while modules are imported
        vars(builtins)[CALL] = lambda *place: self.ran[place].add(self.test)
        finder: Any = Changed({path: probed(path) for path in files_of(room)})
        sys.meta_path.insert(0, finder)

    def pytest_runtest_protocol(self, item: Any) -> None:
        """What runs from now on is run by this test."""
        self.test, self.start = item.nodeid, time.process_time()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the time of what passes, and why others do not."""
        if report.outcome != "passed":
            self.left_out[report.nodeid] = str(report.longrepr)[-200:]
        if report.when == "teardown":
            self.seconds[report.nodeid] = time.process_time() - self.start

    def record(self) -> dict[str, Any]:
        """The seconds of each test, the tests of each line of each file, and the tests that are left out."""
        lines: dict[str, dict[int, list[str]]] = defaultdict(dict)
        for (path, line), tests in self.ran.items():
            lines[path][line] = sorted(tests)
        seconds = {test: s for test, s in self.seconds.items() if test not in self.left_out}
        return {"seconds": seconds, "lines": lines, "left_out": self.left_out}


def probed(path: str) -> CodeType:
    """The code of a file with a call of `CALL` in front of each statement but docstrings."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in list(ast.walk(tree)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                calls = [_call(path, statement) for statement in block]
                pairs = zip(calls, block, strict=True)
                setattr(node, name, [part for pair in pairs for part in pair if part is not None])
    return compile(ast.fix_missing_locations(tree), str(ROOT / path), "exec", dont_inherit=True)


def _call(path: str, statement: ast.stmt) -> ast.stmt | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return None
    place = [ast.Constant(path), ast.Constant(first_line(statement))]
    return ast.Expr(ast.Call(ast.Name(CALL, ast.Load()), place, []))
