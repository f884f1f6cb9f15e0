"""How do nonlinearities act on rows in place, and how do gradients pass back through them?"""

import math

from simsuff.encoders.softmax_rows import pull_softmax_rows, softmax_rows
from simsuff.kernels.jit import jit
from simsuff.numerics.validation import Float

# Numbers instead of names, so that one compiled loop serves them all.
HIDDEN_CODES = {"tanh": 0, "relu": 1}
OUTPUT_CODES = {"linear": 0, "softmax": 1, "softplus": 2}


@jit
def apply_hidden(x: Float, code: int) -> None:
    """Each entry to its tanh (0) or its positive part (1)."""
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            if code == 0:
                x[i, k] = math.tanh(x[i, k])
            elif x[i, k] < 0:
                x[i, k] = 0.0


@jit
def pull_hidden(y: Float, cotangents: Float, code: int) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, from the output y."""
    for i in range(y.shape[0]):
        for k in range(y.shape[1]):
            if code == 0:
                cotangents[i, k] *= (1 - y[i, k]) * (1 + y[i, k])
            elif not y[i, k] > 0:
                cotangents[i, k] = 0.0


@jit
def apply_output(x: Float, code: int) -> None:
    """Nothing (0), the softmax of each row (1), or log(1 + exp x) of each entry (2)."""
    if code == 1:
        softmax_rows(x)
    elif code == 2:
        for i in range(x.shape[0]):
            for k in range(x.shape[1]):
                x[i, k] = max(x[i, k], 0.0) + math.log1p(math.exp(-abs(x[i, k])))


@jit
def pull_output(y: Float, cotangents: Float, code: int) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, from the output y."""
    if code == 1:
        pull_softmax_rows(y, cotangents)
    elif code == 2:
        # The slope is 1/(1 + e^{−x}) = 1 − e^{−y}.
        for i in range(y.shape[0]):
            for k in range(y.shape[1]):
                cotangents[i, k] *= -math.expm1(-y[i, k])
