"""Adam, and the schedules of its learning rate."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float, one_of, positive, require

# (step, steps) -> factor of the learning rate at `step` = 0, …, steps − 1.
Schedule = Callable[[int, int], float]


def constant(step: int, steps: int) -> float:  # noqa: ARG001 - one signature for every schedule
    """1 throughout."""
    return 1.0


def cosine(step: int, steps: int) -> float:
    """From 1 at the first step towards 0 after the last: ½(1 + cos(π step/steps))."""
    return (1 + math.cos(math.pi * step / steps)) / 2


SCHEDULES: dict[str, Schedule] = {"constant": constant, "cosine": cosine}


def schedule_named(name: str) -> Schedule:
    """The schedule called `name`; ValueError with the known names otherwise."""
    return SCHEDULES[one_of("schedule", name, SCHEDULES)]


@jit
def adam_step(
    theta: Float,
    gradient: Float,
    first: Float,
    second: Float,
    step: int,
    learning_rate: float,
    decay1: float,
    decay2: float,
    floor: float,
) -> None:
    """Update `theta` and the two moment averages in place; `step` counts from 1."""
    correction1 = 1 - decay1**step
    correction2 = 1 - decay2**step
    for i in range(theta.size):
        first[i] = decay1 * first[i] + (1 - decay1) * gradient[i]
        second[i] = decay2 * second[i] + (1 - decay2) * gradient[i] ** 2
        theta[i] -= learning_rate * (first[i] / correction1) / (math.sqrt(second[i] / correction2) + floor)


class AdamState(NamedTuple):
    """The parameters and the two running moments, all (p,), with the constants: what a compiled loop moves."""

    theta: Float
    first: Float
    second: Float
    decay1: float
    decay2: float
    floor: float


class Adam:
    """Adam (Kingma and Ba, arXiv 1412.6980): a position with running moments of the gradient.

    `learning_rate` bounds the size of a step in each coordinate (up to a small factor); `decays` weigh the
    past of the first and the second moment; `floor` keeps the quotient finite at zero gradients.
    """

    def __init__(
        self,
        start: Float,
        learning_rate: float,
        decays: tuple[float, float] = (0.9, 0.999),
        floor: float = 1e-8,
    ) -> None:
        """Raises ValueError unless learning_rate > 0, floor > 0 and both decays lie in [0, 1)."""
        self.learning_rate = positive("learning_rate", learning_rate)
        positive("floor", floor)
        inside = all(0 <= decay < 1 for decay in decays)
        require(inside, "decays", decays, "lie in [0, 1)", "the usual choice is (0.9, 0.999)")
        theta = np.array(start, dtype=np.float64)
        first, second = np.zeros_like(theta), np.zeros_like(theta)
        # The position itself; who moves it counts `n_steps`.
        self.state = AdamState(theta, first, second, float(decays[0]), float(decays[1]), float(floor))
        self.n_steps = 0

    @property
    def parameters(self) -> Float:
        """A copy of the current position."""
        return self.state.theta.copy()

    def step(self, gradient: Float, factor: float = 1.0) -> None:
        """Move against `gradient`, shape of the parameters, with `factor` times the learning rate."""
        self.n_steps += 1
        theta, first, second, *constants = self.state
        adam_step(theta, gradient, first, second, self.n_steps, factor * self.learning_rate, *constants)
