"""What studies and machines do wrong costs at most the task that did it, and is never passed over in silence."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from simsuff.studies import discover
from simsuff.studies.collect import collect
from simsuff.studies.plan import plan_study
from simsuff.studies.store import CannotWrite, Store
from simsuff.studies.sweep import Settings, open_store, prepare, run
from simsuff.studies.tasks import Record, perform_task


def results_of(path, **options):
    """The rows and failures of one study, run in this process."""
    (result,) = run(prepare(Settings(paths=[str(path)], **options)))
    return result


def test_labels_of_values_that_read_alike_do_not_collide(write):
    path = write("""
        @study(default={"k": [1, "1", True, "true", None, "null", 1.5, "1.5"]})
        def kinds(k):
            return Comparison(float(str(type(k)).find("str") > 0), "==", 0.0, setting={"type": type(k).__name__})
    """)
    rows = results_of(path).rows
    types = [row.comparison.setting["type"] for row in rows]
    assert types == ["int", "str", "bool", "str", "NoneType", "str", "float", "str"]
    (plan,) = [plan_study(study, "default") for study in discover([path])]
    for task in plan.tasks():
        (picked,) = prepare(Settings([str(path)], only=[task.label])).tasks
        assert picked == task


def test_a_task_cannot_change_the_cell_of_another(write):
    path = write("""
        @study(default={"k": [[3, 1, 2]], "m": [1, 2]}, replicates=2)
        def sorts(k, m, rng):
            first, _ = k[0], k.sort()
            return Comparison(float(rng.normal()), "<=", 9.0, setting={"first": first})
    """)
    together = results_of(path).rows
    assert [row.comparison.setting["first"] for row in together] == [3, 3]
    alone = results_of(path, only=["sorts[m=2]"]).rows
    assert alone[0].comparison.lhs.value == together[1].comparison.lhs.value


def test_a_task_cannot_change_the_directory_of_the_run(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write("""
        os.makedirs("elsewhere", exist_ok=True)

        @study(default={"k": [1, 2]})
        def wanders(k):
            os.chdir("elsewhere")
            return Comparison(k, "==", k)
    """)
    sweep = prepare(Settings([path.name], out="out"))
    with open_store(sweep) as store:
        (result,) = run(sweep, store)
    assert [len(result.rows), len(result.failures)] == [2, 0]
    assert (tmp_path / "out" / "tasks.jsonl").read_text().count("\n") == 2


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            "class Mute(Exception):\n    def __str__(self):\n        raise ValueError\nraise Mute",
            "Mute (its text",
        ),
        ("class Own(BaseException): pass\nraise Own('text')", "Own: text"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("return []", "be a Comparison or several"),
        ("return {}", "be a Comparison or several"),
    ],
)
def test_whatever_a_function_raises_is_a_failure_of_its_task(write, body, error):
    lines = "\n".join(f"            {line}" for line in body.splitlines())
    path = write(f"""
        @study(default={{"k": [1, 2]}})
        def f(k):
            if k == 2:
                return Comparison(k, "==", k)
{lines}
    """)
    result = results_of(path)
    assert (len(result.rows), len(result.failures)) == (1, 1)
    assert error in result.failures[0].error


FORKS = """
@study(default={"k": [0, 1, 2, 3]})
def forks(k):
    if k == 1 and os.fork() == 0:
        return Comparison(99.0, "==", k)
    os.waitpid(-1, 0) if k == 1 else None
    return Comparison(k, "==", k)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_child_that_a_task_lets_return_says_nothing(write, run_command, run_here, tmp_path, jobs):
    command = run_command if jobs == 1 else run_here  # whose workers let the child return
    status, out, err = command("run", write(FORKS), "--jobs", jobs, "--out", "out", "--json")
    assert status == 0, err
    assert json.loads(out)["studies"][0]["counts"]["holds"] == 4
    assert (tmp_path / "out" / "tasks.jsonl").read_text().count("\n") == 4


def test_a_process_that_a_dead_worker_left_behind_holds_nobody_up(write, start, tmp_path):
    path = write("""
        @study(default={"k": [0, 1, 2, 3]})
        def leaves_one_behind(k):
            mark = Path(__file__).with_name("mark")
            if k == 1 and not mark.exists():
                mark.touch()
                if os.fork() == 0:
                    time.sleep(600)
                os.kill(os.getpid(), signal.SIGKILL)
            return Comparison(k, "==", k)
    """)
    # It keeps stdout open, too, so that the test waits for the process and not for the end of its output.
    assert start("run", path, "--jobs", 2, "--out", "out").wait(timeout=120) == 0
    assert (tmp_path / "out" / "tasks.jsonl").read_text().count("\n") == 4


def test_records_of_other_tasks_are_ignored_and_missing_ones_fail(write):
    path = write("""
        @study(default={"k": [1, 2, 3]})
        def f(k):
            return Comparison(k, "==", k)
    """)

    def forgetful(dispenser):
        while dispenser:
            for task in dispenser.next_batch().tasks:
                (study,) = discover([path])
                record = perform_task(study, task, "default", 0)
                stranger = Record("given:f[k=9]#0", record.rows, "", [], 0.0)
                yield from [record, record, stranger] if task.cell != 1 else [stranger]

    sweep = prepare(Settings([str(path)]))
    (result,) = run(type(sweep)(**{**vars(sweep), "executor": forgetful}))
    assert len(result.rows) == 2
    assert "LostTask" in result.failures[0].error
    assert collect(sweep.plans, sweep.tasks, {})[0].rows == []


def test_a_study_prints_to_stderr_and_so_do_its_children(write, run_command):
    path = write("""
        print("at the top")
        os.system("echo from a child")

        @study(default={"k": [1, 2]})
        def talks(k):
            print("in a task")
            os.system("echo from a child of a task")
            return Comparison(k, "==", k)
    """)
    for jobs in (1, 2):
        status, out, err = run_command("run", path, "--json", "--jobs", jobs)
        assert status == 0
        json.loads(out)
        # Lines of processes that write at once may run into one another.
        assert all(
            text in err for text in ("at the top", "from a child\n", "in a task", "from a child of a task")
        )


def test_a_second_run_into_a_directory_is_refused_and_told_who_is_there(toy, tmp_path):
    sweep = prepare(Settings([str(toy)], scale="smoke", out=str(tmp_path / "out")))
    with open_store(sweep):
        header = (tmp_path / "out" / "run.json").read_bytes()
        for resume in (False, True):
            again = prepare(Settings([str(toy)], scale="smoke", out=str(tmp_path / "out"), resume=resume))
            with pytest.raises(ValueError, match=f"in use by process {os.getpid()} since"):
                open_store(again)
        assert (tmp_path / "out" / "run.json").read_bytes() == header
    open_store(sweep).release()


def test_the_lock_of_a_dead_process_is_free(toy, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.lock").write_text("process 1 since 2001-01-01T00:00:00Z\n")
    sweep = prepare(Settings([str(toy)], scale="smoke", out=str(tmp_path / "out")))
    with open_store(sweep) as store:
        (result,) = run(sweep, store)
    assert not result.failures
    assert not (tmp_path / "out" / "run.lock").exists()


def test_a_paused_run_keeps_its_lock(write, start, run_here, tmp_path):
    path = write("""
        @study(default={"k": [1]})
        def waits(k):
            Path("reached").touch()
            time.sleep(60)
            return Comparison(k, "==", k)
    """)
    process = start("run", path, "--out", "out")
    while not (tmp_path / "reached").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    status, _, err = run_here("run", path, "--out", "out", "--seed", 1)
    assert status == 2
    assert f"in use by process {process.pid}" in err
    assert json.loads((tmp_path / "out" / "run.json").read_text())["seed"] == 0


def test_resume_notices_a_changed_module_that_a_study_imports(write, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "helper_of_mine.py").write_text("import deeper_helper as _\nVALUE = 1.0\n")
    (tmp_path / "deeper_helper.py").write_text("X = 1\n")
    path = write("""
        @study(default={"k": [1]})
        def f(k):
            from helper_of_mine import VALUE
            return Comparison(VALUE, "==", k)
    """)
    options = {"paths": [str(path)], "out": str(tmp_path / "out")}
    sweep = prepare(Settings(**options))
    with open_store(sweep) as store:
        run(sweep, store)
        assert set(store.header["helpers"]) == {"helper_of_mine", "deeper_helper"}
    with open_store(prepare(Settings(**options, resume=True))) as store:
        store.close("finished")
    (tmp_path / "deeper_helper.py").write_text("X = 2\n")
    with pytest.raises(ValueError, match="keep the same helpers: deeper_helper"):
        open_store(prepare(Settings(**options, resume=True)))


def test_a_full_disk_ends_the_run_with_its_reason_and_keeps_what_is_there(toy, tmp_path, monkeypatch):
    sweep = prepare(Settings([str(toy)], scale="smoke", out=str(tmp_path / "out")))
    real, calls = os.write, []

    def nearly_full(handle, data):
        calls.append(handle)
        if b'"task"' in bytes(data) and sum(c == handle for c in calls) > 5:
            real(handle, bytes(data)[:7])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    monkeypatch.setattr(os, "write", nearly_full)
    with open_store(sweep) as store, pytest.raises(CannotWrite, match=r"tasks\.jsonl.*No space"):
        run(sweep, store)
    monkeypatch.undo()
    kept = (tmp_path / "out" / "tasks.jsonl").read_bytes()
    assert kept.endswith(b"\n")
    assert kept.count(b"\n") == 5
    again = prepare(Settings([str(toy)], scale="smoke", out=str(tmp_path / "out"), resume=True))
    with open_store(again) as store:
        (result,) = run(again, store)
    assert not result.failures
    assert (tmp_path / "out" / "tasks.jsonl").read_bytes().startswith(kept)


def test_a_full_disk_at_the_start_leaves_the_earlier_run_alone(toy, tmp_path, monkeypatch):
    sweep = prepare(Settings([str(toy)], scale="smoke", out=str(tmp_path / "out")))
    with open_store(sweep) as store:
        run(sweep, store)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("simsuff.studies.store.write_atomically", full)
    with pytest.raises(ValueError, match="No space left"):
        open_store(sweep)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


HOLDS_THE_INTERPRETER = """
import ctypes

@study(default={"k": [1, 2]})
def holds(k):
    Path(f"worker{k}").write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(600)  # without giving up the interpreter, as a long C extension may
    return Comparison(k, "==", k)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no worker can be bound to its parent's death")
def test_a_worker_that_holds_the_interpreter_dies_with_its_parent(write, start, tmp_path):
    process = start("run", write(HOLDS_THE_INTERPRETER), "--jobs", 2)
    marks = [tmp_path / "worker1", tmp_path / "worker2"]
    while not all(mark.exists() and mark.read_text() for mark in marks):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while any(_runs(int(mark.read_text())) for mark in marks) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(int(mark.read_text())) for mark in marks)


def _runs(pid):
    """Whether the process exists and is no zombie that nobody has waited for."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


def test_the_lock_is_a_lock_of_the_kernel(tmp_path):
    """So that it ends with its process, whatever ends that."""
    header = {"studies": [], "scale": "smoke", "only": []}
    with (
        Store.create(tmp_path, header),
        (tmp_path / "run.lock").open() as file,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
