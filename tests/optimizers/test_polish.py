"""Does a Newton step shrink the gradient, leave gauge directions alone, and refuse to wander off?"""

import numpy as np

from simsuff.optimizers.objective import Recorder
from simsuff.optimizers.polish import newton_step


def step_from(objective, theta):
    recorder = Recorder(objective, np.asarray(theta, dtype=float))
    return newton_step(recorder, recorder.begin(np.asarray(theta, dtype=float)))


def test_a_quadratic_is_solved_to_a_tenth():
    scales = np.array([1e4, 1.0])
    # Near the minimum, where polishing starts, the value stays the same to half of its digits.
    reached = step_from(lambda t: (1 + float(scales @ t**2) / 2, scales * t), [1e-7, 1e-7])
    assert np.abs(scales * reached).max() <= 0.1 * np.linalg.norm(scales * 1e-7)


def test_a_direction_that_changes_nothing_stays_out():
    ones = np.ones(2)
    reached = step_from(lambda t: (float(t.sum() ** 2), 2 * t.sum() * ones), [1e-6, 3e-6])
    # The difference t₀ − t₁ is the gauge: it moves by the rounding of the Hessian products only.
    assert abs(reached[1] - reached[0] - 2e-6) <= np.sqrt(np.finfo(float).eps) * 2e-6


def test_a_step_that_raises_the_value_is_refused():
    # Near the inflection of a well the curvature is small and Newton leaps to the far plateau: no gradient there,
    # but a higher value.
    def well(t):
        return 1 - float(np.exp(-(t @ t) / 2)), t * np.exp(-(t @ t) / 2)

    assert step_from(well, [0.95]) is None


def test_a_hill_is_not_climbed():
    # The very top has no gradient either, but no curvature leads there downhill.
    assert step_from(lambda t: (float(-(t @ t)) / 2, -t), [0.1]) is None


def test_a_gradient_of_pure_noise_is_refused():
    assert step_from(lambda t: (0.0, np.ones_like(t)), [0.0, 1.0]) is None
