"""Which power law do the points follow? Least squares on logarithms, with its standard error."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Exponent(NamedTuple):
    """y ∝ x^slope, the standard error of the slope, and the slope between the last two points."""

    slope: float
    stderr: float
    last: float


def fitted_exponent(x: ArrayLike, y: ArrayLike) -> Exponent | None:
    """The exponent of positive points; None for fewer than three points, or where some y is not positive."""
    sizes, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(sizes) < 3 or not (values > 0).all():
        return None
    log_x, log_y = np.log(sizes), np.log(values)
    centred = log_x - log_x.mean()
    slope = centred @ log_y / (centred @ centred)
    rest = log_y - log_y.mean() - slope * centred
    stderr = np.sqrt(rest @ rest / (len(sizes) - 2) / (centred @ centred))
    last = (log_y[-1] - log_y[-2]) / (log_x[-1] - log_x[-2])
    return Exponent(float(slope), float(stderr), float(last))
