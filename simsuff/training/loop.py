"""How does training run without the interpreter? Draw, embed, loss, pull back, move: one loop, compiled for its parts."""

from typing import Any, NamedTuple

import numpy as np

from simsuff.encoders.compiled import forward, pullback
from simsuff.kernels.jit import jit
from simsuff.losses.compiled import loss_gradients
from simsuff.models.drawing import draw
from simsuff.numerics.validation import Float, Integer
from simsuff.optimizers.adam import AdamState, adam_step
from simsuff.training.objective import LARGEST_SCORE


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
def largest(values: Float) -> float:
    """The largest absolute entry; NaN where one is NaN.

    The bits of non-negative doubles are in the order of their values, NaN above all, and integers have a maximum
    that vector units know.
    """
    bits = values.reshape(-1).view(np.int64)
    top = np.zeros(1, dtype=np.int64)
    most = top[0]
    for x in bits:
        most = max(most, x & 0x7FFFFFFFFFFFFFFF)
    top[0] = most
    return float(top.view(np.float64)[0])


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
