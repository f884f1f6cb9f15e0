"""Does the command parse, call, and answer with the right exit status?"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import simsuff
from simsuff.cli import build_parser
from simsuff.cli.common import resume_command

STUDY = '''
"""A study."""

from simsuff.studies import Axes, Comparison, study


@study(default={"k": [1, 2]}, replicates={"default": 3, "smoke": 2}, axes=AXES)
def noise(k, rng):
    """Draws."""
    value = float(rng.normal())
    return Comparison(value, "<=", FACTOR * k, setting={"draw": value}, EXTRA)
'''


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Write a study whose bound is `factor`, and go to its directory; a figure takes longer than all the rest."""
    monkeypatch.chdir(tmp_path)

    def write(factor="1e9", extra="statement='B4'", name="given.py", axes="None"):
        text = STUDY.replace("FACTOR", factor).replace("EXTRA", extra).replace("AXES", axes)
        (tmp_path / name).write_text(text.lstrip())
        return name

    return write


def files(folder=Path()):
    return sorted(str(p) for p in Path(folder).rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("factor", "extra", "status"),
    [
        ("1e9", "statement='B4'", 0),
        ("-1e9", "statement='B4'", 1),
        ("-1e9", "expected_violation='B5'", 0),
        ("(1 / 0)", "statement='B4'", 1),
        ("None", "statement='B4'", 1),
    ],
)
def test_exit_status(status_of, study, factor, extra, status, capsys):
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
        ("run", "given.py", "--replicates", "0"),
        ("run", "given.py", "--budget", "10m"),
        ("run", "given.py", "--until-decided", "--budget", "soon"),
        ("run", "given.py", "--precision", "0%"),
        ("run", "given.py", "--target-se", "-1"),
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
def test_unusable_arguments_give_two_and_leave_nothing(status_of, study, arguments, capsys):
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


def test_json_parses_and_holds_what_the_table_shows(status_of, study, capsys):
    assert status_of("run", study(), "--json", "--level", "0.05") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["level"] == 0.05
    (found,) = record["studies"]
    others = dict.fromkeys(("violated", "expected", "unconfirmed", "undecided", "failed", "measured"), 0)
    assert found["counts"] == {"holds": 2, "weak": 2} | others
    assert [row["setting"] for row in found["rows"]] == [{"k": 1}, {"k": 2}]
    assert [row["n"] for row in found["rows"]] == [3, 3]


def test_only_reproduces_a_replicate(status_of, study, capsys):
    name = study()
    status_of("run", name, "--out", "out", "--seed", "5")
    records = [json.loads(line) for line in Path("out/tasks.jsonl").read_text().splitlines()]
    capsys.readouterr()
    for record in records:
        assert status_of("run", name, "--only", record["task"], "--seed", "5", "--json") == 0
        (row,) = json.loads(capsys.readouterr().out)["studies"][0]["rows"]
        assert row["lhs"] == record["rows"][0]["lhs"]
        assert row["verdict"] == "undecided"


def test_the_rerun_command_of_a_failure_repeats_it(status_of, study, capsys):
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


def test_running_again_into_the_same_directory_works(status_of, study, capsys):
    name = study()
    for seed in ("0", "1"):
        assert status_of("run", name, "--out", "results/smoke", "--scale", "smoke", "--seed", seed) == 0
    first = capsys.readouterr().out
    assert json.loads(Path("results/smoke/run.json").read_text())["seed"] == 1
    assert first


def test_resuming_a_finished_run_runs_nothing_and_failed_tasks_again(status_of, study):
    name = study("(1 / (not __import__('os').path.exists('mark')))")
    Path("mark").touch()
    assert status_of("run", name, "--out", "out") == 1
    Path("mark").unlink()
    assert status_of("run", name, "--out", "out", "--resume") == 0
    lines = Path("out/tasks.jsonl").read_text()
    assert lines.count("\n") == 12
    assert status_of("run", name, "--out", "out", "--resume") == 0
    assert Path("out/tasks.jsonl").read_text() == lines


def test_report_needs_nothing_but_the_directory(status_of, study, capsys):
    name = study(axes='Axes(x="k")')
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


def test_rows_are_printed_where_they_are_asked_for(status_of, study, capsys):
    assert status_of("run", study(), "--out", "out") == 0
    short = capsys.readouterr().out
    assert short.count("\n") <= 40
    assert "report: out/report.html" in short
    assert status_of("report", "out", "--verbose") == 0
    assert "slack" in capsys.readouterr().out
    assert "slack" not in short


def test_the_run_directory_records_how_it_was_made(status_of, study):
    status_of("run", study(), "--out", "out", "--seed", "3", "--scale", "smoke")
    header = json.loads(Path("out/run.json").read_text())
    assert (header["seed"], header["scale"], header["status"]) == (3, "smoke", "finished")
    assert set(header["versions"]) >= {"python", "numpy", "scipy", "numba", "simsuff"}
    assert header["machine"]["processors"] == os.cpu_count()
    assert header["studies"][0]["experiments"][0]["cells"] == [{"k": 1}, {"k": 2}]
    assert header["command"][:2] == ["simsuff", "run"]
    assert header["wall_seconds"] >= 0


def unfinished(status_of, name, keep=2):
    """A run in `out` that was stopped after `keep` tasks, with good reports of the whole run beside it."""
    assert status_of("run", name, "--out", "out") == 0
    lines = Path("out/tasks.jsonl").read_text().splitlines(keepends=True)
    Path("out/tasks.jsonl").write_text("".join(lines[:keep]))
    header = json.loads(Path("out/run.json").read_text())
    Path("out/run.json").write_text(json.dumps(header | {"status": "interrupted"}))
    return {path: Path(path).read_bytes() for path in files("out")}


def test_the_report_of_an_unfinished_run_says_so(status_of, study, capsys):
    unfinished(status_of, study())
    capsys.readouterr()
    assert status_of("report", "out") == 1
    assert "INCOMPLETE: 2 of 6 tasks have finished" in capsys.readouterr().out
    assert "**Incomplete: 2 of 6 tasks have finished.**" in Path("out/summary.md").read_text()
    assert "Incomplete, 2 of 6 tasks have finished." in Path("out/report.html").read_text()
    assert status_of("report", "out", "--json") == 1
    assert json.loads(capsys.readouterr().out)["incomplete"] == {"finished": 2, "planned": 6}
    assert status_of("run", "given.py", "--out", "out", "--resume") == 0
    assert "Incomplete" not in Path("out/summary.md").read_text()


@pytest.mark.parametrize("status", ["interrupted", "finished"])
def test_a_report_never_replaces_good_tables_by_empty_ones(status_of, study, capsys, status):
    unfinished(status_of, study(), keep=0)
    header = json.loads(Path("out/run.json").read_text())
    Path("out/run.json").write_text(json.dumps(header | {"status": status}))
    if status == "finished":
        Path("out/tasks.jsonl").unlink()
    before = {path: Path(path).read_bytes() for path in files("out")}
    assert status_of("report", "out") == 2
    assert "0 of 6 tasks" in capsys.readouterr().err
    assert {path: Path(path).read_bytes() for path in files("out")} == before


def test_a_finished_run_that_lacks_a_task_is_damaged(status_of, study, capsys):
    unfinished(status_of, study(), keep=5)
    header = json.loads(Path("out/run.json").read_text())
    Path("out/run.json").write_text(json.dumps(header | {"status": "finished"}))
    assert status_of("report", "out") == 2
    assert "5 of 6 tasks, status finished" in capsys.readouterr().err


def test_out_refuses_to_lose_other_results_without_a_flag(status_of, study, capsys):
    first, second = study(), study(name="second.py")
    assert status_of("run", first, "--out", "out") == 0
    before = {path: Path(path).read_bytes() for path in files("out")}
    for other in ([second], [first, "--scale", "smoke"], [first, "--only", "noise[k=1]"]):
        assert status_of("run", *other, "--out", "out") == 2
        assert "--replace" in capsys.readouterr().err
        assert {path: Path(path).read_bytes() for path in files("out")} == before
    assert status_of("run", first, second, "--out", "out") == 0
    assert status_of("run", second, "--out", "out", "--replace") == 0
    assert "out/tables/given.csv" not in files("out")


def test_a_predicted_violation_that_does_not_occur_is_reported(status_of, study, capsys):
    name = study("1e9", "expected_violation='B5'")
    assert status_of("run", name, "--out", "out") == 0
    out = capsys.readouterr().out
    assert "0 holds, 0 violated, 0 undecided, 2 predicted violations unconfirmed" in out
    assert "unconfirmed (note 1)" in " ".join(Path("out/tables/given.md").read_text().split())
    assert status_of("report", "out", "--strict") == 3
    assert status_of("run", name, "--strict") == 3
    assert status_of("run", study("-1e9", "expected_violation='B5'"), "--strict") == 0


@pytest.mark.parametrize("name", ["../../../escaped", "/tmp/escaped", "a/b", "", "..", "a\nb", 7])
def test_a_forged_name_writes_nowhere(status_of, study, capsys, name):
    status_of("run", study(), "--out", "deep/er/out")
    text = Path("deep/er/out/run.json").read_text()
    header = json.loads(text)
    header["studies"][0]["name"] = name
    Path("deep/er/out/run.json").write_text(json.dumps(header))
    tasks = Path("deep/er/out/tasks.jsonl")
    tasks.write_text(tasks.read_text().replace('"given:', json.dumps(f"{name}:")[:-1]))
    before = files()
    capsys.readouterr()
    assert status_of("report", "deep/er/out") == 2
    assert "error" in capsys.readouterr().err
    assert files() == before


@pytest.mark.parametrize("name", ["set", "only"])
@pytest.mark.parametrize("value", [7, True, "abc", [7], {"a": "b"}])
def test_a_header_that_lists_something_else_is_refused(status_of, study, capsys, name, value):
    status_of("run", study(), "--out", "out")
    path = Path("out/run.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    capsys.readouterr()
    assert status_of("report", "out") == 2
    assert "restore the file" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["run.json", "tasks.jsonl"])
def test_damaged_files_are_refused_with_a_reason_and_left_alone(status_of, study, capsys, monkeypatch, file):
    """Every deletion and replacement of a part is either harmless or an error with its way out."""
    # The axes stand in run.json and are damaged, too; a figure that cannot be drawn never ends a command.
    monkeypatch.setattr("simsuff.reporting.write.figure_files", lambda *_: ({}, []))
    status_of("run", study(axes='Axes(x="k")'), "--out", "out")
    capsys.readouterr()
    path = Path("out", file)
    good = path.read_bytes()
    draw = random.Random(0)
    for _ in range(40):
        start = draw.randrange(len(good))
        end = min(len(good), start + draw.choice([1, 5, 60]))
        damaged = (
            good[:start] + draw.choice([b"", b"\0", b"\xff", b"[", b'"', b"{}", b"7", b"null"]) + good[end:]
        )
        path.write_bytes(damaged)
        for command in (["report", "out"], ["run", "given.py", "--out", "out", "--resume"]):
            before = Path("out/tasks.jsonl").read_bytes(), Path("out/tables/given.csv").read_bytes()
            status = status_of(*command)
            out, err = capsys.readouterr()
            assert "Traceback" not in err
            if status == 2:
                assert "error" in err
                assert out == ""
                assert before == (
                    Path("out/tasks.jsonl").read_bytes(),
                    Path("out/tables/given.csv").read_bytes(),
                )
            else:
                assert status in (0, 1)
        path.write_bytes(good)
    for record in ("7", "[]", "null", "{}", '{"task": 1}', '{"task": "given:noise[k=1]#0"}'):
        Path("out/tasks.jsonl").write_text(record + "\n")
        assert status_of("report", "out") == 2
        assert "line 1 of" in capsys.readouterr().err


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(study, closed):
    command = f"{sys.executable} -m simsuff run {study()} --out out {closed}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    assert subprocess.run(["bash", "-c", command], env=environment, check=False).returncode == 0
    assert Path("out/tasks.jsonl").read_text().count("\n") == 6
    assert "out/tables/given.tex" in files()


def test_letters_that_no_file_or_terminal_can_hold_lose_nothing(status_of, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    odd = r"setting={'text': 'a\ud800 \x1b[31m\nred', 'formula': '=1+1'}"
    text = STUDY.replace("FACTOR", "1e9").replace('setting={"draw": value}, EXTRA', odd)
    text = text.replace("AXES", 'Axes(x="k")')
    Path("odd.py").write_text(text.lstrip().replace("A study.", r"A \x1b[2J study."))
    assert status_of("run", "odd.py", "--out", "out") == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    for name in ("tables/odd.tex", "tables/odd.md", "summary.md"):
        assert "\x1b" not in Path("out", name).read_text()
    assert "'=1+1" in Path("out/tables/odd.csv").read_text()
    assert status_of("report", "out") == 0


def test_warmup_runs_one_task_of_each_experiment(status_of, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = STUDY.replace("FACTOR", "1e9").replace(", EXTRA", "").replace("AXES", "None")
    Path("given.py").write_text(text.replace("    value =", "    print('ran', k)\n    value =").lstrip())
    assert status_of("warmup", "given.py") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("ran 1") == 1
    assert "warm after 1 experiments" in err


def test_ctrl_c_tells_a_command_that_needs_no_more_than_to_be_repeated():
    command = ["simsuff", "run", "a b.py", "--out", "x", "--replace"]
    assert resume_command(command) == "simsuff run 'a b.py' --out x --resume"
    assert resume_command([*command[:-1], "--resume"]) == "simsuff run 'a b.py' --out x --resume"


def test_list(status_of, study, capsys):
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
    assert done.stdout == "0\n"
    assert "rror" not in done.stderr


def test_version_and_help(status_of, capsys):
    assert status_of("--version") == 0
    assert capsys.readouterr().out == f"simsuff {simsuff.__version__}\n"
    assert status_of("run", "--help") == 0
    assert "--resume" in capsys.readouterr().out


def test_every_command_explains_itself():
    parser = build_parser()
    (subparsers,) = (action for action in parser._actions if action.choices)
    assert {"run", "list", "report"} <= set(subparsers.choices)
    assert all(sub.description for sub in subparsers.choices.values())
