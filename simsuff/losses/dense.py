"""How does InfoNCE follow from the K × K table of scores? The plain way, for either link and any temperature."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.losses.cross_entropy import cross_entropy
from simsuff.numerics.jit import jit

Array = NDArray[Any]


def _scores(inner: Array, temperature: float, log_link: bool) -> Array:
    """τ(x)/temperature for a table of inner products x; log 0 = −∞."""
    scores = np.empty_like(inner)
    for i in range(len(inner)):
        for j in range(len(inner)):
            x = inner[i, j]
            if log_link:
                x = math.log(x) if x > 0 else -np.inf
            scores[i, j] = x / temperature
    return scores


scores_of = jit(_scores)


def _pull_link(gradient: Array, inner: Array, temperature: float, log_link: bool) -> None:
    """Turn ∂L/∂S into ∂L/∂x in place; a term at x = 0 under the log link is left out."""
    for i in range(len(inner)):
        for j in range(len(inner)):
            if not log_link:
                gradient[i, j] /= temperature
            elif inner[i, j] > 0:
                gradient[i, j] = gradient[i, j] / inner[i, j] / temperature
            else:
                gradient[i, j] = 0


pull_link = jit(_pull_link)


def _dense_infonce(
    u: Array, v: Array, symmetric: bool, temperature: float, log_link: bool
) -> tuple[float, Array, Array]:
    """Mean over batches of the loss, and its gradients; u, v (B, K, d) C-contiguous."""
    count = len(u)
    value = 0.0
    du, dv = np.empty_like(u), np.empty_like(v)
    for b in range(count):
        inner = np.dot(u[b], v[b].T)
        gradient = scores_of(inner, temperature, log_link)
        value += cross_entropy(gradient, symmetric) / count
        pull_link(gradient, inner, temperature * count, log_link)
        np.dot(gradient, v[b], du[b])
        np.dot(gradient.T, u[b], dv[b])
    return value, du, dv


dense_infonce = jit(_dense_infonce)
