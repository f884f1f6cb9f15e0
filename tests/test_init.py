"""Are the public names there, and is start-up light?"""

import subprocess
import sys
from pathlib import Path

import pytest

import simsuff

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "sympy", "numba", "matplotlib", "scipy", "pandas")


def run_python(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", simsuff.__all__)
def test_every_public_name_exists(name):
    assert getattr(simsuff, name) is not None
    assert name in dir(simsuff)


def test_unknown_names_are_unknown():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        simsuff.nothing  # noqa: B018


@pytest.mark.parametrize(
    "start", ["import simsuff", "from simsuff.cli import build_parser as b; b().format_help()"]
)
def test_start_up_imports_nothing_heavy(start):
    loaded = run_python(f"import sys; {start}; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert loaded == "[]"
