"""How is the true minimiser of a smooth objective reached, and what is known where the search stops?"""

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from simsuff.numerics.validation import Float, integer, positive, real_array
from simsuff.optimizers.objective import (
    Callback,
    History,
    NotFiniteError,
    Objective,
    Outcome,
    Point,
    Recorder,
)
from simsuff.optimizers.polish import newton_step
from simsuff.optimizers.status import Status

# Pairs of past steps that L-BFGS remembers; more than its usual 10 because the problems are small.
MEMORY = 20


def default_tolerance(value: float) -> float:
    """The max-norm of the gradient below which values near `value` cannot decrease visibly.

    At curvature of order one a gradient g leaves the excess g²/2. It drowns in the rounding of the value,
    ε·max(1, |value|), for g below √ε·max(1, |value|): no comparison of values sees further.
    """
    return float(np.sqrt(np.finfo(np.float64).eps)) * max(1.0, abs(value))


def lbfgs(
    objective: Objective,
    start: Float,
    max_steps: int = 10_000,
    tolerance: float | None = None,
    callback: Callback | None = None,
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
        Max-norm of the gradient that counts as converged; None means `default_tolerance` at the final value.
    callback
        Called with each accepted point.

    Returns
    -------
    Outcome
        Its status is `CONVERGED` only where the gradient at the returned point meets the tolerance,
        `LINE_SEARCH_FAILED` where a fresh start from the last point decreases neither value nor gradient
        and a Newton step does not either,
        `INTERRUPTED` after Ctrl-C (the caller decides whether to raise it again).
    """
    theta = real_array("start", start, 1)
    integer("max_steps", max_steps, 1, "allow at least one step")
    if tolerance is not None:
        positive("tolerance", tolerance)
    recorder = Recorder(objective, theta)
    try:
        status = _search(recorder, theta, max_steps, tolerance, callback)
    except NotFiniteError:
        status = Status.NOT_FINITE
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    return Outcome(recorder.best, status, History.of(recorder.accepted))


def _search(
    recorder: Recorder, start: Float, max_steps: int, tolerance: float | None, callback: Callback | None
) -> Status:
    """Run L-BFGS from `start`, again from where it stalls, then Newton steps, until a reason to stop holds."""
    point = recorder.begin(start)
    stalled = False
    while not meets(point, tolerance):
        left = max_steps - len(recorder.accepted)
        if left <= 0:
            return Status.MAX_STEPS
        before = point
        if not stalled:
            _run(recorder, before, left, tolerance, callback)
            point = recorder.best
            stalled = (point.value, point.gradient_norm) >= (before.value, before.gradient_norm)
        elif (reached := newton_step(recorder, before)) is not None:
            point = _accept(recorder, reached, callback)
        else:
            return Status.LINE_SEARCH_FAILED
    return Status.CONVERGED


def _accept(recorder: Recorder, theta: Float, callback: Callback | None) -> Point:
    point = recorder.accept(theta)
    if callback is not None:
        callback(point)
    return point


def meets(point: Point, tolerance: float | None) -> bool:
    """Is the gradient at `point` within `tolerance` (None: within `default_tolerance`)?"""
    return point.gradient_norm <= (default_tolerance(point.value) if tolerance is None else tolerance)


def _run(
    recorder: Recorder, start: Point, max_steps: int, tolerance: float | None, callback: Callback | None
) -> None:
    """One run of SciPy's L-BFGS-B without bounds; the recorder keeps what was accepted."""

    def on_step(intermediate_result: OptimizeResult) -> None:
        _accept(recorder, intermediate_result.x, callback)

    # ftol = 0 stops only where the value no longer decreases at all.
    gtol = default_tolerance(0.0) if tolerance is None else tolerance
    options = {"maxiter": max_steps, "maxfun": 100 * max_steps, "maxcor": MEMORY, "ftol": 0.0, "gtol": gtol}
    minimize(recorder, start.parameters, jac=True, method="L-BFGS-B", callback=on_step, options=options)
