"""Progress is shown on terminals, once a minute elsewhere; the time left is weighted by what tasks cost."""

import io

import pytest

from simsuff.studies.plan import Task
from simsuff.studies.progress import Progress
from simsuff.studies.tasks import Record

TASKS = [Task("toy", "f", cell, i, f"toy:f[K={cell}]#{i}") for cell in (1, 2) for i in range(4)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def record(task, seconds):
    return Record(task.label, [], "", [], seconds)


def steps(stream):
    progress = Progress(TASKS[:2], (), stream)
    for task in TASKS[:2]:
        progress.step(record(task, 0.5))
    progress.close()
    return stream.getvalue()


def test_a_pipe_gets_one_line_a_minute(monkeypatch):
    assert steps(io.StringIO()) == ""
    now, stream = [0.0], io.StringIO()
    monkeypatch.setattr("simsuff.studies.progress.time.monotonic", lambda: now[0])
    progress = Progress(TASKS, (), stream)
    for now[0], task in zip((30, 59, 61, 90, 121, 122), TASKS, strict=False):
        progress.step(record(task, 30.0))
    progress.close()
    lines = stream.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["3/8", "5/8"]
    assert "about 102 s left  toy:f" in lines[0]
    assert "\x1b" not in stream.getvalue()


def test_tasks_may_be_added():
    progress = Progress(TASKS[:1])
    progress.step(record(TASKS[0], 1.0))
    assert progress.seconds_left(1.0) == 0
    progress.extend(TASKS[1:3])
    assert progress.seconds_left(1.0) == pytest.approx(2.0)


def test_a_terminal_sees_counts_speed_time_left_and_the_study():
    shown = steps(Terminal())
    assert "2/2 tasks" in shown
    assert "tasks/s" in shown
    assert "about 0 s left" in shown
    assert "toy:f" in shown
    assert shown.endswith("\r\x1b[K")


def test_time_left_is_weighted_by_what_tasks_of_the_cell_cost():
    progress = Progress(TASKS)
    for task in TASKS[:3]:
        progress.step(record(task, 1.0))
    progress.step(record(TASKS[4], 10.0))
    # One task of a second and three of ten are left; two workers did 13 seconds of work in 6.5.
    assert progress.seconds_left(6.5) == pytest.approx((1 + 3 * 10) / 2)


def test_an_earlier_part_of_the_run_counts_and_tells_costs_but_not_speed():
    progress = Progress(TASKS, [record(TASKS[4], 10.0)])
    assert progress.seconds_left(0.0) == 0
    progress.step(record(TASKS[0], 1.0))
    assert progress.seconds_left(1.0) == pytest.approx(3 * 1 + 3 * 10)
