"""Do threads share a kernel without changing its result, whoever comes, and when?"""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numba import config

from simsuff.kernels import team
from simsuff.kernels.atomics import pause
from simsuff.kernels.jit import jit
from simsuff.kernels.team import all_done, begin, by_itself, claim, done, proceed, together, watch
from simsuff.kernels.threads import threads

PIECES, SQUARES, SUMS, END = 8, 1, 2, 3
LONG, SHORT = 20_000, 0


def _work(index, phase, squares, sums, length):
    for _ in range(length):
        pause()
    if phase == SQUARES:
        squares[index] += index * index
    else:
        for i in range(PIECES):
            sums[index] += squares[i]


work = jit(_work)


def _kernel(squares, sums, places, length, turns):
    """Squares of 0 … 7, then 8 times their sum; `places` tells who did what. Returns the sum of all sums."""
    begin(turns)
    for phase in range(SQUARES, END):
        if not proceed(turns, phase):
            return -1
        for n in range(PIECES):
            index = claim(turns, phase, n, PIECES)
            if index >= 0:
                work(index, phase, squares, sums, length)
                places[phase - 1, index] = turns.place
                done(turns, phase)
        if all_done(turns, phase, PIECES) and phase == SUMS:
            return sums.sum()
    watch(turns)
    return -2


kernel = jit(_kernel)
TOTAL = PIECES * sum(i * i for i in range(PIECES))


def arrays():
    return np.zeros(PIECES, np.int64), np.zeros(PIECES, np.int64), np.full((2, PIECES), -1)


@pytest.mark.parametrize("number", [1, 2, 3, 9])
@pytest.mark.parametrize("length", [SHORT, 300])
def test_each_piece_once_and_no_phase_before_its_time(number, length):
    with threads(number):
        for _ in range(50):
            squares, sums, places = arrays()
            assert together(kernel, squares, sums, places, length) == TOTAL
            assert squares.tolist() == [i * i for i in range(PIECES)]
            assert places.min() >= 0
            assert places.max() < number


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="plain Python runs on one thread")
def test_others_do_take_part():
    with threads(3):
        together(kernel, *arrays(), SHORT)
        for _ in range(100):  # a machine may have nobody to spare for a while
            _, _, places = (given := arrays())
            assert together(kernel, *given, LONG) == TOTAL
            if len(set(places.ravel())) > 1:
                return
    pytest.fail("no helper did anything")


def test_by_itself():
    squares, sums, places = arrays()
    assert by_itself(kernel, squares, sums, places, SHORT) == TOTAL
    assert not places.any()
    assert by_itself(_kernel, *arrays(), SHORT) == TOTAL


def test_threads_that_call_at_the_same_time_do_not_disturb_each_other():
    def run(_):
        with threads(2):
            return [together(kernel, *arrays(), 100) for _ in range(40)]

    run(0)
    with ThreadPoolExecutor(4) as pool:
        assert {total for totals in pool.map(run, range(4)) for total in totals} == {TOTAL}


def test_helpers_leave_when_a_leader_is_interrupted():
    entered, seen = threading.Event(), []

    def interrupted(*given):
        if given[-1].place == 0:
            entered.wait(timeout=10)
            raise KeyboardInterrupt
        entered.set()
        seen.append(kernel(*given))
        return 0

    crew = team.Team(1)
    with pytest.raises(KeyboardInterrupt):
        crew.run(interrupted, (*arrays(), SHORT))
    end = time.monotonic() + 10
    while not seen and time.monotonic() < end:
        time.sleep(0.001)
    assert seen == [-1]
    assert crew.run(kernel, (*arrays(), SHORT)) == TOTAL


def test_nothing_is_kept_alive_between_calls():
    crew = team.Team(1)
    crew.run(kernel, (*arrays(), SHORT))
    assert crew._call is team._NOTHING


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_a_team_of_its_own():
    script = """
import os
import numpy as np
from simsuff.losses import infonce
from simsuff.kernels.threads import threads
u, v = np.random.default_rng(0).normal(size=(2, 300, 3))
with threads(2):
    before = infonce(u, v)[0]
    child = os.fork()
    after = infonce(u, v)[0]
    if child == 0:
        os._exit(int(after != before))
    assert os.waitpid(child, 0)[1] == 0
    assert after == before
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=120)
