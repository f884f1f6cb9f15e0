"""How does the house carry a Monte Carlo number? Always with its standard error and its sample size."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simsuff.numerics.validation import real_array, require


class Estimate(NamedTuple):
    """The mean of `n` independent draws with its standard error; signed, never clipped."""

    value: float
    stderr: float
    n: int

    @classmethod
    def from_samples(cls, samples: ArrayLike) -> "Estimate":
        """Mean and standard error of the independent draws `samples`, shape (n,), n ≥ 2."""
        draws = real_array("samples", samples, 1)
        require(
            draws.size >= 2, "samples", f"size = {draws.size}", "hold at least 2 draws", "raise the count"
        )
        return cls(float(draws.mean()), float(np.std(draws, ddof=1) / math.sqrt(draws.size)), draws.size)

    def scaled(self, factor: float) -> "Estimate":
        """The estimate of `factor` times the quantity."""
        return Estimate(factor * self.value, abs(factor) * self.stderr, self.n)
