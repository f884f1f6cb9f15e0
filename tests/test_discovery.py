"""Files of studies and proofs: read as Python reads them, and unable to end a run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simsuff.cli import main
from simsuff.discovery import Kind, execute, find

ROOT = Path(__file__).parents[1]
KIND = Kind("study", "study")
TEXT = 'WORD = "Zürich"\n\n\n@study\ndef f():\n    pass\n'
STUDY = (
    "from simsuff.studies import Comparison, study\n\n\n"
    "@study(default={'k': [1]})\ndef f(k):\n    return Comparison(k, '==', k)\n"
)
PROOF = (
    "import sympy as sp\nfrom simsuff.proofs import Identity, identities\n\n\n"
    "@identities\ndef f():\n    yield Identity('S', sp.Integer(1), 1)\n"
)
ENDINGS = (
    ("import sys; sys.exit(0)", r"line 1: sys.exit\(0\)"),
    ("raise SystemExit('bye')", r"line 1: sys.exit\(bye\)"),
    ("import argparse; argparse.ArgumentParser().parse_args(['--no'])", r"line 1: sys.exit\(2\)"),
    ("class Odd(BaseException): pass\nraise Odd('x')", "line 2: Odd: x"),
)


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-8-sig", "# -*- coding: utf-8 -*-\n"),
        ("latin-1", "# -*- coding: latin-1 -*-\n"),
        ("cp1252", "#!/usr/bin/env python\n# coding: cp1252\n"),
    ],
)
def test_files_are_read_as_python_reads_them(tmp_path, encoding, head):
    path = tmp_path / "own.py"
    path.write_bytes((head + TEXT).encode(encoding))
    (source,) = find([path], KIND)
    namespace = execute_with_study(source)
    assert namespace.WORD == "Zürich"
    assert find([tmp_path], KIND) == [source]


def execute_with_study(source):
    plain = type(source)(source.path, source.text.replace("@study\n", ""))
    return execute(plain)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe@study", b"# coding: nonsense\n@study", b"@study\xe9", b"@study\n\0"]
)
def test_what_python_cannot_read_is_refused(tmp_path, content):
    path = tmp_path / "own.py"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"PATH must be (a readable Python file|valid Python)"):
        find([path], KIND)


@pytest.mark.parametrize(("ending", "message"), ENDINGS)
@pytest.mark.parametrize(("command", "text"), [("run", STUDY), ("prove", PROOF)])
def test_no_file_ends_the_run(tmp_path, ending, message, command, text, capsys):
    (tmp_path / "good.py").write_text(text)
    bad = tmp_path / "other.py"
    bad.write_text(ending + "\n" + text.replace("'S'", "'S2'"))
    with pytest.raises(ValueError, match=message):
        execute(find([bad], Kind("study" if command == "run" else "identities", "x"))[0])
    with pytest.raises(SystemExit) as exit_:
        main([command, str(tmp_path)])
    assert exit_.value.code == 2
    assert "PATH must be importable" in capsys.readouterr().err


def test_an_interruption_goes_through(tmp_path):
    (tmp_path / "own.py").write_text(f"raise KeyboardInterrupt\n{STUDY}")
    (source,) = find([tmp_path], KIND)
    with pytest.raises(KeyboardInterrupt):
        execute(source)


def test_a_marked_study_runs_alone(tmp_path):
    path = tmp_path / "own.py"
    last = "if __name__ == '__main__':\n    from simsuff.studies import main\n\n    main(__file__)\n"
    path.write_text(f"{STUDY}\n\n{last}", encoding="utf-8-sig")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 holds" in done.stdout
