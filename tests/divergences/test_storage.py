"""Is compiled code found again by the next process, and does everything work where nothing can be stored?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simsuff.divergences import compiling as storage

SCRIPT = """
from simsuff.divergences import Divergence
mine = Divergence("mine", "(t**a - 1 - a*(t - 1))/(a*(a - 1))", parameters={"a": 3.0})
print("ANSWER", float(mine.f(2.0)), float(mine.with_parameters(a=2.0).f(4.0)))
"""
ANSWER = [2 / 3, 4.5]


def answer(output: str):
    """The numbers that the script printed."""
    (line,) = [line for line in output.splitlines() if line.startswith("ANSWER")]
    return pytest.approx([float(word) for word in line.split()[1:]], rel=1e-15)


def run(cache: Path, warnings: int = 0, **environment: str) -> str:
    settings = {**os.environ, "SIMSUFF_CACHE_DIR": str(cache), **environment}
    command = [sys.executable, "-W", "error", "-W", "default:compiled kernels:RuntimeWarning", "-c", SCRIPT]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("compiled kernels cannot be kept") == warnings
    return done.stdout


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))
    before = set(sys.modules)
    yield tmp_path / "cache"
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_second_process_compiles_nothing(tmp_path: Path) -> None:
    first = run(tmp_path, NUMBA_DISABLE_JIT="0")
    compiled = {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")}
    second = run(tmp_path, NUMBA_DISABLE_JIT="0")
    assert any("simsuff_generated" in name for name in compiled)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")} == compiled
    assert answer(first) == ANSWER
    assert answer(second) == ANSWER


def test_one_source_serves_several_values_of_a_parameter(tmp_path: Path) -> None:
    run(tmp_path, NUMBA_DISABLE_JIT="1")
    assert len(list(tmp_path.glob("*.py"))) == 1


def test_without_a_place_to_write(tmp_path: Path) -> None:
    """The directory is a file: everything works, nothing is written, and one warning says what that costs."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert answer(run(blocked, NUMBA_DISABLE_JIT="1")) == ANSWER
    assert answer(run(blocked, warnings=1)) == ANSWER
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_file_is_written_once_and_whole(clean: Path) -> None:
    module = storage.load("x = 1\n")
    assert (module.x, module.CACHED) == (1, True)
    assert storage.load("x = 1\n") is module
    (written,) = clean.iterdir()
    assert written.read_text() == "x = 1\n"


def test_a_damaged_file_is_replaced_and_never_run(clean: Path) -> None:
    module = storage.load("x = 2\n")
    (written,) = clean.iterdir()
    written.write_text("x = 3\n")
    del sys.modules[module.__name__]
    assert storage.load("x = 2\n").x == 2
    assert written.read_text() == "x = 2\n"


def test_a_failed_write_leaves_nothing(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    assert storage.load("x = 4\n").CACHED is False
    assert list(clean.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"SIMSUFF_CACHE_DIR": "/here", "XDG_CACHE_HOME": "/there"}, "/here"),
        ({"XDG_CACHE_HOME": "/there"}, "/there/simsuff"),
        ({"HOME": "/home/u"}, "/home/u/.cache/simsuff"),
    ],
)
def test_the_directory(environment: dict, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIMSUFF_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(storage.directory()) == expected
