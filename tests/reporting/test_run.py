"""Does an opened run say what its directory holds, and lose no bit on the way to a frame or a Parquet file?"""

import csv
import io
import json
import math

import pytest

import simsuff as ss
from simsuff.reporting import csv_table
from simsuff.studies import Settings, open_store, prepare, run

pandas = pytest.importorskip("pandas", reason="pandas is not installed")

STUDY = '''"""A study <b>."""
from simsuff.studies import Bounded, Comparison, Estimate, study

@study(statement="B4", default={"K": [2, 8], "link": ["log", None], "pair": [[1, 2]]}, replicates=3)
def noise(K, link, pair, rng):
    """Draws."""
    value = float(rng.normal()) / 3
    return Comparison(Estimate(value, 1 / 3, 9), "<=", 10.0)

@study(default={"K": [0.1, "text"]})
def exact(K):
    """Bounds."""
    if K == "text":
        raise RuntimeError("no")
    return {"a": Comparison(Bounded(0.1, 1e-17), "<=", 0.2), "b": Comparison(1e-300, "<=", float("inf"))}
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The directory of a finished run, one of whose tasks failed."""
    place = tmp_path_factory.mktemp("run")
    (place / "mine.py").write_text(STUDY)
    sweep = prepare(Settings(paths=[str(place / "mine.py")], out=str(place / "out")))
    with open_store(sweep) as store:
        run(sweep, store)
    return place / "out"


def test_a_run_knows_what_it_holds(folder):
    found = ss.Run.open(folder)
    assert found.is_complete
    assert found.planned == len(found.tasks) == 14
    assert len(found.rows) == 6
    assert len(found.studies[0].failures) == 1
    assert (found.header["seed"], found.header["scale"], found.level) == (0, "default", 0.01)
    assert repr(found) == f"Run({str(folder)!r}, 14 of 14 tasks, 6 rows)"
    assert "<td" in found._repr_html_()
    assert "mine" in found._repr_html_()
    assert ss.Run.open(str(folder), level=0.5).level == 0.5


def test_the_frame_is_the_csv_table(folder):
    opened = ss.Run.open(folder)
    frame = opened.to_frame()
    lines = list(csv.DictReader(io.StringIO(csv_table(opened.rows))))
    assert list(frame.columns)[: len(lines[0])]
    assert set(frame.columns) == set(lines[0])
    for name in ("lhs", "rhs", "lhs_stderr", "lhs_error", "slack"):
        assert frame[name].tolist() == [float(line[name]) for line in lines]
    assert frame.verdict.tolist() == [line["verdict"] for line in lines]
    assert frame.rhs.max() == math.inf
    assert str(frame.n.dtype) == "Int64"


def test_replicates_are_the_rows_of_the_tasks_bit_by_bit(folder):
    frame = ss.Run.open(folder).to_frame(replicates=True)
    stored = {}
    for line in (folder / "tasks.jsonl").read_text().splitlines():
        record = json.loads(line)
        stored[record["task"]] = record["rows"] or []
    assert len(frame) == sum(map(len, stored.values())) == 14
    drawn = frame[(frame.experiment == "noise") & (frame.lhs_stderr > 0)]
    estimates = [row["lhs"] for rows in stored.values() for row in rows if isinstance(row["lhs"], dict)]
    values = {number["value"] for number in estimates if "n" in number}
    assert set(drawn.lhs) == values
    assert sorted(set(drawn.replicate)) == [0, 1, 2]
    assert (frame.seconds >= 0).all()
    assert frame[frame.experiment == "exact"]["setting.case"].tolist() == ["a", "b"]
    assert "verdict" not in frame


@pytest.mark.parametrize("replicates", [False, True])
def test_parquet_gives_back_the_same_bits(folder, tmp_path, replicates):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    opened = ss.Run.open(folder)
    opened.to_parquet(tmp_path / "rows.parquet", replicates)
    back, frame = pandas.read_parquet(tmp_path / "rows.parquet"), opened.to_frame(replicates)
    numbers = frame.select_dtypes("float64").columns
    assert list(back.columns) == list(frame.columns)
    assert len(numbers) > 5
    for name in numbers:
        assert back[name].to_numpy().tobytes() == frame[name].to_numpy().tobytes()
    assert json.loads(back["setting.pair"][0]) == [1, 2]
    assert not list(folder.glob("*.parquet"))


def test_an_unfinished_run_is_incomplete(folder, tmp_path):
    lines = (folder / "tasks.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "tasks.jsonl").write_text("".join(lines[:5]))
    header = json.loads((folder / "run.json").read_text()) | {"status": "interrupted"}
    (tmp_path / "run.json").write_text(json.dumps(header))
    found = ss.Run.open(tmp_path)
    assert not found.is_complete
    assert len(found.tasks) == 5
    assert "5 of 14" in found._repr_html_()


def test_other_directories_are_refused(tmp_path):
    with pytest.raises(ValueError, match="DIR must be a run directory"):
        ss.Run.open(tmp_path)


def test_a_run_without_rows_has_an_empty_frame(folder, tmp_path):
    failed = [
        line
        for line in (folder / "tasks.jsonl").read_text().splitlines(keepends=True)
        if '"rows": null' in line
    ]
    (tmp_path / "tasks.jsonl").write_text("".join(failed))
    header = json.loads((folder / "run.json").read_text()) | {"status": "interrupted"}
    (tmp_path / "run.json").write_text(json.dumps(header))
    assert len(ss.Run.open(tmp_path).to_frame()) == len(ss.Run.open(tmp_path).to_frame(replicates=True)) == 0
