"""Does an interrupted run stop cleanly and resume to the same bytes?"""

import json
import os
import signal
import time

import pytest

SLOW = """
@study(default={"k": list(range(12))}, replicates=2, axes=Axes(x="k"))
def slow(k, rng):
    if k == 8:
        Path(__file__).with_name("reached").touch()
    while k == 8 and Path(__file__).with_name("slow").exists():
        time.sleep(0.01)
    return Comparison(float(rng.normal()), "==", k)
"""


@pytest.fixture
def stuck(write, start, tmp_path):
    """Start a run that hangs at a task in its middle; returns it once it hangs there."""
    path = write(SLOW)
    (tmp_path / "slow").touch()

    def start_stuck(jobs):
        process = start("run", path, "--out", "out", "--jobs", jobs)
        while process.poll() is None and not (tmp_path / "reached").exists():
            time.sleep(0.02)
        assert process.poll() is None, process.communicate()
        return process

    return start_stuck


def finish(run_here, reports, tmp_path, jobs):
    """Resume, and compare with a run that nothing interrupted."""
    kept = (tmp_path / "out" / "tasks.jsonl").read_text().splitlines()
    (tmp_path / "slow").unlink()
    resumed = run_here("run", "given.py", "--out", "out", "--jobs", jobs, "--resume")
    assert resumed[0] == 0, resumed[2]
    straight = run_here("run", "given.py", "--out", "straight")
    assert resumed[:2] == straight[:2]
    assert reports(tmp_path / "out") == reports(tmp_path / "straight")
    after = (tmp_path / "out" / "tasks.jsonl").read_text().splitlines()
    labels = [json.loads(line)["task"] for line in after]
    assert len(labels) == len(set(labels)) == 24
    assert after[: len(kept)] == kept


@pytest.mark.parametrize(("jobs", "number"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGTERM)])
def test_ctrl_c_keeps_finished_tasks_and_says_how_to_resume(stuck, run_here, reports, tmp_path, jobs, number):
    process = stuck(jobs)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal signals the whole group
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in err
    assert "Traceback" not in err
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "interrupted"
    finish(run_here, reports, tmp_path, jobs)


def test_a_killed_parent_takes_its_workers_along_and_can_be_resumed(stuck, run_here, reports, tmp_path):
    process = stuck(2)
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while _group_is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _group_is_alive(process.pid)
    finish(run_here, reports, tmp_path, 2)


def _group_is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_a_directory_the_message_says_what_would_have_helped(write, start, tmp_path):
    path = write(SLOW)
    (tmp_path / "slow").touch()
    process = start("run", path)
    while not (tmp_path / "reached").exists():
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--out DIR" in err
