"""L-BFGS to the true minimiser of a smooth objective, finished by Newton steps, in units of the problem's own."""

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from simsuff.numerics.validation import Float, integer, positive, real_array
from simsuff.optimizers.objective import (
    EPS,
    Callback,
    History,
    NotFiniteError,
    Objective,
    Outcome,
    Point,
    Status,
    evaluate,
    fall_ahead,
    has_converged,
    measured_in,
    newton_direction,
    visible,
)

# Pairs of past steps that L-BFGS remembers; more than its usual 10 because the problems are small.
MEMORY = 20

# A first step that lowers the value, or changes nothing that shows, is tried so many times longer, at most so often.
STRETCH, ATTEMPTS = 4.0, 60

# A Newton step that does not even halve the gradient has met its rounding.
PROGRESS = 0.5


class Recorder:
    """An objective of θ/units that keeps the accepted points and does not evaluate its last point twice."""

    def __init__(self, objective: Objective, start: Float, units: Float) -> None:
        self._objective, self._units = measured_in(objective, units), units
        self._last = self.best = Point.undefined(start / units)
        self.accepted: list[tuple[float, float]] = []
        self.seen = np.zeros_like(start)

    def __call__(self, theta: Float) -> tuple[float, Float]:
        """Value and gradient at `theta`; raises NotFiniteError where either is not finite."""
        point = self.at(theta)
        return point.value, point.gradient.copy()

    def plain(self, point: Point) -> Point:
        """A point in the units of the caller."""
        return point.measured_in(1 / self._units)

    def at(self, theta: Float) -> Point:
        """The point at `theta`."""
        known = np.isfinite(self._last.value) and np.array_equal(self._last.parameters, theta)
        if not known:
            self._last = evaluate(self._objective, theta)
        return self._last

    def begin(self, theta: Float) -> Point:
        """The point at `theta`, kept as the best so far although no step led to it."""
        self.best = self.at(theta)
        self.seen = np.maximum(self.seen, np.abs(self.best.gradient))
        return self.best

    def accept(self, theta: Float, callback: Callback | None) -> Point:
        """Record a completed step that ended at `theta`."""
        point = self.begin(theta)
        plain = self.plain(point)
        self.accepted.append((plain.value, plain.gradient_norm))
        if callback is not None:
            callback(plain)
        return point


def lbfgs(
    objective: Objective,
    start: Float,
    max_steps: int = 10_000,
    tolerance: float | None = None,
    callback: Callback | None = None,
    units: Float | None = None,
) -> Outcome:
    """Drive `objective` to a stationary point by L-BFGS, restarted until nothing moves, then Newton steps.

    Parameters
    ----------
    objective
        θ ↦ (value, gradient).
    start
        The first θ, shape (p,).
    max_steps
        Limit on the number of accepted steps over all restarts.
    tolerance
        Max-norm of the gradient that counts as converged; None means that no step along the gradient can lower the
        value visibly (`fall_ahead`), whatever the units of the parameters.
    callback
        Called with each accepted point.
    units
        The sizes that the parameters naturally have, shape (p,), powers of two; None means 1. Steps are taken in θ/units,
        so that parameters of very different sizes count alike. Tolerance, callback and outcome are about θ itself.

    Returns
    -------
    Outcome
        Its status is `CONVERGED` only where the gradient at the returned point meets the tolerance,
        `LINE_SEARCH_FAILED` where a fresh start from the last point decreases neither value nor gradient
        and a Newton step does not either,
        `INTERRUPTED` after Ctrl-C (the caller decides whether to raise it again).

    Examples
    --------
    >>> lbfgs(lambda theta: (float(theta @ theta), 2 * theta), np.ones(2)).status
    <Status.CONVERGED: 'converged'>
    """
    theta = real_array("start", start, 1)
    integer("max_steps", max_steps, 1, "allow at least one step")
    if tolerance is not None:
        positive("tolerance", tolerance)
    units = np.ones_like(theta) if units is None else real_array("units", units, 1)
    recorder = Recorder(objective, theta, units)
    try:
        status = _search(recorder, theta / units, max_steps, tolerance, callback)
    except NotFiniteError:
        status = Status.NOT_FINITE
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    return Outcome(recorder.plain(recorder.best), status, History.of(recorder.accepted))


def _search(
    recorder: Recorder, start: Float, max_steps: int, tolerance: float | None, callback: Callback | None
) -> Status:
    """Run L-BFGS from `start`, again from where it stalls, then Newton steps, until a reason to stop holds."""
    point = recorder.begin(start)
    stalled = False
    while True:
        if tolerance is not None and recorder.plain(point).gradient_norm <= tolerance:
            return Status.CONVERGED
        ahead, fall = fall_ahead(recorder, point, recorder.seen)
        if has_converged(recorder.plain(point), fall, tolerance):
            return Status.CONVERGED
        left = max_steps - len(recorder.accepted)
        if left <= 0:
            return Status.MAX_STEPS
        before = point
        if not stalled:
            _run(recorder, before, _first_step(recorder, before, ahead), left, tolerance, callback)
            point = recorder.best
            stalled = (point.value, point.gradient_norm) >= (before.value, before.gradient_norm)
        elif (reached := newton_step(recorder, before)) is not None:
            point = recorder.accept(reached, callback)
        else:
            return Status.LINE_SEARCH_FAILED


def _run(
    recorder: Recorder,
    start: Point,
    first_step: float,
    max_steps: int,
    tolerance: float | None,
    callback: Callback | None,
) -> None:
    """One run of SciPy's L-BFGS-B without bounds; the recorder keeps what was accepted.

    Its first step has length 1, so the parameters are measured in `first_step`, as a power of two, which rounds nothing.
    """
    unit = 2.0 ** np.round(np.log2(first_step))
    last = start

    def on_step(intermediate_result: OptimizeResult) -> None:
        nonlocal last
        before, last = last, recorder.accept(unit * intermediate_result.x, callback)
        step, change = last.parameters - before.parameters, last.gradient - before.gradient
        # The curvature along the step stands for that along the gradient, which `fall_ahead` measures.
        bent, length = float(step @ change), float(np.linalg.norm(step) * np.linalg.norm(last.gradient))
        if tolerance is not None:
            reached = recorder.plain(last).gradient_norm <= tolerance
        else:
            reached = bent > 0 and length * (length / bent) <= 2 * visible(last.value)
        if reached:
            raise StopIteration

    # ftol = 0 stops only where the value no longer decreases at all.
    options = {"maxiter": max_steps, "maxfun": 100 * max_steps, "maxcor": MEMORY, "ftol": 0.0, "gtol": 0.0}
    scaled = measured_in(recorder, np.full_like(start.parameters, unit))
    minimize(scaled, start.parameters / unit, jac=True, method="L-BFGS-B", callback=on_step, options=options)


def _first_step(recorder: Recorder, point: Point, ahead: Float) -> float:
    """The length of a good step from `point`: that to the minimum `ahead` of a parabola, if no longer than θ itself.

    Otherwise (near a saddle all lengths look alike to a gradient) it is tried out against the gradient, from the length
    of θ on.
    """
    size, parabola = (float(np.linalg.norm(x)) for x in (point.parameters, ahead))
    size = size or 1.0
    if 0 < parabola <= size:
        return parabola
    direction = point.gradient / float(np.linalg.norm(point.gradient))
    best, step, found = point.value, size, size
    for _ in range(ATTEMPTS):
        try:
            value = recorder.at(point.parameters - step * direction).value
        except NotFiniteError:
            break
        if value > best + visible(best):
            break
        if value < best:
            best, found = value, step
        step *= STRETCH
    return found


def newton_step(recorder: Recorder, point: Point) -> Float | None:
    """Where a Newton step leads from `point`, or None where it does not halve the gradient.

    It makes a gradient smaller once the rounding of the values hides every further decrease. Values serve as a guard
    only: they must stay the same to half of their digits, so that a step to somewhere else is refused.
    """
    reached = recorder.at(point.parameters + newton_direction(recorder, point, point.gradient.size)[0])
    same_value = reached.value - point.value <= np.sqrt(EPS) * max(1.0, abs(point.value))
    smaller = reached.gradient_norm <= PROGRESS * point.gradient_norm
    return reached.parameters if same_value and smaller else None
