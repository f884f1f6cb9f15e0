"""Does a thread find out where it runs, and leave when it may?"""

import os

import pytest

from simsuff.kernels.processors import UNKNOWN, current_processor, leave

known = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system does not tell")


@known
def test_a_thread_runs_where_it_may():
    assert current_processor() in os.sched_getaffinity(0)


@known
def test_leaving_changes_nothing_but_the_processor():
    allowed = os.sched_getaffinity(0)
    moved = 0
    for _ in range(50):
        here = current_processor()
        leave(here)
        moved += current_processor() != here
        assert os.sched_getaffinity(0) == allowed
    assert moved > 0 or len(allowed) == 1


@known
def test_a_thread_that_may_use_one_processor_stays():
    allowed = os.sched_getaffinity(0)
    here = current_processor()
    try:
        os.sched_setaffinity(0, {here})
        leave(here)
        assert os.sched_getaffinity(0) == {here}
    finally:
        os.sched_setaffinity(0, allowed)


def test_nobody_leaves_an_unknown_processor():
    leave(UNKNOWN)
