"""What has an optimizer seen of its objective, and where does it stand if it stops now?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simsuff.numerics.validation import Float
from simsuff.optimizers.status import Status

# θ ↦ (value, gradient).
Objective = Callable[[Float], tuple[float, Float]]


class NotFiniteError(ArithmeticError):
    """The objective returned NaN or an infinity."""


class Point(NamedTuple):
    """A position with the value and the gradient of the objective there (NaN where they are not finite)."""

    parameters: Float
    value: float
    gradient: Float

    @property
    def gradient_norm(self) -> float:
        """The largest absolute entry of the gradient."""
        return float(np.abs(self.gradient).max())

    @classmethod
    def undefined(cls, theta: Float) -> "Point":
        """The point at `theta` where the objective is not finite or was not evaluated."""
        return cls(theta.copy(), float("nan"), np.full_like(theta, np.nan))


# Called with the point of each step, for progress.
Callback = Callable[[Point], None]


class History(NamedTuple):
    """The objective and the max-norm of its gradient, one entry for each step, arrays of one length."""

    values: Float
    gradient_norms: Float

    @classmethod
    def of(cls, points: list[tuple[float, float]]) -> "History":
        """The history of a list of (value, gradient norm)."""
        columns = np.array(points, dtype=np.float64).reshape(-1, 2)
        return cls(columns[:, 0].copy(), columns[:, 1].copy())


class Outcome(NamedTuple):
    """Where an optimizer stopped, why, and the values on the way."""

    point: Point
    status: Status
    history: History

    @property
    def n_steps(self) -> int:
        """The number of completed steps."""
        return self.history.values.size


def evaluate(objective: Objective, theta: Float) -> Point:
    """The point at `theta`; raises NotFiniteError where value or gradient is not finite."""
    value, gradient = objective(theta.copy())
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        raise NotFiniteError(f"objective = {value} with gradient {gradient}")
    return Point(theta.copy(), float(value), np.array(gradient, dtype=np.float64))


class Recorder:
    """An objective that keeps the accepted points and does not evaluate its last point twice."""

    def __init__(self, objective: Objective, start: Float) -> None:
        self._objective = objective
        self._last = self.best = Point.undefined(start)
        self.accepted: list[tuple[float, float]] = []

    def __call__(self, theta: Float) -> tuple[float, Float]:
        """Value and gradient at `theta`; raises NotFiniteError where either is not finite."""
        point = self.at(theta)
        return point.value, point.gradient.copy()

    def at(self, theta: Float) -> Point:
        """The point at `theta`."""
        known = np.isfinite(self._last.value) and np.array_equal(self._last.parameters, theta)
        if not known:
            self._last = evaluate(self._objective, theta)
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
