"""Does an exported certificate check itself without simsuff, and fail where it was tampered with?"""

import ast
import subprocess
import sys
from collections import Counter

import pytest

from simsuff.certificates import certify, export
from simsuff.certificates.files import MODULES, standalone
from simsuff.cli import main

THREE = "js <= kl/8 + reverse_kl/8"
EDGES = "le_cam <= squared_hellinger"
# Isolated, with everything but python-flint and the standard library out of reach.
BLOCKED = (
    "import runpy, sys\n"
    "for name in ('simsuff', 'sympy', 'numpy', 'mpmath', 'scipy', 'numba'):\n    sys.modules[name] = None\n"
    "runpy.run_path(sys.argv[1], run_name='__main__')\n"
)


def run(path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", "-c", BLOCKED, str(path)], capture_output=True, text=True)


@pytest.mark.parametrize("text", [THREE, "total_variation <= sqrt(1 - exp(-kl))"])
def test_the_file_says_what_it_proves(answer, text, tmp_path):
    path = tmp_path / "proof.py"
    export(answer(text), path)
    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"proved: {text}, for all pairs of probability laws")
    assert f"{answer(text).boxes} boxes checked" in done.stdout
    assert "kl: f(t) = t*log(t) - t + 1" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (f'"claim": "{THREE}"', '"claim": "js <= 0.124*(kl + reverse_kl)"', "what they say"),
        (f'"claim": "{THREE}"', '"claim": "js <= kl/8 + 0.124*reverse_kl"', "cover exactly the patches"),
        (f'"claim": "{THREE}"', '"claim": "kl/8 + reverse_kl/8 <= js"', "what they say"),
        ('"kl": "t*log(t) - t + 1"', '"kl": "2*(t*log(t) - t + 1)"', "cover exactly the patches"),
        ('"kl": "t*log(t) - t + 1"', '"kl": "t*log(t) - t + 1 - 2*(t - 1)**2"', "convex"),
        ('"kl": "t*log(t) - t + 1"', '"kl": "t*log(t) - t + 2"', "f(1) = 0"),
        ('"edge",', '"value",', "prove every box"),
        ('"centre+": {\n   "split"', '"centre+": {\n   "wide"', "leaves, splits and blow-ups only"),
        ('"split": 0', '"split": 1', "split along an axis"),
    ],
)
def test_a_file_that_was_tampered_with_fails(answer, tmp_path, old, new, why):
    whole = standalone(answer(THREE))
    assert old in whole
    path = tmp_path / "proof.py"
    path.write_text(whole.replace(old, new), encoding="utf-8")
    done = run(path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "NOT proved" in done.stderr
    assert why in done.stderr


def test_a_file_with_a_box_less_fails(answer, tmp_path):
    path = tmp_path / "proof.py"
    whole = standalone(answer(EDGES))
    at = whole.rindex('"leaf"')
    path.write_text(whole[:at] + '"gone"' + whole[at + 6 :], encoding="utf-8")
    assert run(path).returncode == 1


def test_without_flint_the_file_says_what_is_missing(answer, tmp_path):
    path = tmp_path / "proof.py"
    export(answer(EDGES), path)
    code = BLOCKED.replace("'simsuff'", "'flint'")
    done = subprocess.run([sys.executable, "-I", "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "python -m pip install 'python-flint" in done.stderr


def test_the_modules_of_the_checker_can_stand_in_one_file(answer):
    names: Counter[str] = Counter()
    tree = ast.parse(standalone(answer(EDGES)))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] += 1
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(
                part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
            )
    assert [name for name, times in names.items() if times > 1] == []
    assert not [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and "simsuff" in str(node.module)
    ]
    assert len(MODULES) == len(set(MODULES))


def test_a_claim_cannot_write_code(tmp_path):
    path = tmp_path / "proof.py"
    text = 'le_cam <= total_variation # """; raise SystemExit(7) #'
    export(certify(text), path)
    assert run(path).returncode == 0


def test_only_a_proof_is_exported(tmp_path):
    with pytest.raises(ValueError, match="be Certified"):
        export(certify("kl <= js"), tmp_path / "proof.py")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_the_file(tmp_path, capsys):
    path = tmp_path / "proof.py"
    assert main(["certify", EDGES, "--export", str(path)]) == 0
    assert "certified" in capsys.readouterr().out
    assert run(path).returncode == 0
