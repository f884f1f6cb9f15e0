"""How is a gradient made smaller once the rounding of the values hides every further decrease?"""

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from simsuff.numerics.validation import Float
from simsuff.optimizers.objective import Point, Recorder

# Step of central differences of a gradient of scale one: balances the error h² against ε/h.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))

# A Newton step solved to a tenth reduces the gradient about tenfold; one that does not even halve it has met
# the rounding of the gradient.
RESIDUAL, PROGRESS = 0.1, 0.5


def newton_step(recorder: Recorder, point: Point) -> Float | None:
    """Where a Newton step leads from `point`, or None where it does not halve the gradient.

    Values serve as a guard only: they must stay the same to half of their digits, so that a step towards a
    distant saddle is refused. The linear system is solved by conjugate gradients with Hessian products from
    differences of gradients; directions without curvature (rotations of W) carry no gradient and stay out.
    """
    size = point.parameters.size
    product = LinearOperator((size, size), matvec=lambda v: _curvature(recorder, point.parameters, v.ravel()))
    step, _ = cg(product, -point.gradient, rtol=RESIDUAL, maxiter=size)
    if not np.isfinite(step).all():
        return None
    reached = recorder.at(point.parameters + step)
    same_value = reached.value - point.value <= np.sqrt(np.finfo(np.float64).eps) * max(1.0, abs(point.value))
    return (
        reached.parameters if same_value and reached.gradient_norm <= PROGRESS * point.gradient_norm else None
    )


def _curvature(recorder: Recorder, theta: Float, direction: Float) -> Float:
    """The Hessian at `theta` times `direction`."""
    length = float(np.linalg.norm(direction))
    if length == 0:
        return np.zeros_like(direction)
    scale = STEP * max(1.0, float(np.linalg.norm(theta))) / length
    change = recorder.at(theta + scale * direction).gradient - recorder.at(theta - scale * direction).gradient
    product: Float = change / (2 * scale)
    return product
