"""How far does a stream of mini-batches carry the parameters?"""

from collections.abc import Callable, Iterator
from itertools import islice

from simsuff.models.pairs import Pairs
from simsuff.optimizers.adam import Adam, Schedule, constant
from simsuff.optimizers.objective import Callback, History, NotFiniteError, Objective, Status, evaluate


def adam_loop(
    objective_on: Callable[[Pairs], Objective],
    stream: Iterator[Pairs],
    position: Adam,
    steps: int,
    callback: Callback | None,
    schedule: Schedule = constant,
) -> tuple[Status, History]:
    """Move `position` by up to `steps` steps, one batch of `stream` each, the learning rate times `schedule`.

    Returns why the loop ended, and the loss of each step's batch just before its step.
    """
    seen: list[tuple[float, float]] = []
    status = Status.MAX_STEPS
    try:
        for pairs in islice(stream, steps):
            point = evaluate(objective_on(pairs), position.parameters)
            position.step(point.gradient, schedule(len(seen), steps))
            seen.append((point.value, point.gradient_norm))
            if callback is not None:
                callback(point)
    except NotFiniteError:
        status = Status.NOT_FINITE
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    return status, History.of(seen)
