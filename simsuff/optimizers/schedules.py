"""How does the learning rate fall on the way, so that mini-batch noise does not keep the parameters moving?"""

import math
from collections.abc import Callable

from simsuff.numerics.validation import refuse

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
    if name not in SCHEDULES:
        raise refuse("schedule", name, f"be one of {', '.join(SCHEDULES)}", "pass one of these names")
    return SCHEDULES[name]
