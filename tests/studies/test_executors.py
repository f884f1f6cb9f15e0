"""Does every backend give the same bytes, and outlive what kills its workers?"""

import json
import sys
from pathlib import Path

import pytest

from simsuff.studies.executors import executor

# A real law of the package in each task: compiled kernels and BLAS are where workers could differ.
LAWS = """
import numpy as np

@study(default={"d": [3, 40]}, replicates=6, axes=Axes(x="d"))
def products(d, rng):
    a = rng.normal(size=(d, d))
    return Comparison(float(np.linalg.slogdet(a @ a.T)[1]), "==", float(2 * np.log(abs(np.linalg.det(a)))))
"""


def test_workers_and_backends_do_not_change_a_byte(toy, write, run_command, run_here, reports, tmp_path):
    write(LAWS)
    seen = []
    for name, command, options in (
        ("one", run_here, ["--jobs", 1]),
        ("three", run_command, ["--jobs", 3]),
        ("dask", run_command, ["--jobs", 2, "--backend", "dask"]),
    ):
        status, out, err = command("run", toy, "given.py", "--out", name, "--scale", "smoke", *options)
        assert status == 0, err
        seen.append((out, reports(tmp_path / name)))
    assert all(entry == seen[0] for entry in seen)
    assert {"tables/toy.csv", "figures/toy.svg", "figures/toy.png", "tables/given.tex"} <= set(seen[0][1])


# What compiles kernels of the package, and in one process after the other kinds that share parts with them.
KERNELS = """
import numpy as np
from simsuff.divergences import divergence
from simsuff.models.finite.random import random_views
from simsuff.statements import get

@study(default={"f": ["kl", "squared_hellinger"], "n": [3, 9]}, replicates=2, axes=Axes(x="n"))
def merging(f, n, rng):
    model = random_views(3, n, rng)
    return get("A3-range").evaluate(model, np.maximum(np.arange(n), 1), divergence(f))
"""


def test_neither_the_cache_nor_what_was_compiled_before_changes_a_byte(
    write, run_command, reports, tmp_path, monkeypatch
):
    write(KERNELS)
    write(KERNELS.replace('["kl", "squared_hellinger"]', '["chi2", "js"]').replace("3, 9", "4"), "before.py")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    monkeypatch.setenv("SIMSUFF_CACHE_DIR", str(tmp_path / "generated"))
    seen = []
    for name, paths in (("cold", ["given.py"]), ("warm", ["before.py", "given.py"])):
        status, _, err = run_command("run", *paths, "--out", name)
        assert status == 0, err
        tables = reports(tmp_path / name)
        seen.append({key: tables[key] for key in tables if Path(key).stem == "given"})
    assert any((tmp_path / "kernels").rglob("*.nbc"))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("options", [["--jobs", 1], ["--jobs", 2], ["--jobs", 1, "--backend", "dask"]])
def test_a_task_has_one_thread_everywhere(write, run_command, run_here, options):
    path = write("""
        import threadpoolctl
        import numpy as np
        from simsuff.kernels.threads import thread_count

        @study(default={"k": [1, 2]})
        def threads(k):
            pools = [p["num_threads"] for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"]
            return Comparison(max([*pools, thread_count()]), "==", 1)
    """)
    # Workers are processes of their own in any case.
    status, _, err = (run_here if options == ["--jobs", 2] else run_command)("run", path, *options)
    assert status == 0, err


def test_a_study_runs_alone_like_through_the_command(toy, run_command, run_here, reports, tmp_path):
    alone = run_command("--scale", "smoke", "--jobs", 2, "--out", "alone", program=(toy,))
    through = run_here("run", toy.name, "--scale", "smoke", "--out", "through")
    assert alone[:2] == through[:2]
    assert reports(tmp_path / "alone") == reports(tmp_path / "through")


DEADLY = """
@study(default={"k": [0, 1, 2, 3, 4, 5]})
def once(k):
    mark = Path(__file__).with_name("mark")
    if k == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Comparison(k, "==", k)
"""


def test_a_killed_worker_loses_nothing(write, run_here, tmp_path):
    path = write(DEADLY)
    status, out, err = run_here("run", path, "--jobs", 2, "--json")
    assert status == 0, err
    assert "FAILED" not in err
    assert (tmp_path / "mark").exists()
    assert json.loads(out)["studies"][0]["counts"]["holds"] == 6


def test_a_task_that_always_kills_is_named_and_the_others_finish(write, run_here):
    path = write(DEADLY.replace("and not mark.exists()", ""))
    status, out, err = run_here("run", path, "--jobs", 2, "--json")
    assert status == 1
    counts = json.loads(out)["studies"][0]["counts"]
    assert (counts["holds"], counts["failed"]) == (5, 1)
    assert "FAILED given:once[k=3]#0" in err
    assert "SIGKILL" in err


def test_under_dask_only_the_task_that_kills_is_given_up(write, run_command):
    """Dask blames every batch that waited at a worker for its death; here at once, to make the test short."""
    at_once = "import dask\ndask.config.set({'distributed.scheduler.allowed-failures': 0})\n"
    path = write(at_once + DEADLY.replace("and not mark.exists()", ""))
    status, out, err = run_command("run", path, "--backend", "dask", "--json")
    assert status == 1
    counts = json.loads(out)["studies"][0]["counts"]
    assert (counts["holds"], counts["failed"]) == (5, 1)
    assert "FAILED given:once[k=3]#0" in err


def test_workers_that_cannot_start_end_the_run(toy, run_command):
    toy.write_text(toy.read_text() + "\nif __name__ == '__mp_main__':\n    raise SystemExit(3)\n")
    status, out, err = run_command("--jobs", 2, program=("toy.py",))
    assert (status, out) == (1, "")
    assert "died at start (exit status 3)" in err
    assert "Traceback" not in err


def test_unknown_backends_and_stray_schedulers_are_refused():
    with pytest.raises(ValueError, match="backend must be one of"):
        executor("threads", 1, None)
    with pytest.raises(ValueError, match="add --backend dask"):
        executor("processes", 1, "tcp://localhost:1")


def test_dask_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match="pip install distributed"):
        executor("dask", 1, None)
