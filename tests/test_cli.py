"""Does the command parse, call, and answer with the right exit status?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import simsuff
from simsuff.cli import build_parser, main

STUDY = '''
"""A study."""

from simsuff.studies import Axes, Comparison, study


@study(default={"k": [1, 2]}, replicates={"default": 3, "smoke": 2}, axes=Axes(x="k"))
def noise(k, rng):
    """Draws."""
    value = float(rng.normal())
    return Comparison(value, "<=", FACTOR * k, setting={"draw": value}, EXTRA)
'''


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Write a study whose bound is `factor`, and go to its directory."""
    monkeypatch.chdir(tmp_path)

    def write(factor="100.0", extra="statement='B4'", name="given.py"):
        text = STUDY.replace("FACTOR", factor).replace("EXTRA", extra)
        (tmp_path / name).write_text(text.lstrip())
        return name

    return write


def status_of(*arguments):
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


def files(folder=Path()):
    return sorted(str(p) for p in Path(folder).rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("factor", "extra", "status"),
    [
        ("100.0", "statement='B4'", 0),
        ("-1e9", "statement='B4'", 1),
        ("-1e9", "expected_violation='B5'", 0),
        ("(1 / 0)", "statement='B4'", 1),
        ("None", "statement='B4'", 1),
    ],
)
def test_exit_status(study, factor, extra, status, capsys):
    assert status_of("run", study(factor, extra)) == status
    out, _ = capsys.readouterr()
    assert "given" in out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("run", "absent.py"),
        ("run", "given.py", "--scale", "huge"),
        ("run", "given.py", "--jobs", "0"),
        ("run", "given.py", "--jobs", "two"),
        ("run", "given.py", "--seed", "-1"),
        ("run", "given.py", "--resume"),
        ("run", "given.py", "--level", "2"),
        ("run", "given.py", "--level", "nan"),
        ("run", "given.py", "--only", "other"),
        ("run", "given.py", "--backend", "threads"),
        ("run", "given.py", "--scheduler", "tcp://localhost:1"),
        ("run", "given.py", "--resume", "--out", "absent"),
        ("run", "given.py", "--out", "given.py"),
        ("run", "given.py", "--out", "."),
        ("run", "--unknown"),
        ("report", "absent"),
        ("list", "absent"),
    ],
)
def test_unusable_arguments_give_two_and_leave_nothing(study, arguments, capsys):
    study()
    given = [*arguments, "--out", "out"] if "run" in arguments and "--out" not in arguments else arguments
    if arguments[-1:] == ("--resume",):
        given = arguments
    assert status_of(*given) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "error" in err
    assert "Traceback" not in err
    assert files() == ["given.py"]


def test_a_dask_scheduler_out_of_reach_is_unusable(study):
    command = [sys.executable, "-m", "simsuff", "run", study(), "--backend", "dask"]
    command += ["--scheduler", "no-protocol://nowhere:1", "--out", "out"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 2
    assert "scheduler must be reachable" in done.stderr
    assert files() == ["given.py"]


def test_json_parses_and_holds_what_the_table_shows(study, capsys):
    assert status_of("run", study(), "--json", "--level", "0.05") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["level"] == 0.05
    (found,) = record["studies"]
    others = dict.fromkeys(("violated", "expected", "absent", "undecided", "failed", "measured"), 0)
    assert found["counts"] == {"holds": 2, **others}
    assert [row["setting"] for row in found["rows"]] == [{"k": 1}, {"k": 2}]
    assert [row["n"] for row in found["rows"]] == [3, 3]


def test_only_reproduces_a_replicate(study, capsys):
    name = study()
    status_of("run", name, "--out", "out", "--seed", "5")
    records = [json.loads(line) for line in Path("out/tasks.jsonl").read_text().splitlines()]
    capsys.readouterr()
    for record in records:
        assert status_of("run", name, "--only", record["task"], "--seed", "5", "--json") == 0
        (row,) = json.loads(capsys.readouterr().out)["studies"][0]["rows"]
        assert row["lhs"] == record["rows"][0]["lhs"]
        assert row["verdict"] == "undecided"


def test_the_rerun_command_of_a_failure_repeats_it(study, capsys):
    import shlex

    name = study("(1 / (k - 2) + 100)")
    assert status_of("run", name, "--seed", "7", "--scale", "smoke") == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "given.py:10 in noise" in err
    assert "and 1 other task" in err
    rerun = shlex.split(next(line for line in err.splitlines() if "rerun:" in line).partition("rerun:")[2])
    assert rerun[0] == "simsuff"
    assert status_of(*rerun[1:]) == 1
    again = capsys.readouterr().err
    assert "FAILED given:noise[k=2]#0\n" in again


def test_running_again_into_the_same_directory_works(study, capsys):
    name = study()
    for seed in ("0", "1"):
        assert status_of("run", name, "--out", "results/smoke", "--scale", "smoke", "--seed", seed) == 0
    first = capsys.readouterr().out
    assert json.loads(Path("results/smoke/run.json").read_text())["seed"] == 1
    assert first


def test_resuming_a_finished_run_runs_nothing_and_failed_tasks_again(study):
    name = study("(1 / (not __import__('os').path.exists('mark')))")
    Path("mark").touch()
    assert status_of("run", name, "--out", "out") == 1
    Path("mark").unlink()
    assert status_of("run", name, "--out", "out", "--resume") == 0
    lines = Path("out/tasks.jsonl").read_text()
    assert lines.count("\n") == 12
    assert status_of("run", name, "--out", "out", "--resume") == 0
    assert Path("out/tasks.jsonl").read_text() == lines


def test_report_needs_nothing_but_the_directory(study, capsys):
    name = study()
    status_of("run", name, "--out", "out")
    table = capsys.readouterr().out
    before = {path: Path(path).read_bytes() for path in files("out")}
    for path in before:
        if "run.json" not in path and "tasks.jsonl" not in path:
            Path(path).unlink()
    Path(name).unlink()
    assert status_of("report", "out") == 0
    assert capsys.readouterr().out == table
    assert {path: Path(path).read_bytes() for path in files("out")} == before


def test_the_run_directory_records_how_it_was_made(study):
    status_of("run", study(), "--out", "out", "--seed", "3", "--scale", "smoke")
    header = json.loads(Path("out/run.json").read_text())
    assert (header["seed"], header["scale"], header["status"]) == (3, "smoke", "finished")
    assert set(header["versions"]) >= {"python", "numpy", "scipy", "numba", "simsuff"}
    assert header["machine"]["processors"] == os.cpu_count()
    assert header["studies"][0]["experiments"][0]["cells"] == [{"k": 1}, {"k": 2}]
    assert header["command"][:2] == ["simsuff", "run"]
    assert header["wall_seconds"] >= 0


def test_list(study, capsys):
    assert status_of("list", study(), "--json") == 0
    listing = json.loads(capsys.readouterr().out)
    (found,) = listing["studies"]
    assert found["title"] == "A study."
    assert found["experiments"][0]["tasks"] == {"smoke": 4, "default": 6, "full": 6}
    assert "kl" in [entry["name"] for entry in listing["divergences"]]
    assert {"id": "A3-order", "title": "a coarser statistic is no more sufficient"} in listing["statements"]
    kinds = ("divergences", "models", "losses", "encoders", "statements")
    assert all(entry["title"] for kind in kinds for entry in listing[kind])
    assert status_of("list", "given.py") == 0
    assert "noise" in capsys.readouterr().out


def test_a_reader_that_leaves_is_no_error(study):
    command = f"{sys.executable} -m simsuff run {study()} | true; echo ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment, check=True
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_version_and_help(capsys):
    assert status_of("--version") == 0
    assert capsys.readouterr().out == f"simsuff {simsuff.__version__}\n"
    assert status_of("run", "--help") == 0
    assert "--resume" in capsys.readouterr().out


def test_every_command_explains_itself():
    parser = build_parser()
    (subparsers,) = (action for action in parser._actions if action.choices)
    assert {"run", "list", "report"} <= set(subparsers.choices)
    assert all(sub.description for sub in subparsers.choices.values())
