"""Points of an objective, why an optimizer stopped, and a record of the way."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

import numpy as np

from simsuff.numerics.validation import Float

# θ ↦ (value, gradient).
Objective = Callable[[Float], tuple[float, Float]]

EPS = float(np.finfo(np.float64).eps)

# Step of central differences of a gradient, relative to the parameters: balances the error h² against ε/h.
STEP = EPS ** (1 / 3)

# A Newton step solved to a tenth reduces the gradient about tenfold.
RESIDUAL = 0.1

# Entries of a gradient that shrank so much have been minimised over; directions to look into where some did not.
SHRUNK, DIRECTIONS = 1e-3, 5


class Status(Enum):
    """The reason why training stopped; only `CONVERGED` claims a stationary point."""

    CONVERGED = "converged"
    MAX_STEPS = "max_steps"
    LINE_SEARCH_FAILED = "line_search_failed"
    NOT_FINITE = "not_finite"
    INTERRUPTED = "interrupted"


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

    def measured_in(self, units: Float) -> "Point":
        """The same point with its parameters, and so its gradient, in these units."""
        return Point(self.parameters / units, self.value, self.gradient * units)

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


def measured_in(objective: Objective, units: Float) -> Objective:
    """The objective as a function of θ/units; powers of two round nothing."""

    def measured(x: Float) -> tuple[float, Float]:
        value, gradient = objective(units * x)
        return value, units * gradient

    return measured


def curvature(objective: Objective, theta: Float, direction: Float) -> Float:
    """The Hessian at `theta` times `direction`, by central differences of a step relative to the size of `theta`."""
    size = float(np.linalg.norm(theta)) or 1.0
    step = STEP * size / float(np.linalg.norm(direction)) * direction
    change = evaluate(objective, theta + step).gradient - evaluate(objective, theta - step).gradient
    product: Float = change * (float(np.linalg.norm(direction)) / (2 * STEP * size))
    return product


def newton_direction(
    objective: Objective, point: Point, most: int, enough: float = np.inf
) -> tuple[Float, float]:
    """Solve H·step = −gradient by conjugate gradients; the step, and by how much a parabola falls along it.

    Ends after `most` directions, at a tenth of the gradient, once the fall exceeds `enough`, and at the first direction
    without positive curvature, along which a parabola falls for ever. SciPy's solver goes on through a saddle and
    divides by a vanishing curvature, so the loop is written out. Directions that change nothing (rotations of W)
    carry no gradient and stay out.
    """
    step, fall = np.zeros_like(point.gradient), 0.0
    residual = -point.gradient
    direction = residual.copy()
    goal = RESIDUAL * float(np.linalg.norm(residual))
    for _ in range(most):
        length = float(np.linalg.norm(residual))
        if length <= goal or fall > enough:
            break
        bent = curvature(objective, point.parameters, direction)
        along = float(direction @ bent)
        if not along > 0:
            return step, np.inf
        reach = length * (length / along)
        step += reach * direction
        fall += reach * length * length / 2
        residual -= reach * bent
        direction = residual + (float(np.linalg.norm(residual)) / length) ** 2 * direction
    return step, fall


def visible(value: float) -> float:
    """The smallest change that shows in values like this one: the rounding of a few terms of order one, in nats."""
    return 8 * EPS * max(1.0, abs(value))


def fall_ahead(objective: Objective, point: Point, seen: Float) -> tuple[Float, float]:
    """`newton_direction` as far as it takes to tell whether the value can still fall visibly.

    The curvature along the gradient alone tells it, unless some entries of the gradient have hardly shrunk from the
    largest that were `seen`: parameters in other units than the rest may hide there, behind its rounding.
    """
    alone = (np.abs(point.gradient) <= SHRUNK * seen).all()
    return newton_direction(objective, point, 1 if alone else DIRECTIONS, visible(point.value))


def has_converged(point: Point, fall: float, tolerance: float | None) -> bool:
    """Is the gradient within `tolerance`, or, where that is None, the `fall_ahead` of the value no longer visible?

    No unit of the parameters or of the data enters. Where a curvature is not positive the fall is infinite: such a point
    is no minimiser, unless its gradient is exactly 0.
    """
    return fall <= visible(point.value) if tolerance is None else point.gradient_norm <= tolerance
