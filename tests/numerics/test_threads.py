"""Does the context leave BLAS one thread inside and the old number outside?"""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from simsuff.numerics.threads import one_blas_thread


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
