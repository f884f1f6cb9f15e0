"""Is an estimate the mean of its draws with its standard error?"""

import numpy as np
import pytest

from simsuff.numerics.estimate import Estimate


def test_mean_and_standard_error():
    estimate = Estimate.from_samples([1.0, 2.0, 4.0])
    assert estimate.value == pytest.approx(7 / 3)
    assert estimate.stderr == pytest.approx(np.std([1, 2, 4], ddof=1) / np.sqrt(3))
    assert estimate.n == 3


def test_negative_estimates_stay_negative():
    assert Estimate.from_samples([-1.0, -3.0]).scaled(0.5) == Estimate(-1.0, 0.5, 2)


def test_one_draw_has_no_standard_error():
    with pytest.raises(ValueError, match="samples must hold at least 2 draws"):
        Estimate.from_samples([1.0])
