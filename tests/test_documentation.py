"""Does every code block of the documentation run?"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simsuff.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
# The folders that commands name. The whole of them runs in `make report` and in the tests of the proofs; here one
# file of each is enough to see that the command works.
FOLDERS = {"simulations": "regression_bounds.py", "proofs_check": "regression.py"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return [body for tag, body in BLOCK.findall(page.read_text()) if tag == language]


def commands(page: Path) -> list[str]:
    """Every `simsuff` command of a page, at the scale of a test and without its comment."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    found = [line.split("#")[0].strip() for line in lines if line.startswith("simsuff ")]
    return [re.sub(r"--scale \w+", "--scale smoke", line) for line in found]


def in_checkout(word: str) -> str:
    """A path of a command, in this checkout."""
    place = f"{word}/{FOLDERS[word]}" if word in FOLDERS else word
    return str(ROOT / place) if place.split("/")[0] in FOLDERS else word


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, in a folder of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name
)
def test_python_blocks_run_in_order(page, tmp_path):
    done = run(["-W", "error", "-c", "\n".join(blocks(page, "python"))], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_commands_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Every row of the table is measured in tests/divergences/test_accuracy.py.
    monkeypatch.setattr("simsuff.divergences.accuracy.catalogue_cases", list)
    for command in commands(page):
        arguments = list(map(in_checkout, shlex.split(command)))
        if "dask" in arguments:  # whose cluster would outlive the command in this process
            done = run(["-m", *arguments], tmp_path)
            assert done.returncode == 0, (command, done.stderr)
        else:
            assert main(arguments[1:]) == 0, command


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(
        r"^make (\w+)", "\n".join(b for page in PAGES for b in blocks(page, "sh")), re.MULTILINE
    )
    assert {"report", "test"} <= set(targets)
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_block_has_a_runner():
    tags = {tag for page in PAGES for tag, _ in BLOCK.findall(page.read_text())}
    assert tags <= {"python", "sh"}
