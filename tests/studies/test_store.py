"""Does a run directory survive what happens to it, and never harm what it does not own?"""

import json
import os

import pytest

from simsuff.studies.store import FORMAT, Store, read_records, write_atomically
from simsuff.studies.tasks import Record

HEADER = {
    "format": FORMAT,
    "status": "running",
    "seed": 0,
    "scale": "smoke",
    "only": [],
    "studies": [{"name": "toy", "digest": "1", "path": "toy.py"}],
    "versions": {"numpy": "2"},
    "code": "abc",
    "clock": 0.0,
    "started": "then",
    "seconds_before": 0.0,
}
RECORD = Record("toy:f[]#0", [], "", [], 0.5)


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


def test_records_come_back(finished):
    assert read_records(finished)[0] == [RECORD]
    written = json.loads((finished / "run.json").read_text())
    assert written["status"] == "finished"
    assert written["wall_seconds"] > 0


def test_a_torn_last_line_is_ignored_and_overwritten(finished):
    with (finished / "tasks.jsonl").open("a") as file:
        file.write('{"task": "toy:f[]#1", "ro')
    store = Store.resume(finished, header())
    assert store.records == [RECORD]
    end(store, "finished", RECORD)
    assert read_records(finished)[0] == [RECORD, RECORD]


def test_a_broken_line_in_the_middle_is_refused(finished):
    path = finished / "tasks.jsonl"
    path.write_text("{}\n" + path.read_text())
    with pytest.raises(ValueError, match="line 1"):
        Store.resume(finished, header())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "same seed: then = 0, now = 1"),
        ({"scale": "full"}, "same scale"),
        ({"only": ["f"]}, "same only"),
        ({"code": "abd"}, "same code"),
        ({"versions": {"numpy": "3"}}, "numpy = 2 then, 3 now"),
        ({"studies": [{"name": "toy", "digest": "2"}]}, "toy = version 1 then, version 2 now"),
        ({"studies": []}, "same studies"),
    ],
)
def test_resume_needs_the_same_run(finished, changes, message):
    before = (finished / "run.json").read_bytes()
    with pytest.raises(ValueError, match=message):
        Store.resume(finished, header(**changes))
    assert (finished / "run.json").read_bytes() == before


def test_resume_may_find_the_studies_elsewhere(finished):
    moved = [{"name": "toy", "digest": "1", "path": "elsewhere/toy.py"}]
    end(Store.resume(finished, header(studies=moved)))


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
    assert read_records(finished)[0] == []


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
