"""What has an optimizer seen so far, and where would it stand if it stopped now?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simsuff.numerics.validation import Float

# θ ↦ (value, gradient).
Objective = Callable[[Float], tuple[float, Float]]


class NotFiniteError(ArithmeticError):
    """The objective returned NaN or an infinity."""


class Point(NamedTuple):
    """A position with the value and the gradient of the objective there."""

    parameters: Float
    value: float
    gradient: Float

    @property
    def gradient_norm(self) -> float:
        """The largest absolute entry of the gradient."""
        return float(np.abs(self.gradient).max())


class History(NamedTuple):
    """The objective and the max-norm of its gradient, one entry for each step, arrays of one length."""

    values: Float
    gradient_norms: Float

    @classmethod
    def of(cls, points: list[tuple[float, float]]) -> "History":
        """The history of a list of (value, gradient norm)."""
        columns = np.array(points, dtype=np.float64).reshape(-1, 2)
        return cls(columns[:, 0].copy(), columns[:, 1].copy())


class Recorder:
    """An objective that refuses NaN and infinities, remembers its last point, and keeps the accepted ones."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._last: Point | None = None
        self.accepted: list[tuple[float, float]] = []
        self.best: Point | None = None

    def __call__(self, theta: Float) -> tuple[float, Float]:
        """Value and gradient at `theta`; raises NotFiniteError where either is not finite."""
        point = self.at(theta)
        return point.value, point.gradient.copy()

    def at(self, theta: Float) -> Point:
        """The point at `theta`, without a second evaluation of the last one."""
        if self._last is None or not np.array_equal(self._last.parameters, theta):
            value, gradient = self._objective(theta.copy())
            if not (np.isfinite(value) and np.isfinite(gradient).all()):
                raise NotFiniteError(f"objective = {value} and a gradient of {gradient}")
            self._last = Point(theta.copy(), float(value), np.array(gradient, dtype=np.float64))
        return self._last

    def begin(self, theta: Float) -> Point:
        """The point at `theta`, kept as the best so far although no step led to it."""
        self.best = self.at(theta)
        return self.best

    def accept(self, theta: Float) -> Point:
        """Record a completed step that ended at `theta`."""
        point = self.begin(theta)
        self.accepted.append((point.value, point.gradient_norm))
        return point
