"""What is the softmax of rows, and how does a gradient pass back through it? In place, compiled or not."""

import numpy as np

from simsuff.kernels.elementary import exp
from simsuff.kernels.jit import jit
from simsuff.kernels.wide import wide
from simsuff.numerics.validation import Float


@jit
def exp_all(x: Float) -> None:
    wide()
    for i in range(x.size):
        x[i] = exp(x[i])


@jit
def softmax_rows(x: Float) -> None:
    """Each row to its softmax; NaN where a row holds NaN or +∞."""
    for i in range(x.shape[0]):
        top = -np.inf
        for k in range(x.shape[1]):
            top = max(top, x[i, k])
        for k in range(x.shape[1]):
            x[i, k] -= top
    exp_all(x.reshape(-1))
    for i in range(x.shape[0]):
        total = 0.0
        for k in range(x.shape[1]):
            total += x[i, k]
        for k in range(x.shape[1]):
            x[i, k] /= total


@jit
def pull_softmax_rows(law: Float, cotangents: Float) -> None:
    """Turn ∂L/∂law into ∂L/∂x in place, from the softmax `law` of x."""
    for i in range(law.shape[0]):
        mean = 0.0
        for k in range(law.shape[1]):
            mean += law[i, k] * cotangents[i, k]
        for k in range(law.shape[1]):
            cotangents[i, k] = law[i, k] * (cotangents[i, k] - mean)


@jit
def rescaled_softmax_rows(x: Float, bias: Float, scale: Float) -> None:
    """Each row to scale ∘ softmax(x + bias)."""
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            x[i, k] += bias[k]
    softmax_rows(x)
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            x[i, k] *= scale[k]


@jit
def pull_rescaled_rows(y: Float, scale: Float, cotangents: Float, bias: Float, log_scale: Float) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, y the result of `rescaled_softmax_rows`; adds to ∂L/∂`bias` and ∂L/∂`log_scale`.

    The cotangents may be wider than y: what lies there stays.
    """
    wide()
    for i in range(y.shape[0]):
        mean = 0.0
        for k in range(y.shape[1]):
            mean += y[i, k] * cotangents[i, k]
            log_scale[k] += y[i, k] * cotangents[i, k]
        for k in range(y.shape[1]):
            cotangents[i, k] = y[i, k] / scale[k] * (cotangents[i, k] * scale[k] - mean)
            bias[k] += cotangents[i, k]
