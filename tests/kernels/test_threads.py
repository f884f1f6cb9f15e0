"""Is work spread over threads, each piece once, and can the number of threads be told?"""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import simsuff.kernels.threads as kernel_threads
from simsuff.kernels.threads import VARIABLE, for_each, one_blas_thread, one_thread, thread_count, threads


def blas_threads():
    assert np.eye(2).any()
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_one_thread_inside_and_the_old_number_outside():
    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads()
        with one_blas_thread():
            assert set(blas_threads()) == {1}
        assert blas_threads() == before


def test_as_a_decorator():
    assert set(one_blas_thread()(blas_threads)()) == {1}
    assert set(one_thread()(blas_threads)()) == {1}
    assert one_thread()(thread_count)() == 1


@pytest.mark.parametrize("number", [1, 3])
def test_each_piece_once_on_as_many_threads_as_allowed(number):
    done, here, together = [], set(), threading.Barrier(number, timeout=10)

    def work(index):
        if index < number:
            together.wait()  # passes only once `number` threads are here at the same time
        done.append(index)
        here.add(threading.get_ident())

    with threads(number):
        for_each(work, 10)
    assert sorted(done) == list(range(10))
    assert len(here) == number


def test_threads_of_threads_work_alone():
    seen = []
    with threads(2):
        for_each(lambda _: seen.append(thread_count()), 4)
        assert thread_count() == 2
    assert seen == [1] * 4


@pytest.mark.parametrize("number", [1, 2])
def test_errors_come_through(number):
    def work(index):
        raise KeyError(index)

    with threads(number), pytest.raises(KeyError):
        for_each(work, 3)


def test_the_variable_counts(monkeypatch):
    monkeypatch.setenv(VARIABLE, "5")
    assert thread_count() == 5
    with threads(2):
        assert thread_count() == 2
    for wrong in ("0", "-1", "many", "1.5", "100000"):
        monkeypatch.setenv(VARIABLE, wrong)
        with pytest.raises(ValueError, match=VARIABLE):
            thread_count()
    monkeypatch.delenv(VARIABLE)
    assert 1 <= thread_count() <= (os.cpu_count() or 1)


def test_no_number_below_one():
    with pytest.raises(ValueError, match="limit"), threads(0):
        pass


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_threads_of_its_own():
    script = """
import os
from simsuff.kernels.threads import for_each, threads
with threads(2):
    for_each(lambda i: None, 4)
    child = os.fork()
    for_each(lambda i: None, 4)
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60)


def test_work_is_done_while_the_interpreter_ends():
    script = """
import atexit
import numpy as np
from simsuff.kernels.threads import threads
from simsuff.losses import infonce

@atexit.register
def last():
    with threads(2):
        print(abs(infonce(*np.ones((2, 600, 1)))[0]) < 1e-9)
"""
    command = [sys.executable, "-c", script]
    process = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    assert process.stdout == "True\n"
    assert "Error" not in process.stderr


def test_libraries_are_looked_for_again_only_after_an_import(monkeypatch):
    looks = []
    real = kernel_threads.ThreadpoolController
    monkeypatch.setattr(kernel_threads, "ThreadpoolController", lambda: (looks.append(1), real())[1])
    kernel_threads._controller.cache_clear()
    for _ in range(3):
        with one_thread():
            pass
    assert len(looks) == 1
    monkeypatch.setitem(sys.modules, "imported_since", sys)
    with one_thread():
        pass
    assert len(looks) == 2
