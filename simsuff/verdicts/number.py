"""How far can a number be from the truth: rounding for a float, the stated error, or a Student interval?"""

import math

import numpy as np
from scipy.special import stdtrit

from simsuff.numerics.numbers import Bounded, Estimate

Number = float | Bounded | Estimate

# Both sides of an exact comparison are sums of at most a few thousand products. Pairwise and compensated sums
# lose a few ulp of the largest partial sum, plain loops lose about the square root of their length: 256 ulp of
# the largest magnitude covers both, and is still thirteen digits.
ROUNDING = 256 * float(np.finfo(np.float64).eps)


def value_of(number: Number) -> float:
    """The central value."""
    return float(number.value) if isinstance(number, Bounded | Estimate) else float(number)


def stderr_of(number: Number) -> float:
    """The standard error; 0 for numbers that are not estimates."""
    return float(number.stderr) if isinstance(number, Estimate) else 0.0


def half_width(number: Number, level: float) -> float:
    """Half the width of the interval that holds the truth, at two-sided error probability `level`."""
    if isinstance(number, Estimate):
        return student_quantile(number.n, level) * number.stderr
    return float(number.error) if isinstance(number, Bounded) else 0.0


def student_quantile(n: int, level: float) -> float:
    """The two-sided Student quantile for the mean of `n` draws; inf for a single draw."""
    return float(stdtrit(n - 1, 1 - level / 2)) if n > 1 else math.inf


def exactness(number: Number) -> str:
    """What the number is: ``exact``, ``± error`` or ``± standard error``, for tables."""
    if isinstance(number, Estimate):
        return f"± {number.stderr:.2g} (n = {number.n})"
    return f"within {number.error:.1g}" if isinstance(number, Bounded) else "exact"
