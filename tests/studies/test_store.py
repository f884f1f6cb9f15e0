"""Does a run directory survive what happens to it, and never harm what it does not own?"""

import errno
import json
import os
import threading
from dataclasses import replace

import pytest

from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.studies.store import FORMAT, CannotWrite, Store, holder, read_records, write_atomically
from simsuff.studies.tasks import Record


def study(code="c1", cells=({"k": 1},), replicates=2, names=("f",), more=None, path="toy.py"):
    """The plan of the study `toy` as run.json holds it."""
    experiments = [
        ExperimentPlan(name, "", "", list(cells), replicates, None, True, code, more or {}) for name in names
    ]
    return StudyPlan("toy", "", "", path, "1", experiments).to_json()


HEADER = {
    "format": FORMAT,
    "status": "running",
    "seed": 0,
    "scale": "smoke",
    "only": [],
    "studies": [study()],
    "versions": {"numpy": "2"},
    "helpers": {"mine": "1"},
    "code": "abc",
    "clock": 0.0,
    "started": "then",
    "seconds_before": 0.0,
}
RECORD = Record("toy:f[k=1]#0", [], "", [], 0.5, "c1")
PLANS = [StudyPlan.from_json(study())]


def header(**changes):
    return {**HEADER, **changes}


def end(store, status="finished", *records):
    with store:
        for record in records:
            store.append(record)
        store.close(status)


@pytest.fixture
def finished(tmp_path):
    """A run directory with one record."""
    end(Store.create(tmp_path / "run", header()), "finished", RECORD)
    return tmp_path / "run"


def records_of(folder, plans=PLANS):
    records = dict(read_records(folder, plans)[0])
    return list(records.values())


def test_records_come_back(finished):
    assert records_of(finished) == [RECORD]
    written = json.loads((finished / "run.json").read_text())
    assert written["status"] == "finished"
    assert written["wall_seconds"] > 0


def test_a_torn_last_line_is_ignored_and_overwritten(finished):
    with (finished / "tasks.jsonl").open("a") as file:
        file.write('{"task": "toy:f[k=1]#1", "ro')
    store = Store.resume(finished, header())
    assert dict(store.records) == {RECORD.task: RECORD}
    second = replace(RECORD, task="toy:f[k=1]#1")
    end(store, "finished", second)
    assert records_of(finished) == [RECORD, second]
    assert (finished / "tasks.jsonl").read_bytes().count(b"\n") == 2


def test_the_last_record_of_a_task_counts(tmp_path):
    failure = replace(RECORD, rows=None, error="Error")
    with Store.create(tmp_path, header()) as store:
        store.append(failure)
        assert store.records.failed == {RECORD.task}
        store.append(RECORD)
        assert store.records.failed == set()
        assert dict(store.records) == {RECORD.task: RECORD}
        store.close("finished")
    assert records_of(tmp_path) == [RECORD]


def test_a_record_of_another_code_is_none(finished):
    assert records_of(finished, [StudyPlan.from_json(study("c2"))]) == []


def test_a_broken_line_in_the_middle_is_refused(finished):
    path = finished / "tasks.jsonl"
    path.write_text("{}\n" + path.read_text())
    with pytest.raises(ValueError, match="line 1"):
        Store.resume(finished, header())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "same seed: then = 0, now = 1"),
        ({"code": "abd"}, "same code"),
        ({"versions": {"numpy": "3"}}, "numpy = 2 then, 3 now"),
        ({"helpers": {"mine": "2"}}, "same helpers: mine = 1 then, 2 now"),
        ({"studies": []}, r"keep every finished task: 1 finished tasks, toy:f\[k=1\]#0 among them"),
        ({"studies": [study(cells=[{"k": 2}])]}, "keep every finished task"),
        ({"studies": [study(names=("g",))]}, "keep every finished task"),
    ],
)
def test_resume_needs_the_same_run(finished, changes, message):
    before = (finished / "run.json").read_bytes()
    with pytest.raises(ValueError, match=message):
        Store.resume(finished, header(**changes))
    assert (finished / "run.json").read_bytes() == before


def test_resume_may_find_the_studies_elsewhere(finished):
    end(Store.resume(finished, header(studies=[study(path="elsewhere/toy.py")])))


@pytest.mark.parametrize(
    "changes",
    [{"cells": [{"k": 0}, {"k": 1}]}, {"replicates": 3}, {"names": ("e", "f")}],
)
def test_a_plan_may_grow_and_keeps_what_is_finished(finished, changes):
    with Store.resume(
        finished, header(studies=[study(**changes)], scale="full", helpers={"new": "1"})
    ) as store:
        assert dict(store.records) == {RECORD.task: RECORD}
        assert store.notices == []
        store.close("interrupted")


def test_what_an_experiment_of_another_code_found_is_not_used_and_not_lost(finished):
    lines = (finished / "tasks.jsonl").read_bytes()
    with Store.resume(finished, header(studies=[study("c2")])) as store:
        assert dict(store.records) == {}
        assert store.notices == ["their code changed, so that they run anew: toy:f"]
        store.close("interrupted")
    assert (finished / "tasks.jsonl").read_bytes() == lines


def test_what_rounds_added_stays_planned(tmp_path):
    end(Store.create(tmp_path, header(studies=[study(more={"0": 8})])), "interrupted", RECORD)
    with Store.resume(tmp_path, header(studies=[study(cells=[{"k": 0}, {"k": 1}])])) as store:
        assert store.plans[0].experiments[0].more == {"1": 8}
        assert [store.plans[0].experiments[0].planned(cell) for cell in (0, 1)] == [2, 8]
        store.close("interrupted")


def test_a_kept_part_from_another_processor_is_told(tmp_path):
    end(Store.create(tmp_path, header(machine={"build": "a"})), "interrupted", RECORD)
    with Store.resume(tmp_path, header(machine={"build": "b"})) as store:
        assert store.notices == ["the tasks that are kept ran on another processor or build of the kernels"]
        store.close("interrupted")


def test_a_directory_that_vanishes_ends_the_run_with_its_reason(tmp_path):
    with Store.create(tmp_path / "run", header()) as store:
        store.append(RECORD)
        (tmp_path / "run").rename(tmp_path / "elsewhere")
        with pytest.raises(CannotWrite, match=r"tasks\.jsonl: No such file"):
            store.append(RECORD)
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "tasks.jsonl").touch()
        with pytest.raises(CannotWrite, match="another one"):
            store.append(RECORD)
        with pytest.raises(CannotWrite):
            store.close("interrupted")
    assert records_of(tmp_path / "elsewhere") == [RECORD]
    assert (tmp_path / "run" / "tasks.jsonl").read_bytes() == b""


def test_lines_reach_the_disk_soon_although_nothing_follows(tmp_path, monkeypatch):
    synced, real = threading.Event(), os.fsync
    monkeypatch.setattr("simsuff.studies.store.SYNC_SECONDS", 0.01)
    monkeypatch.setattr(os, "fsync", lambda handle: (real(handle), synced.set()))
    with Store.create(tmp_path, header()) as store:
        store.append(RECORD)
        assert synced.wait(60)
        store.close("finished")


def test_a_disk_that_cannot_hold_the_lines_ends_the_run(tmp_path, monkeypatch):
    asked = threading.Event()

    def broken(_):
        asked.set()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("simsuff.studies.store.SYNC_SECONDS", 0.01)
    monkeypatch.setattr(os, "fsync", broken)
    with Store.create(tmp_path, header()) as store:
        store.append(RECORD)
        assert asked.wait(60)
        store._syncing.join()
        with pytest.raises(CannotWrite, match="Input/output error"):
            store.append(RECORD)
        with pytest.raises(CannotWrite):
            store.close("interrupted")
    assert (tmp_path / "tasks.jsonl").read_bytes().count(b"\n") == 1


def test_holder_names_who_is_there(tmp_path):
    assert holder(tmp_path) == ""
    with Store.create(tmp_path, header()) as store:
        assert holder(tmp_path).startswith(f"process {os.getpid()} since")
        store.close("finished")
    assert holder(tmp_path) == ""
    (tmp_path / "run.lock").write_text("process 1 since then\n")
    assert holder(tmp_path) == ""


def test_resume_needs_a_run(tmp_path):
    with pytest.raises(ValueError, match="be a run directory"):
        Store.resume(tmp_path, header())


def test_a_new_run_replaces_the_old_ones_files_and_no_others(finished):
    (finished / "tables").mkdir()
    for name in ("tables/toy.csv", "tables/notes.csv", "summary.md", "thesis.tex"):
        (finished / name).write_text(name)
    end(Store.create(finished, header(seed=1)))
    left = sorted(str(p.relative_to(finished)) for p in finished.rglob("*") if p.is_file())
    assert left == ["run.json", "tables/notes.csv", "tasks.jsonl", "thesis.tex"]
    assert records_of(finished) == []


def test_the_tasks_of_an_unfinished_run_are_kept_aside(tmp_path):
    end(Store.create(tmp_path, header()), "interrupted", RECORD)
    end(Store.create(tmp_path, header()))
    assert json.loads((tmp_path / "tasks.jsonl.bak").read_text()) == RECORD.to_json()


@pytest.mark.parametrize("name", ["thesis.tex", "run.json"])
def test_a_foreign_directory_is_refused_and_untouched(tmp_path, name):
    (tmp_path / name).write_text("{}")
    with pytest.raises(ValueError, match=r"--out must be|format"):
        Store.create(tmp_path, header())
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "{}"


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="be a directory"):
        Store.create(tmp_path / "file", header())


def test_content_and_permissions(tmp_path):
    mask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new" / "a.txt", "π")
    finally:
        os.umask(mask)
    assert (tmp_path / "new" / "a.txt").read_text(encoding="utf-8") == "π"
    assert (tmp_path / "new" / "a.txt").stat().st_mode & 0o777 == 0o640


def test_a_failed_rename_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_text() == "old"
