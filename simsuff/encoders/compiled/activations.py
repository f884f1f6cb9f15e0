"""How do nonlinearities act on rows in place, and how do gradients pass back through them?"""

import math

import numpy as np

from simsuff.numerics.elementary import exp
from simsuff.numerics.jit import jit
from simsuff.numerics.validation import Float
from simsuff.numerics.wide import wide

# Numbers instead of names, so that one compiled loop serves them all.
HIDDEN_CODES = {"tanh": 0, "relu": 1}
OUTPUT_CODES = {"linear": 0, "softmax": 1, "softplus": 2}


def _exp_all(x: Float) -> None:
    wide()
    for i in range(x.size):
        x[i] = exp(x[i])


exp_all = jit(_exp_all)


def _softmax_rows(x: Float) -> None:
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


softmax_rows = jit(_softmax_rows)


def _pull_softmax_rows(law: Float, cotangents: Float) -> None:
    """Turn ∂L/∂law into ∂L/∂x in place, from the softmax `law` of x."""
    for i in range(law.shape[0]):
        mean = 0.0
        for k in range(law.shape[1]):
            mean += law[i, k] * cotangents[i, k]
        for k in range(law.shape[1]):
            cotangents[i, k] = law[i, k] * (cotangents[i, k] - mean)


pull_softmax_rows = jit(_pull_softmax_rows)


def _apply_hidden(x: Float, code: int) -> None:
    """Each entry to its tanh (0) or its positive part (1)."""
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            if code == 0:
                x[i, k] = math.tanh(x[i, k])
            elif x[i, k] < 0:
                x[i, k] = 0.0


apply_hidden = jit(_apply_hidden)


def _pull_hidden(y: Float, cotangents: Float, code: int) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, from the output y."""
    for i in range(y.shape[0]):
        for k in range(y.shape[1]):
            if code == 0:
                cotangents[i, k] *= (1 - y[i, k]) * (1 + y[i, k])
            elif not y[i, k] > 0:
                cotangents[i, k] = 0.0


pull_hidden = jit(_pull_hidden)


def _apply_output(x: Float, code: int) -> None:
    """Nothing (0), the softmax of each row (1), or log(1 + exp x) of each entry (2)."""
    if code == 1:
        softmax_rows(x)
    elif code == 2:
        for i in range(x.shape[0]):
            for k in range(x.shape[1]):
                x[i, k] = max(x[i, k], 0.0) + math.log1p(math.exp(-abs(x[i, k])))


apply_output = jit(_apply_output)


def _pull_output(y: Float, cotangents: Float, code: int) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, from the output y."""
    if code == 1:
        pull_softmax_rows(y, cotangents)
    elif code == 2:
        # The slope is 1/(1 + e^{−x}) = 1 − e^{−y}.
        for i in range(y.shape[0]):
            for k in range(y.shape[1]):
                cotangents[i, k] *= -math.expm1(-y[i, k])


pull_output = jit(_pull_output)
