"""Elementary functions for compiled kernels that keep their digits."""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.numerics.jit import jit


def _logsumexp(values: NDArray[np.float64]) -> float:
    """log Σ exp(values) of a vector; -inf for all -inf, NaN where an entry is NaN."""
    top = -math.inf
    for value in values:
        if math.isnan(value):
            return math.nan
        top = max(top, value)
    if math.isinf(top):
        return top
    total = 0.0
    for value in values:
        total += math.exp(value - top)
    return top + math.log(total)


logsumexp = jit(_logsumexp)
