"""Does L-BFGS reach the minimiser, and does it never claim more than it reached?"""

import numpy as np
import pytest

from simsuff.optimizers import Status, lbfgs
from simsuff.optimizers.lbfgs import Recorder, newton_step
from simsuff.optimizers.objective import EPS, evaluate, fall_ahead, has_converged, visible

SCALES = np.array([1e4, 1.0, 1e-2])


def convex(theta):
    """Σ cosh-like bowls of very different curvature, minimiser at 0, value 1 there."""
    return 1.0 + float(np.sum(SCALES * (np.cosh(theta) - 1))), SCALES * np.sinh(theta)


def test_reaches_the_minimiser_and_tells_the_truth_about_the_gradient():
    outcome = lbfgs(convex, np.array([0.5, -1.0, 2.0]))
    assert outcome.status is Status.CONVERGED
    value, gradient = convex(outcome.point.parameters)
    assert outcome.point.value == value
    assert outcome.point.gradient_norm == np.abs(gradient).max()
    # A Newton step from there: ½ Σ g²/H.
    assert np.sum(gradient**2 / (SCALES * np.cosh(outcome.point.parameters))) / 2 <= 1e3 * visible(value)


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
    assert outcome.point.gradient_norm > 1e-3


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
        if len(calls) == 8:
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


UNITS = [2.0**-27, 2.0**-13, 1.0, 2.0**13, 2.0**27]


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_of_the_parameters_makes_no_difference(unit):
    """θ ↦ f(θ/unit) from unit·θ: powers of two round nothing, so the same steps lead to the same point."""
    plain = lbfgs(convex, np.array([0.5, -1.0, 2.0]))
    other = lbfgs(
        lambda t: (convex(t / unit)[0], convex(t / unit)[1] / unit), unit * np.array([0.5, -1.0, 2.0])
    )
    assert (other.status, other.n_steps) == (Status.CONVERGED, plain.n_steps)
    np.testing.assert_array_equal(other.point.parameters, unit * plain.point.parameters)


@pytest.mark.parametrize("unit", UNITS)
def test_near_a_saddle_nothing_has_converged(unit):
    """(θ₀² − unit²)²/unit⁴ + θ₁²/unit² has a saddle at 0; a start ever so near it is no minimiser."""

    def double_well(theta):
        a, b = theta / unit
        return float((a * a - 1) ** 2 + b * b), np.array([4 * a * (a * a - 1), 2 * b]) / unit

    for start in (1e-9, 1e-5, 1.0):
        outcome = lbfgs(double_well, np.array([start * unit, 0.0]))
        assert outcome.status is Status.CONVERGED
        assert abs(abs(outcome.point.parameters[0] / unit) - 1) <= 1e-6


def test_parameters_in_small_units_do_not_hide_behind_those_in_large_ones():
    """The second gradient is far below the rounding of the first, and yet the value can fall by a half."""

    def two_units(theta):
        a, b = theta[0] - 1, 1e-8 * theta[1] - 1
        return float(a * a + b * b / 2), np.array([2 * a + 1e-12, 1e-8 * b])

    point = evaluate(two_units, np.array([1.0, 0.0]))
    for seen, expected in ((np.zeros(2), False), (np.array([1.0, 1e-8]), False)):
        fall = fall_ahead(two_units, point, seen)[1]
        assert has_converged(point, fall, None) is expected


def test_a_minimiser_is_recognised_without_a_step():
    reached = lbfgs(convex, np.array([0.5, -1.0, 2.0]), tolerance=1e-11).point.parameters
    again = lbfgs(convex, reached)
    assert (again.status, again.n_steps) == (Status.CONVERGED, 0)


def step_from(objective, theta):
    start = np.asarray(theta, dtype=float)
    recorder = Recorder(objective, start, np.ones_like(start))
    return newton_step(recorder, recorder.begin(start))


def test_a_quadratic_is_solved_to_a_tenth():
    scales = np.array([1e4, 1.0])
    # Near the minimum, where polishing starts, the value stays the same to half of its digits.
    reached = step_from(lambda t: (1 + float(scales @ t**2) / 2, scales * t), [1e-7, 1e-7])
    assert np.abs(scales * reached).max() <= 0.1 * np.linalg.norm(scales * 1e-7)


def test_a_direction_that_changes_nothing_stays_out():
    ones = np.ones(2)
    reached = step_from(lambda t: (float(t.sum() ** 2), 2 * t.sum() * ones), [1e-6, 3e-6])
    # The difference t₀ − t₁ is the gauge: it moves by the rounding of the Hessian products only.
    assert abs(reached[1] - reached[0] - 2e-6) <= np.sqrt(EPS) * 2e-6


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
