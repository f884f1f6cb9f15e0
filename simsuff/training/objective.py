"""The loss of an encoder on given batches, as a function of its flat parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np

from simsuff.encoders.protocol import Encoder, linearise
from simsuff.losses.batches import ScoreOverflowError
from simsuff.models.base import Pairs
from simsuff.numerics.validation import Float, plain_array, require
from simsuff.optimizers.objective import Objective

# A loss may square a score; beyond this bound on |⟨u, v⟩| the square leaves the double range.
LARGEST_SCORE = float(np.sqrt(np.finfo(np.float64).max))

# (u, v, **options) -> (value, du, dv) for u, v of shape (K, d) or (B, K, d).
Loss = Callable[..., tuple[float, Float, Float]]


def loss_on(
    encoder: Encoder, loss: Loss, options: dict[str, Any], pairs: Pairs, batch: int | None = None
) -> Objective:
    """θ ↦ (loss, gradient) of `encoder` on a batch or a stack of batches; NaN where embeddings or scores overflow.

    Rows without a stack axis (sparse ones) are cut into batches of `batch` rows after they are embedded.
    """

    def objective(theta: Float) -> tuple[float, Float]:
        undefined = np.nan, np.full_like(theta, np.nan)
        if not np.isfinite(theta).all():
            return undefined
        current = encoder.with_parameters(theta)
        # An overflow is no accident here: the optimizer reads the NaN and stops with the status that says so.
        with np.errstate(over="ignore", invalid="ignore"):
            (u, v), pullback = linearise(current, pairs.z1, pairs.z2)
            if not u.shape[-1] * _largest(u) * _largest(v) < LARGEST_SCORE:
                return undefined
            try:
                value, du, dv = _on_batches(loss, options, u, v, batch)
            except ScoreOverflowError:
                return undefined
            return float(value), pullback(du, dv)

    return objective


def _on_batches(
    loss: Loss, options: dict[str, Any], u: Float, v: Float, batch: int | None
) -> tuple[float, Float, Float]:
    """The loss on embeddings (K, d) or (B, K, d), or on (B·K, d) cut into batches; gradients shaped as `u`."""
    first, second = u, v
    if batch is not None and u.ndim == 2 and len(u) > batch:
        first, second = (x.reshape(-1, batch, x.shape[-1]) for x in (u, v))
    value, du, dv = loss(first, second, **options)
    du, dv = plain_array(du), plain_array(dv)
    shown = f"shapes of du, dv = {np.shape(du)}, {np.shape(dv)}"
    allowed = f"return gradients of shapes {first.shape}, {second.shape}"
    same = np.shape(du) == first.shape and np.shape(dv) == second.shape
    require(same, "loss", shown, allowed, "return (value, du, dv)")
    return value, du.reshape(u.shape), dv.reshape(v.shape)


def _largest(values: Float) -> float:
    """The largest absolute entry, without a copy of the array; NaN where one is NaN."""
    return max(float(values.max()), -float(values.min()))
