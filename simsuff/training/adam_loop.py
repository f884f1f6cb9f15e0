"""Adam on a stream of mini-batches: one step after the other in the interpreter, or whole slices of steps compiled.

Compiled code runs in slices, so that Ctrl-C, a callback and the loss's own errors have their turn.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from simsuff.encoders.compiled import compiled_encoder, forward, pullback
from simsuff.encoders.protocol import Encoder
from simsuff.kernels.jit import jit
from simsuff.kernels.sparse_rows import SparseRows
from simsuff.kernels.tables import largest
from simsuff.losses.registry import compiled_loss, loss_gradients
from simsuff.models.base import Pairs, draw
from simsuff.numerics.validation import Float, Integer
from simsuff.optimizers.adam import Adam, AdamState, Schedule, adam_step, constant
from simsuff.optimizers.objective import (
    Callback,
    History,
    NotFiniteError,
    Objective,
    Point,
    Status,
    evaluate,
)
from simsuff.training.objective import LARGEST_SCORE, Loss
from simsuff.training.sources import ModelSource, PairSource

# How long Ctrl-C may wait, in seconds.
SLICE = 0.05


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


class Buffers(NamedTuple):
    """A batch (z1, z2 of the form that the source fills), its embeddings and gradients (K, d), and what encoders keep."""

    z1: Any
    z2: Any
    u: Float
    v: Float
    du: Float
    dv: Float
    work1: Float
    work2: Float
    gradient: Float


class Record(NamedTuple):
    """Loss and gradient norm of each step, learning rates of all steps, and `done`[0], the steps completed so far."""

    rates: Float
    values: Float
    norms: Float
    done: Integer


@jit
def train(
    source: Any,
    encoder: Any,
    loss: Any,
    rng: np.random.Generator,
    buffers: Buffers,
    position: AdamState,
    record: Record,
    steps: int,
) -> bool:
    """Take `steps` steps; False where a step is left to the interpreter, with its batch drawn and nothing moved."""
    z1, z2, u, v, du, dv, work1, work2, gradient = buffers
    theta, first, second, decay1, decay2, floor = position
    for _ in range(steps):
        t = record.done[0]
        draw(source, rng, z1, z2)
        forward(encoder, theta, z1, 0, u, work1)
        forward(encoder, theta, z2, 1, v, work2)
        if not (largest(theta) < np.inf and u.shape[1] * largest(u) * largest(v) < LARGEST_SCORE):
            return False
        value = loss_gradients(loss, u, v, du, dv)
        if not np.isfinite(value):
            return False
        gradient[:] = 0.0
        pullback(encoder, theta, z1, 0, u, du, gradient, work1)
        pullback(encoder, theta, z2, 1, v, dv, gradient, work2)
        norm = largest(gradient)
        if not norm < np.inf:
            return False
        adam_step(theta, gradient, first, second, t + 1, record.rates[t], decay1, decay2, floor)
        record.values[t], record.norms[t] = value, norm
        record.done[0] = t + 1
    return True


class Plan(NamedTuple):
    """The parts of a compiled loop."""

    draws: Any
    encoder: Any
    loss: Any
    buffers: Buffers


def planned(
    data: PairSource | ModelSource, encoder: Encoder, loss: Loss, options: dict[str, Any]
) -> Plan | None:
    """The compiled form of a training run; None where a part is not known to compiled code, or not valid."""
    form, chosen = compiled_encoder(encoder), compiled_loss(loss, options)
    if form is None or chosen is None:
        return None
    source = data.compiled(form)
    if source is None:
        return None
    draws, z1, z2 = source
    u, v, du, dv = (np.empty((data.size, form.width)) for _ in range(4))
    work1, work2 = (np.empty(data.size * form.work) for _ in range(2))
    gradient = np.empty(encoder.parameters.size)
    buffers = Buffers(z1, z2, u, v, du, dv, work1, work2, gradient)
    return Plan(draws, form.map, chosen, buffers)


def compiled_adam_loop(
    plan: Plan,
    rng: np.random.Generator,
    objective_on: Callable[[Pairs], Objective],
    position: Adam,
    steps: int,
    callback: Callback | None,
    schedule: Schedule = constant,
) -> tuple[Status, History]:
    """Do what `adam_loop` does on the stream of `plan`, to the same results up to rounding.

    Slice after slice until all steps are done; what compiled code leaves is done by the interpreter.
    """
    rates = np.array([position.learning_rate * schedule(t, steps) for t in range(steps)])
    record = Record(rates, np.empty(steps), np.empty(steps), np.zeros(1, dtype=np.int64))
    status = Status.MAX_STEPS
    # The next slice aims at `SLICE` seconds, with at most four times as many steps; the first call may compile.
    length, most, is_first = 1, 1 if callback is not None else steps, True
    try:
        while (left := steps - int(record.done[0])) > 0:
            before = position.parameters if callback is not None else None
            length = min(length, left)
            start = perf_counter()
            finished = train(*plan[:3], rng, plan.buffers, position.state, record, length)
            growth = 4.0 if is_first else min(4.0, SLICE / max(perf_counter() - start, 1e-9))
            length, is_first = max(1, min(int(growth * length), most)), False
            if not finished:
                point = _interpreted_step(plan, objective_on, position, record)
            elif before is not None:
                last = int(record.done[0]) - 1
                point = Point(before, float(record.values[last]), plan.buffers.gradient.copy())
            if callback is not None:
                callback(point)
    except NotFiniteError:
        status = Status.NOT_FINITE
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    done = position.n_steps = int(record.done[0])
    return status, History(record.values[:done].copy(), record.norms[:done].copy())


def _interpreted_step(
    plan: Plan, objective_on: Callable[[Pairs], Objective], position: Adam, record: Record
) -> Point:
    """One step on the batch that compiled code did not finish, with the errors of the loss itself."""
    step = position.n_steps = int(record.done[0])
    views = plan.buffers.z1, plan.buffers.z2
    batch = Pairs(*(z.table() if isinstance(z, SparseRows) else z for z in views))
    point = evaluate(objective_on(batch), position.parameters)
    position.step(point.gradient, record.rates[step] / position.learning_rate)
    record.values[step], record.norms[step] = point.value, point.gradient_norm
    record.done[0] += 1
    return point
