"""Does a step that would never end stop within its budget, and leave nothing behind?"""

import contextlib
import threading
import time

import pytest
import sympy as sp

from simsuff.numerics.budget import OutOfTime, within


def forever():
    while True:
        sum(range(100))


def busy(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(10))


def stubborn():
    """Swallows what it can, as some libraries do."""
    while True:
        with contextlib.suppress(Exception):
            forever()


@pytest.mark.parametrize("body", [forever, stubborn])
def test_a_body_without_end_is_stopped(body):
    with pytest.raises(OutOfTime, match=r"not done within 0\.05 s"):
        within(0.05, body)


def test_an_interruption_that_is_swallowed_comes_again():
    caught = []

    def swallow():
        while True:
            try:
                forever()
            except BaseException as error:
                caught.append(error)
                if len(caught) == 3:
                    raise

    with pytest.raises(OutOfTime):
        within(0.01, swallow)
    assert len(caught) == 3


def test_a_body_that_ends_keeps_its_value_and_its_errors():
    x = sp.Symbol("x")
    assert within(10, lambda: sp.factor(x**2 - 1)) == (x - 1) * (x + 1)
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0)


def test_nothing_arrives_after_the_end():
    for _ in range(100):
        with contextlib.suppress(OutOfTime):
            within(0.001, lambda: busy(0.001))
    before = threading.active_count()
    for _ in range(1000):
        sum(range(100))
    assert threading.active_count() <= before


def nested(outer, inner, inside):
    def body():
        try:
            within(inner, forever)
        except OutOfTime:
            inside.append(True)
            raise

    within(outer, body)


@pytest.mark.parametrize(("outer", "inner"), [(0.05, 10), (10, 0.05)])
def test_budgets_nest(outer, inner):
    inside = []
    with pytest.raises(OutOfTime, match=r"0\.05"):
        nested(outer, inner, inside)
    assert inside == [True] * (inner < outer)


def test_each_thread_has_its_own_budget():
    results = []

    def run(seconds):
        try:
            within(seconds, lambda: busy(0.2))
            results.append("done")
        except OutOfTime:
            results.append("stopped")

    threads = [threading.Thread(target=run, args=(seconds,)) for seconds in (0.01, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "stopped"]


def test_waiting_costs_nothing_where_threads_have_clocks():
    if hasattr(time, "pthread_getcpuclockid"):
        within(0.02, lambda: time.sleep(0.2))


def test_an_alarm_in_a_callback_of_the_collector_is_not_reported(monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", told.append)

    class Slow:
        def __del__(self):
            while time.process_time() < until:
                pass

    def work():
        Slow()
        while True:
            pass

    until = time.process_time() + 0.1
    with pytest.raises(OutOfTime):
        within(0.02, work)
    assert told == []
