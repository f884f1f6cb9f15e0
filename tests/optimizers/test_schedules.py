"""Does a schedule start at the full rate and end where it says?"""

import numpy as np
import pytest

from simsuff.optimizers import SCHEDULES, Adam


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_start_at_one_and_never_rise(name):
    factors = np.array([SCHEDULES[name](step, 50) for step in range(50)])
    assert factors[0] == 1
    assert (np.diff(factors) <= 0).all()
    assert (factors > 0).all()


def test_cosine_falls_along_its_formula():
    factors = [SCHEDULES["cosine"](step, 4) for step in range(4)]
    np.testing.assert_allclose(factors, [1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2], rtol=1e-15)


def test_the_factor_scales_the_step():
    positions = [Adam(np.zeros(2), 0.1) for _ in range(2)]
    positions[0].step(np.array([1.0, -2.0]))
    positions[1].step(np.array([1.0, -2.0]), 0.25)
    np.testing.assert_allclose(positions[1].parameters, positions[0].parameters / 4, rtol=1e-15)
