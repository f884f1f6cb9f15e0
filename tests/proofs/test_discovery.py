"""Are proof files found like tests are, and refused with a reason where they cannot be used?"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simsuff.proofs import discover

ROOT = Path(__file__).parents[2]
TEXT = '''
"""Powers."""

import sympy as sp

from simsuff.proofs import Identity, identities

x = sp.Symbol("x", real=True)


@identities
def squares():
    """The square of a sum."""
    yield Identity("S1", (x + 1) ** 2, RIGHT, given="a note")
'''


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def file(name="powers.py", right="x**2 + 2 * x + 1", text=TEXT):
        (tmp_path / name).write_text(text.lstrip().replace("RIGHT", right))
        return name

    return file


def test_a_directory_executes_only_proof_files(write, tmp_path):
    write()
    write("script.py", text="raise SystemExit('executed')")
    write("broken.py", text="def (")
    (tmp_path / "_hidden").mkdir()
    write("_hidden/powers.py")
    before = list(sys.path)
    (found,) = discover([tmp_path])
    assert (found.name, found.title, [i.id for i in found.identities]) == ("powers", "Powers.", ["S1"])
    assert found.groups[0].description == "The square of a sum."
    assert sys.path == before


def test_the_same_file_twice_is_one(write):
    assert len(discover([write(), "."])) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "PATH must exist"),
        ("x = 1", "must define a group of identities"),
        ("import nowhere_to_be_found\n" + TEXT.lstrip(), "importable.*line 1: ModuleNotFoundError"),
        ("@identities\ndef (", "valid Python"),
        (TEXT + "    yield 3\n", "squares must yield Identity or Inequality objects"),
        (TEXT + "    yield Identity('S1', x, x)\n", "ids of their own.*S1"),
        (TEXT + "    1 / 0\n", "squares must build its identities.*line 14: ZeroDivisionError"),
        (TEXT + "    raise SystemExit(0)\n", r"squares must build its identities.*line 14: sys.exit\(0\)"),
        (
            TEXT.partition("    yield")[0] + "    return []\n",
            "squares must yield Identity or Inequality objects",
        ),
    ],
)
def test_unusable_files_are_refused(status_of, write, text, message, capsys):
    name = write(text=text) if text else "absent.py"
    with pytest.raises(ValueError, match=re.compile(message, re.DOTALL)):
        discover([name])
    assert status_of("prove", name) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith("simsuff: error:")) == ("", True)


def test_an_empty_directory_is_refused(status_of, write, tmp_path, capsys):
    write("plain.py", text="x = 1")
    assert status_of("prove", str(tmp_path)) == 2
    assert "at least one group of identities" in capsys.readouterr().err


@pytest.mark.parametrize(("right", "status"), [("x**2 + 2 * x + 1", 0), ("x**2 + x + 1", 1), ("f(x)", 1)])
def test_exit_status(status_of, write, right, status, capsys):
    text = TEXT.replace("x = sp", "f = sp.Function('f')\nx = sp")
    assert status_of("prove", write(right=right, text=text)) == status
    assert "S1" in capsys.readouterr().out


def test_the_report_is_stable(status_of, write, capsys):
    write()
    write("false.py", "x**2 + 1", TEXT.replace("S1", "S2"))
    shown = []
    for _ in range(2):
        assert status_of("prove", ".") == 1
        # Only the times differ, and so which of two is the slowest.
        shown.append(re.sub(r"\d+\.\d+ s|slowest S\d", "_", capsys.readouterr().out))
    assert shown[0] == shown[1]
    assert shown[0] == (
        "false: Powers.\n\n[squares] The square of a sum.\n"
        "S2  refuted by evaluation (x = 8/3: 13.44444444 against 8.111111111)  [_]\n"
        "    (x + 1)**2 == x**2 + 1\n    for x real; a note\n\n"
        "powers: Powers.\n\n[squares] The square of a sum.\n"
        "S1  proved by normal form  [_]\n    (x + 1)**2 == x**2 + 2*x + 1\n    for x real; a note\n\n"
        "1 proved, 1 refuted in _, _ (_)\n"
    )


def test_json_holds_what_the_text_shows(status_of, write, capsys):
    assert status_of("prove", write(), "--json") == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    (proof,) = file["proofs"]
    assert proof.pop("seconds") >= 0
    assert proof == {
        "id": "S1",
        "left": "(x + 1)**2",
        "relation": "==",
        "right": "x**2 + 2*x + 1",
        "assumptions": ["x real", "a note"],
        "status": "proved",
        "method": "normal form",
        "detail": "",
    }
    assert (file["name"], file["path"], file["title"]) == ("powers", "powers.py", "Powers.")


def test_without_flint_the_rest_is_proved_and_the_lack_said_first(write, tmp_path):
    second = TEXT.replace("S1", "S2").replace("import Identity", "import Identity, Inequality")
    write(text=second.replace("    yield", "    yield Inequality('P5-x', 'kl <= chi2')\n    yield"))
    program = "import sys; sys.modules['flint'] = None\nfrom simsuff.cli import main\nsys.exit(main(['prove', '.']))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "simsuff: 1 inequalities will not be proved, P5-x first: certificates need python-flint"
    )
    assert "python -m pip install" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "P5-x  unproved (needs python-flint" in done.stdout
    assert "S2  proved" in done.stdout
