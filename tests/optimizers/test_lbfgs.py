"""Does L-BFGS reach the minimiser, and does it never claim more than it reached?"""

import numpy as np
import pytest

from simsuff.optimizers import Status, default_tolerance, lbfgs

SCALES = np.array([1e4, 1.0, 1e-2])


def convex(theta):
    """Σ cosh-like bowls of very different curvature, minimiser at 0, value 1 there."""
    return 1.0 + float(np.sum(SCALES * (np.cosh(theta) - 1))), SCALES * np.sinh(theta)


def test_reaches_the_minimiser_and_tells_the_truth_about_the_gradient():
    outcome = lbfgs(convex, np.array([0.5, -1.0, 2.0]))
    assert outcome.status is Status.CONVERGED
    value, gradient = convex(outcome.point.parameters)
    assert outcome.point.value == value
    assert outcome.point.gradient_norm == np.abs(gradient).max() <= default_tolerance(value)


def test_polish_goes_beyond_the_rounding_of_values():
    # ½·1e4·θ² + 1 hides gradients below √(2·1e4·ε) ≈ 2e-6 from any comparison of values.
    outcome = lbfgs(convex, np.array([0.5, -1.0, 2.0]), tolerance=1e-11)
    assert outcome.status is Status.CONVERGED
    assert outcome.point.gradient_norm <= 1e-11


def test_history_has_one_entry_for_each_step():
    seen = []
    outcome = lbfgs(convex, np.ones(3), callback=seen.append)
    assert outcome.n_steps == len(seen) == outcome.history.values.size == outcome.history.gradient_norms.size
    assert outcome.history.values[-1] == outcome.point.value
    assert outcome.history.gradient_norms[-1] == outcome.point.gradient_norm
    np.testing.assert_array_equal([p.value for p in seen], outcome.history.values)


def test_a_start_at_the_minimum_takes_no_step():
    outcome = lbfgs(convex, np.zeros(3))
    assert (outcome.status, outcome.n_steps, outcome.point.gradient_norm) == (Status.CONVERGED, 0, 0.0)


def test_max_steps():
    outcome = lbfgs(convex, np.ones(3), max_steps=2)
    assert (outcome.status, outcome.n_steps) == (Status.MAX_STEPS, 2)
    assert outcome.point.gradient_norm > default_tolerance(outcome.point.value)


def test_line_search_failed_where_value_and_gradient_contradict_each_other():
    outcome = lbfgs(lambda theta: (float(theta @ theta), -2 * theta), np.ones(2))
    assert outcome.status is Status.LINE_SEARCH_FAILED
    assert outcome.point.gradient_norm == 2


def test_an_unreachable_tolerance_is_not_claimed():
    # A gradient that carries noise of 1e-6 cannot meet 1e-9 honestly.
    def noisy(theta):
        noise = 1e-6 * np.cos(1e9 * theta)
        return float(np.sum(theta**2) / 2), theta + np.where(np.abs(noise) < 5e-7, 5e-7, noise)

    outcome = lbfgs(noisy, np.array([1.0, 0.3]), max_steps=200, tolerance=1e-9)
    assert outcome.status in {Status.LINE_SEARCH_FAILED, Status.MAX_STEPS}
    assert outcome.point.gradient_norm > 1e-9


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_not_finite_keeps_the_last_good_point(poison):
    def cliff(theta):
        # Steepest descent walks from 1 towards −∞ and over the edge at 0.
        return (float(theta[0]), np.ones(1)) if theta[0] > 0 else (poison, np.ones(1))

    outcome = lbfgs(cliff, np.array([1.5]))
    assert outcome.status is Status.NOT_FINITE
    assert outcome.point.parameters[0] > 0
    assert outcome.point.value == outcome.point.parameters[0]


def test_not_finite_at_the_start():
    outcome = lbfgs(lambda theta: (1.0, np.full_like(theta, np.nan)), np.ones(2))
    assert (outcome.status, outcome.n_steps) == (Status.NOT_FINITE, 0)
    np.testing.assert_array_equal(outcome.point.parameters, 1)
    assert np.isnan(outcome.point.value)
    assert np.isnan(outcome.point.gradient_norm)


def test_interrupted_keeps_the_last_good_point():
    calls = []

    def interrupted(theta):
        calls.append(theta)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return convex(theta)

    outcome = lbfgs(interrupted, np.ones(3))
    assert outcome.status is Status.INTERRUPTED
    assert outcome.point.value == convex(outcome.point.parameters)[0] < convex(np.ones(3))[0]


def test_a_saddle_is_reported_as_the_stationary_point_that_it_is():
    outcome = lbfgs(lambda theta: (float(theta[0] ** 2 - theta[1] ** 2), 2 * theta * [1, -1]), np.zeros(2))
    assert outcome.status is Status.CONVERGED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": np.array([np.nan])}, "start must be finite"),
        ({"start": np.ones(1), "max_steps": 0}, "max_steps must be an integer"),
        ({"start": np.ones(1), "tolerance": 0.0}, "tolerance must be positive"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        lbfgs(convex, **arguments)


def test_same_start_same_bytes():
    first, second = (lbfgs(convex, np.ones(3)) for _ in range(2))
    assert first.point.parameters.tobytes() == second.point.parameters.tobytes()
    assert first.history.values.tobytes() == second.history.values.tobytes()
