"""How is a gradient made smaller once the rounding of the values hides every further decrease?"""

import numpy as np

from simsuff.numerics.validation import Float
from simsuff.optimizers.objective import Point, Recorder

# Step of central differences of a gradient of scale one: balances the error h² against ε/h.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))

# A Newton step solved to a tenth reduces the gradient about tenfold; one that does not even halve it has met
# the rounding of the gradient.
RESIDUAL, PROGRESS = 0.1, 0.5


def newton_step(recorder: Recorder, point: Point) -> Float | None:
    """Where a Newton step leads from `point`, or None where it does not halve the gradient.

    Values serve as a guard only: they must stay the same to half of their digits, so that a step to somewhere
    else is refused.
    """
    reached = recorder.at(point.parameters + _newton_direction(recorder, point))
    same_value = reached.value - point.value <= np.sqrt(np.finfo(np.float64).eps) * max(1.0, abs(point.value))
    return (
        reached.parameters if same_value and reached.gradient_norm <= PROGRESS * point.gradient_norm else None
    )


def _newton_direction(recorder: Recorder, point: Point) -> Float:
    """Solve H·step = −gradient by conjugate gradients, up to the first direction without positive curvature.

    SciPy's solver goes on through a saddle and divides by a vanishing curvature, so the loop is written out.
    Directions that change nothing (rotations of W) carry no gradient and stay out.
    """
    step = np.zeros_like(point.gradient)
    residual = -point.gradient
    direction = residual.copy()
    goal = (RESIDUAL * float(np.linalg.norm(residual))) ** 2
    for _ in range(step.size):
        squared = float(residual @ residual)
        if squared <= goal:
            break
        bent = _curvature(recorder, point.parameters, direction)
        curvature = float(direction @ bent)
        if not curvature > 0:
            break
        step += squared / curvature * direction
        residual -= squared / curvature * bent
        direction = residual + float(residual @ residual) / squared * direction
    return step


def _curvature(recorder: Recorder, theta: Float, direction: Float) -> Float:
    """The Hessian at `theta` times `direction`."""
    scale = STEP * max(1.0, float(np.linalg.norm(theta))) / float(np.linalg.norm(direction))
    change = recorder.at(theta + scale * direction).gradient - recorder.at(theta - scale * direction).gradient
    product: Float = change / (2 * scale)
    return product
