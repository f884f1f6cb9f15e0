"""Are Adam's steps those of its definition?"""

import numpy as np
import pytest

from simsuff.optimizers import SCHEDULES, Adam
from simsuff.optimizers.adam import adam_step


def by_definition(theta, gradients, rate, decay1=0.9, decay2=0.999, floor=1e-8):
    """The recursion of arXiv 1412.6980, Algorithm 1, line by line."""
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        m = decay1 * m + (1 - decay1) * g
        v = decay2 * v + (1 - decay2) * g**2
        theta = theta - rate * (m / (1 - decay1**t)) / (np.sqrt(v / (1 - decay2**t)) + floor)
    return theta


def test_steps_follow_the_definition():
    rng = np.random.default_rng(0)
    start, gradients = rng.standard_normal(3), rng.standard_normal((7, 3))
    adam = Adam(start, 0.1)
    for gradient in gradients:
        adam.step(gradient)
    # A dozen operations in each of 7 steps, one rounding each, on numbers of order one.
    assert (
        np.abs(adam.parameters - by_definition(start, gradients, 0.1)).max() <= 7 * 12 * np.finfo(float).eps
    )
    assert adam.n_steps == 7


def test_the_start_is_not_changed_and_parameters_are_a_copy():
    start = np.ones(2)
    adam = Adam(start, 0.1)
    adam.parameters[:] = 7
    adam.step(np.ones(2))
    np.testing.assert_array_equal(start, 1)
    assert adam.parameters.max() < 1


def test_zero_gradient_does_not_move():
    adam = Adam(np.ones(2), 0.1)
    adam.step(np.zeros(2))
    np.testing.assert_array_equal(adam.parameters, 1)


def test_compiled_kernel_is_its_plain_self():
    rng = np.random.default_rng(1)
    states = [np.abs(rng.standard_normal((4, 5))) for _ in range(1)] * 2
    results = []
    for kernel, (theta, gradient, first, second) in zip((adam_step, adam_step.py_func), states, strict=True):
        parts = theta.copy(), gradient, first.copy(), second.copy()
        kernel(*parts, 3, 0.01, 0.9, 0.999, 1e-8)
        results.append(np.array(parts))
    # pow and the order of multiplications may differ by a rounding between compilers.
    np.testing.assert_array_max_ulp(*results, maxulp=8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"learning_rate": np.nan}, "learning_rate must be positive"),
        ({"learning_rate": 0.1, "decays": (0.9, 1.0)}, "decays must lie in"),
        ({"learning_rate": 0.1, "floor": 0.0}, "floor must be positive"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Adam(np.zeros(2), **arguments)


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
