"""Do threads lose no count, and is what one wrote there for the other?"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import config

from simsuff.kernels.atomics import add, give_way, pause, read, write
from simsuff.kernels.jit import jit


def _count_up(counters, times):
    seen = 0
    for _ in range(times):
        seen = max(seen, add(counters, 0, 1))
        pause()
    return seen


count_up = jit(_count_up)


def _set_after(counters, place, number):
    before = read(counters, place)
    write(counters, place, number)
    return before


set_after = jit(_set_after)


def _yield_once():
    give_way()
    return True


yield_once = jit(_yield_once)

TIMES = 20_000


# Plain Python counts without a lock.
WORKERS = 1 if config.DISABLE_JIT else 4


def test_no_count_is_lost_between_threads():
    counters = np.zeros(1, np.int64)
    count_up(counters, 0)
    with ThreadPoolExecutor(WORKERS) as pool:
        last = list(pool.map(count_up, [counters] * WORKERS, [TIMES] * WORKERS))
    assert counters[0] == WORKERS * TIMES
    assert max(last) == counters[0] - 1


def test_numbers_are_read_where_they_were_written():
    for function in (set_after, _set_after):
        counters = np.array([3, 5], np.int64)
        assert function(counters, 1, 8) == 5
        assert counters.tolist() == [3, 8]


def test_twins_count_alike():
    one, other = np.zeros((2, 1), np.int64)
    assert count_up(one, 10) == _count_up(other, 10) == 9
    assert one[0] == other[0] == 10


def test_a_thread_may_give_way():
    assert yield_once()
