"""Tiny study files, and the command as users start it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TOY = '''
"""Means of normal draws agree with their expectation.

A second paragraph."""

from simsuff.studies import Axes, Comparison, main, study


@study(
    statement="E1",
    smoke={"n": [4, 16], "mu": [0.5, 1.0]},
    default={"n": [4, 16, 64], "mu": [0.5, 1.0, 2.0]},
    replicates={"smoke": 3, "default": 8},
    axes=Axes(x="n", by="mu", xscale="log", ylabel="mean"),
)
def mean(n, mu, rng):
    """The mean of n draws is mu."""
    return Comparison(float(rng.normal(mu, 1, n).mean()), "==", mu)


@study(default=[{"k": 1}, {"k": 2}])
def exact(k):
    """Two rows for each cell."""
    return {"low": Comparison(0.5, "<=", 1 / k, statement="B4"), "high": Comparison(2.0, ">=", 1 / k)}


if __name__ == "__main__":
    main(__file__)
'''


@pytest.fixture
def toy(tmp_path):
    """A study file that holds everywhere."""
    path = tmp_path / "toy.py"
    path.write_text(TOY.lstrip())
    return path


@pytest.fixture
def write(tmp_path):
    """Write a study file from its experiments."""

    def write_study(body, name="given.py"):
        head = '"""A study."""\nimport os, signal, time\nfrom pathlib import Path\n'
        head += "from simsuff.studies import Axes, Comparison, study\n"
        path = tmp_path / name
        path.write_text(head + textwrap.dedent(body))
        return path

    return write_study


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory):
    """A copy of the package: an edit while the tests run would rightly end `--resume`."""
    folder = tmp_path_factory.mktemp("snapshot")
    shutil.copytree(ROOT / "simsuff", folder / "simsuff")  # with what is compiled, so that nothing is again
    return folder


def obey_ctrl_c():
    """A shell without job control starts background jobs deaf to Ctrl-C, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path, snapshot):
    """Start the command in a process of its own."""
    started = []

    def start_command(*arguments, program=("-m", "simsuff")):
        pipe = subprocess.PIPE
        command = [sys.executable, *program, *map(str, arguments)]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(snapshot)},
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
            preexec_fn=obey_ctrl_c,
        )
        started.append(process)
        return process

    yield start_command
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def run_command(start):
    """Run the command to its end: exit status, stdout without the line that names the directory, stderr."""

    def run_it(*arguments, **options):
        process = start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        return process.returncode, without_directory(out), err

    return run_it


@pytest.fixture
def run_here(tmp_path, monkeypatch, capsys, status_of):
    """The same without a process of its own, which takes seconds to start: for what happens in the workers alone."""

    def run_it(*arguments):
        monkeypatch.chdir(tmp_path)
        capsys.readouterr()
        status = status_of(*arguments)
        out, err = capsys.readouterr()
        return status, without_directory(out), err

    return run_it


def without_directory(out):
    return re.sub(r"^report: .*\n", "", out, flags=re.MULTILINE)


def reports(folder):
    """The bytes of every table and figure of a run."""
    files = [folder / "summary.md", *(folder / "tables").iterdir(), *(folder / "figures").iterdir()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(name="reports")
def reports_fixture():
    """`reports`, for tests."""
    return reports
