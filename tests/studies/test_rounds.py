"""Do replicates go where rows are uncertain, in rounds that workers and interruptions do not change?"""

import json
import math
from dataclasses import replace

import pytest

from simsuff.reporting import rows_of
from simsuff.reporting.records import csv_table
from simsuff.studies import Goal, Settings, open_store, prepare, run
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan, grown
from simsuff.studies.progress import Costs
from simsuff.studies.rounds import affordable, read_seconds, read_share, standard_error, wanted
from simsuff.studies.tasks import Record
from simsuff.verdicts import Bounded, Comparison, Estimate, Verdict, pooled


def plan(cells=3, replicates=4, draws=True):
    experiment = ExperimentPlan("f", "", "", [{"k": k} for k in range(cells)], replicates, None, draws)
    return StudyPlan("s", "", "", "s.py", "", [experiment])


def result(plan, *rows):
    return StudyResult(plan, rows, [])


def row(cell, value, stderr, replicates=4, planned=4, relation="<="):
    sides = Comparison(value, relation, 1.0, difference=Estimate(value - 1.0, stderr, replicates))
    return PooledRow("f", sides, replicates, planned, cell=cell)


DECIDED, OPEN = row(0, 0.5, 1e-6), row(1, 0.99, 1.0)


def test_undecided_rows_get_twice_as_many():
    one = plan()
    assert DECIDED.comparison.verdict is Verdict.HOLDS
    found = wanted([one], [result(one, DECIDED, OPEN)], Goal(until_decided=True))
    assert found == {("s", "f", 1): 8}
    (larger,) = grown([one], found)
    assert [larger.experiments[0].planned(cell) for cell in range(3)] == [4, 8, 4]
    assert len(list(larger.tasks())) == 16
    assert StudyPlan.from_json(larger.to_json()) == larger


def test_the_most_allowed_ends_the_growth():
    one = plan()
    results = [result(one, OPEN)]
    assert wanted([one], results, Goal(until_decided=True, most=6)) == {("s", "f", 1): 6}
    assert wanted([one], results, Goal(until_decided=True, most=4)) == {}
    full = replace(OPEN, replicates=256, planned=256)
    assert wanted([one], [result(one, full)], Goal(until_decided=True)) == {}


def test_what_more_replicates_cannot_help_gets_none():
    goal = Goal(until_decided=True)
    exact = PooledRow("f", Comparison(math.inf, "<=", math.inf), 4, 4)
    assert exact.comparison.verdict is Verdict.UNDECIDED
    assert wanted([plan()], [result(plan(), exact)], goal) == {}
    for stuck in (Comparison(math.inf, "<=", math.inf), Comparison(1.0, "<=", Bounded(1.0, 5.0))):
        drawn = pooled([stuck, stuck, stuck, stuck.with_(lhs=stuck.lhs + 0.01)])
        assert (drawn.is_estimated, drawn.verdict) == (True, Verdict.UNDECIDED)
        assert wanted([plan()], [result(plan(), PooledRow("f", drawn, 4, 4))], goal) == {}
    lost = replace(OPEN, replicates=3)
    assert wanted([plan()], [result(plan(), lost)], goal) == {}
    unmoved = plan(draws=False)
    assert wanted([unmoved], [result(unmoved, OPEN)], goal) == {}


def test_precision_and_standard_errors():
    sure = row(0, 0.5, 0.001)
    half_width = sure.comparison.chance(0.01)
    for share, more in ((half_width / 0.5 * 1.01, False), (half_width / 0.5 * 0.99, True)):
        assert bool(wanted([plan()], [result(plan(), sure)], Goal(precision=share))) is more
    for error, more in ((0.00101, False), (0.00099, True)):
        assert bool(wanted([plan()], [result(plan(), sure)], Goal(target_se=error))) is more
    sides = Comparison(Estimate(1.0, 3.0, 5), "<=", Estimate(2.0, 4.0, 5))
    assert standard_error(sides) == 5.0
    assert standard_error(Comparison(1.0, "<=", 2.0)) == 0.0


def test_a_budget_buys_the_cheapest_cells():
    costs, one = Costs(), plan()
    for cell, seconds in enumerate((3.0, 1.0, 2.0)):
        costs.add(Record(f"s:f[k={cell}]#0", [], "", [], seconds))
    counts = {("s", "f", cell): 8 for cell in range(3)}
    assert affordable([one], counts, 24.0, costs) == counts
    assert affordable([one], counts, 23.9, costs) == {("s", "f", 1): 8, ("s", "f", 2): 8}
    assert affordable([one], counts, 3.9, costs) == {}


def test_goals_are_checked():
    for wrong in (
        {"precision": 0.0},
        {"target_se": -1.0},
        {"budget": math.inf},
        {"until_decided": True, "most": 0},
    ):
        with pytest.raises(ValueError, match="--"):
            Goal(**wrong)
    with pytest.raises(ValueError, match="add --until-decided"):
        Goal(budget=60.0)
    assert [read_seconds(text) for text in ("90", "1.5m", "2h", "1h30m5s")] == [90.0, 90.0, 7200.0, 5405.0]
    assert (read_share("2%"), read_share("0.5")) == (0.02, 0.5)
    for text in ("", "m", "1d", "10m 5", "5 s", "1h30"):
        with pytest.raises(ValueError, match="--budget"):
            read_seconds(text)
    with pytest.raises(ValueError, match="--precision"):
        read_share("two")


NOISE = """
@study(default={"spread": [1e-5, 0.3, 1.0]}, replicates=6)
def near(spread, rng):
    return Comparison(float(rng.normal(0.8, spread)), "<=", 1.0, pathwise=False)
"""
OTHER = "\n@study(default={'k': [1]})\ndef g(k):\n    return Comparison(k, '==', k)\n"
UNTIL = ["--until-decided", "--max-replicates", 48]


def table(folder):
    return (folder / "tables" / "given.csv").read_bytes()


def labels(folder):
    return [json.loads(line)["task"] for line in (folder / "tasks.jsonl").read_text().splitlines()]


def here(path, out, **options):
    """Run in this process; the table of the first study."""
    sweep = prepare(Settings([str(path)], out=str(out), **options))
    with open_store(sweep) as store:
        return csv_table(rows_of(run(sweep, store))[0])


def planned(folder):
    (study,) = json.loads((folder / "run.json").read_text())["studies"]
    return study["experiments"][0]["more"]


def test_rounds_decide_what_can_be_decided_and_are_the_same_for_all_workers(
    write, run_command, run_here, tmp_path
):
    path = write(NOISE)
    seen = []
    for name, command, options in (
        ("one", run_here, ["--jobs", 1]),
        ("two", run_here, ["--jobs", 2]),
        ("dask", run_command, ["--backend", "dask"]),
    ):
        status, out, err = command("run", path, "--out", name, *UNTIL, *options)
        assert status == 0, err
        seen.append((out, table(tmp_path / name), planned(tmp_path / name)))
    assert all(entry == seen[0] for entry in seen)
    more = seen[0][2]
    assert "0" not in more
    assert 6 < more["1"] <= more["2"] == 48
    status, out, err = run_here("report", "one")
    assert out == seen[0][0], err
    # A fixed number of replicates is a prefix of the same draws.
    rows = json.loads(run_here("run", path, "--replicates", 48, "--only", "near[spread=1.0]", "--json")[1])
    found = json.loads(run_here("report", "one", "--json")[1])
    assert rows["studies"][0]["rows"][0]["lhs"] == found["studies"][0]["rows"][2]["lhs"]


def test_a_run_interrupted_in_a_round_ends_with_the_same_tables(write, run_command, run_here, tmp_path):
    path = write(NOISE)
    assert run_here("run", path, "--out", "straight", *UNTIL)[0] == 0
    # Stopped by its second task of the last round, once.
    stop = "if rng.bit_generator.seed_seq.spawn_key[-1] == 25 and not Path('mark').exists():\n"
    stop += "        Path('mark').touch(); os.kill(os.getppid() if JOBS > 1 else os.getpid(), signal.SIGKILL)\n    "
    for jobs in (1, 2):
        (tmp_path / "mark").unlink(missing_ok=True)
        write(NOISE.replace("return", stop.replace("JOBS", str(jobs)) + "return"))
        out = f"broken{jobs}"
        options = ["run", path, "--out", out, "--jobs", jobs, *UNTIL]
        assert run_command(*options)[0] != 0
        assert (tmp_path / "mark").exists()  # so that nothing kills this process
        kept = (tmp_path / out / "tasks.jsonl").read_text()
        status, _, err = run_here(*options, "--resume")
        assert status == 0, err
        assert (tmp_path / out / "tasks.jsonl").read_text().startswith(kept.rpartition("\n")[0])
        assert planned(tmp_path / out) == planned(tmp_path / "straight")
        tables = [table(tmp_path / name) for name in (out, "straight")]
        assert tables[0] == tables[1]
        assert len(labels(tmp_path / out)) == len(set(labels(tmp_path / out)))


def test_a_budget_that_is_spent_starts_no_round(write, tmp_path):
    path = str(write(NOISE))
    sweep = prepare(Settings([path], out=str(tmp_path / "out"), goal=Goal(until_decided=True, budget=1e-9)))
    with open_store(sweep) as store:
        (found,) = run(sweep, store)
        assert store.header.get("rounds", []) == []
    assert {one.planned for one in found.rows} == {6}
    # More money continues where the first stopped.
    again = Settings(
        [path], out=str(tmp_path / "out"), resume=True, goal=Goal(until_decided=True, budget=1e6)
    )
    sweep = prepare(again)
    with open_store(sweep) as store:
        (found,) = run(sweep, store)
        assert len(store.header["rounds"]) > 1
    assert max(one.planned for one in found.rows) > 6


def test_a_part_alone_grows_and_a_single_replicate_never_does(write):
    path = str(write(NOISE))
    goal = Goal(until_decided=True, most=12)
    (found,) = run(prepare(Settings([path], only=["near[spread=1.0]"], goal=goal)))
    assert [(one.planned, one.replicates) for one in found.rows] == [(12, 12)]
    (found,) = run(prepare(Settings([path], only=["near[spread=1.0]#1"], goal=goal)))
    assert [(one.planned, one.replicates) for one in found.rows] == [(6, 1)]


GROWN = {
    "replicates": ("replicates=6", "replicates=8"),
    "a grid point": ("[1e-5, 0.3, 1.0]", "[1e-5, 0.2, 0.3, 1.0]"),
    "an experiment": ("\n@study", OTHER + "@study"),
}


@pytest.mark.parametrize("change", GROWN.values(), ids=GROWN)
def test_a_plan_that_grew_runs_only_what_is_missing(write, tmp_path, change):
    path = write(NOISE)
    here(path, tmp_path / "out")
    kept = (tmp_path / "out" / "tasks.jsonl").read_text()
    write(NOISE.replace(*change))
    found = here(path, tmp_path / "out", resume=True)
    assert (tmp_path / "out" / "tasks.jsonl").read_text().startswith(kept)
    assert found == here(path, tmp_path / "fresh")
    assert (
        len(labels(tmp_path / "out")) == len(set(labels(tmp_path / "out"))) == len(labels(tmp_path / "fresh"))
    )


def test_another_method_in_the_code_runs_its_experiment_anew_and_says_so(write, tmp_path):
    path = write(NOISE + OTHER)
    here(path, tmp_path / "out")
    write(NOISE.replace("0.8", "0.7") + OTHER)
    with open_store(prepare(Settings([str(path)], out=str(tmp_path / "out"), resume=True))) as store:
        assert store.notices == ["their code changed, so that they run anew: given:near"]
        store.close("interrupted")
    found = here(path, tmp_path / "out", resume=True)
    assert [
        sum(f"given:{name}[" in label for label in labels(tmp_path / "out")) for name in ("near", "g")
    ] == [36, 1]
    assert found == here(path, tmp_path / "fresh")
