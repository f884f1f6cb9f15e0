"""What `simsuff status`, `compare` and `run --dry-run` say about runs, and with which exit status."""

import json
from pathlib import Path

import pytest

from simsuff.studies.store import Store, read_header

STUDY = '''
"""A study."""

import os

from simsuff.studies import Comparison, study


@study(default={"k": [1, 2]}, replicates={"default": 3, "smoke": 2})
def noise(k, rng):
    """Draws around k."""
    value = float(rng.normal(k + SHIFT, 0.01))
    return Comparison(value, "<=", 9.0, statement="B4", pathwise=False)


@study()
def exact():
    """A number."""
    return Comparison(EXACT, "<=", 3.0)
'''


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write_study(shift="0.0", exact="1.0", name="given.py"):
        text = STUDY.replace("SHIFT", shift).replace("EXACT", exact)
        (tmp_path / name).write_text(text.lstrip())
        return name

    return write_study


@pytest.fixture
def json_of(status_of, capsys):
    """Run a command with --json; its exit status, and what it printed."""

    def run(*arguments):
        capsys.readouterr()
        status = status_of(*arguments, "--json")
        return status, json.loads(capsys.readouterr().out)

    return run


def stop_after(folder, tasks):
    """Make a finished run one that was killed after so many tasks."""
    lines = Path(folder, "tasks.jsonl").read_text().splitlines(keepends=True)
    Path(folder, "tasks.jsonl").write_text("".join(lines[:tasks]))
    header = json.loads(Path(folder, "run.json").read_text())
    Path(folder, "run.json").write_text(json.dumps(header | {"status": "running"}))


def test_status_of_a_finished_run(status_of, json_of, write, capsys):
    status_of("run", write(), "--out", "out")
    status, found = json_of("status", "out")
    assert status == 0
    assert (found["state"], found["complete"], found["finished"], found["planned"]) == (
        "finished",
        True,
        7,
        7,
    )
    assert found["parts"][0] | {"seconds_left": 0} == {
        "name": "given", "cells": 3, "planned": 7, "done": 7, "failed": 0, "seconds_left": 0
    }  # fmt: skip
    assert status_of("status", "out") == 0
    assert "complete: 7 of 7 tasks" in capsys.readouterr().out


def test_status_of_a_killed_run_says_how_to_go_on(status_of, json_of, write, capsys):
    name = write()
    status_of("run", name, "--out", "out", "--replace")
    stop_after("out", 4)
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    status, found = json_of("status", "out")
    assert (status, found["state"], found["complete"], found["finished"]) == (1, "killed", False, 4)
    assert found["parts"][0]["seconds_left"] >= 0
    status_of("status", "out")
    out = capsys.readouterr().out
    assert "INCOMPLETE: 4 of 7 tasks; the rest takes about" in out
    assert "continue with: simsuff run given.py --out out --resume" in out
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before
    with Store.resume(Path("out"), read_header(Path("out"))) as store:
        status, found = json_of("status", "out")
        assert (status, found["state"]) == (1, "running")
        assert found["holder"].startswith("process ")
        status_of("status", "out")
        assert "running, by process" in capsys.readouterr().out
        store.close("interrupted")
    assert json_of("status", "out")[1]["state"] == "interrupted"
    assert status_of("run", name, "--out", "out", "--resume") == 0
    assert status_of("status", "out") == 0


def test_status_before_the_first_task_and_of_failures(status_of, json_of, write):
    status_of("run", write(exact="1 / 0"), "--out", "out")
    status, found = json_of("status", "out")
    assert (status, found["state"], found["parts"][0]["failed"]) == (1, "finished", 1)
    assert found["failures"] == ["given:exact[]#0: ZeroDivisionError: division by zero"]
    stop_after("out", 0)
    status, found = json_of("status", "out")
    assert (status, found["finished"], found["parts"][0]["seconds_left"]) == (1, 0, None)
    assert status_of("status", "absent") == 2


def test_a_dry_run_shows_tasks_and_the_time_of_an_earlier_run(status_of, json_of, write, capsys):
    name = write()
    status, found = json_of("run", name, "--dry-run", "--replicates", 5)
    assert status == 0
    parts = [
        (part["name"], part["cells"], part["planned"], part["seconds_left"]) for part in found["experiments"]
    ]
    assert parts == [("given:noise", 2, 10, None), ("given:exact", 1, 1, None)]
    assert not Path("out").exists()
    status_of("run", name, "--out", "out", "--scale", "smoke")
    lines = [json.loads(line) for line in Path("out/tasks.jsonl").read_text().splitlines()]
    text = "".join(json.dumps(line | {"seconds": 90.0}) + "\n" for line in lines)
    Path("out/tasks.jsonl").write_text(text)
    for options, kept in ((["--resume"], 5), ([], 0)):
        status, found = json_of("run", name, "--dry-run", "--out", "out", "--jobs", 2, *options)
        assert sum(part["done"] for part in found["experiments"]) == kept
        assert sum(part["seconds_left"] for part in found["experiments"]) == (7 - kept) * 45
    capsys.readouterr()
    assert status_of("run", name, "--dry-run", "--out", "out", "--jobs", 2) == 0
    assert "7 tasks to run; time on 2 workers: 5 min 15 s" in capsys.readouterr().out
    assert Path("out/tasks.jsonl").read_text() == text


def test_equal_runs_compare_as_the_same_bytes(status_of, json_of, write, capsys):
    name = write()
    for out, jobs in (("a", 1), ("b", 2)):
        status_of("run", name, "--out", out, "--jobs", jobs)
    status, found = json_of("compare", "a", "b")
    assert status == 0
    assert found["studies"] == [
        {"study": "given", "identical": True, "rows": 3, "moved": [], "missing": [], "added": []}
    ]
    assert found["provenance"] == {}
    assert status_of("compare", "a", "b") == 0
    out = capsys.readouterr().out
    assert "1 of 1 tables are the same bytes" in out
    assert "made alike" in out


def test_another_seed_moves_rows_within_their_errors(status_of, json_of, write):
    name = write()
    for seed in (0, 1):
        status_of("run", name, "--out", f"seed{seed}", "--seed", seed, "--replicates", 20)
    status, found = json_of("compare", "seed0", "seed1")
    (study,) = found["studies"]
    assert status == 0
    assert [row["beyond"] for row in study["moved"]] == [False, False]
    assert found["provenance"] == {"seed": [0, 1]}


def test_rows_beyond_their_errors_are_named(status_of, json_of, write, capsys):
    for out, shift, exact in (("a", "0.0", "1.0"), ("b", "0.5", "1.0"), ("c", "0.0", "1.0 + 1e-12")):
        status_of("run", write(shift, exact), "--out", out, "--replicates", 20)
    status, found = json_of("compare", "a", "b")
    assert status == 1
    assert [row["beyond"] for row in found["studies"][0]["moved"]] == [True, True]
    status, found = json_of("compare", "a", "c")
    assert status == 1
    (moved,) = found["studies"][0]["moved"]
    assert (moved["before"]["experiment"], moved["beyond"]) == ("exact", True)
    assert moved["distance"] > 5e-13 > moved["allowed"]
    assert status_of("compare", "a", "b") == 1
    assert "beyond its error: given:noise B4 k=1" in capsys.readouterr().out


def test_rows_that_one_run_lacks_are_a_difference(status_of, json_of, write):
    name = write()
    status_of("run", name, "--out", "a")
    status_of("run", name, "--out", "b", "--only", "noise[k=1]")
    status, found = json_of("compare", "a", "b")
    assert status == 1
    assert [row["setting"] for row in found["studies"][0]["missing"]] == [{"k": 2}, {}]
    assert found["provenance"] == {"only": [[], ["noise[k=1]"]]}
    stop_after("a", 6)
    assert json_of("compare", "a", "b")[1]["notes"] == ["a is incomplete, 6 of 7 tasks"]
    assert status_of("compare", "a", "absent") == 2


def test_strict_tells_undecided_rows_from_unconfirmed_ones(status_of, write):
    name = write()
    assert status_of("run", name, "--strict", "--replicates", 20) == 0
    assert status_of("run", name, "--strict", "--replicates", 1) == 4
    assert status_of("run", name, "--replicates", 1) == 0


def test_the_rerun_line_carries_the_environment_and_the_replicate(status_of, write, capsys, monkeypatch):
    import shlex

    monkeypatch.setenv("SIMSUFF_THREADS", "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/home/somebody")
    name = write("(1 / (rng.bit_generator.seed_seq.spawn_key[-1] != 5))")
    assert status_of("run", name, "--out", "out", "--replicates", 6) == 1
    err = capsys.readouterr().err
    line = next(line for line in err.splitlines() if "rerun:" in line).partition("rerun: ")[2]
    assert "somebody" not in line + Path("out/run.json").read_text()
    first, *command = shlex.split(line)
    assert (first, command[0]) == ("SIMSUFF_THREADS=1", "simsuff")
    assert status_of(*command[1:]) == 1
    assert "FAILED given:noise[k=1]#5\n" in capsys.readouterr().err
