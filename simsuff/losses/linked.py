"""The χ² loss of triples under a link, block of rows by block of rows of scores."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# Scores at a time: a block and its gradient stay in the second cache.
ENTRIES = 1 << 15


class Link(NamedTuple):
    """e^{s/t} if `exponential`, log(s)/t otherwise."""

    exponential: bool
    temperature: float

    def scores(self, inner: Float) -> Float:
        """S of inner products."""
        return np.exp(inner / self.temperature) if self.exponential else np.log(inner) / self.temperature

    def slopes(self, inner: Float, scores: Float) -> Float:
        """dS/ds."""
        return (scores if self.exponential else 1 / inner) / self.temperature


def linked_chi2(u: Float, v: Float, link: Link, symmetric: bool) -> tuple[float, Float, Float]:
    """Mean over batches of the loss, and its gradients; u, v (B, K, d).

    +∞ where an inner product under the logarithm is 0, NaN where a score or its square leaves the range; the gradients
    mean nothing then.
    """
    du, dv = np.zeros_like(u), np.zeros_like(v)
    share = 1 / (u.shape[0] * u.shape[1] * (2 if symmetric else 1))
    total = 0.0
    for pair in zip(u, v, du, dv, strict=True):
        total += _add_anchors(*pair, link, share)
        if symmetric:
            first, second, left, right = pair
            total += _add_anchors(second, first, right, left, link, share)
    return total, du, dv


def _add_anchors(u: Float, v: Float, du: Float, dv: Float, link: Link, share: float) -> float:
    """`share` × the sum over anchors u (K, d) of their costs against v; adds the gradients to du and dv."""
    size, total = len(u), 0.0
    rows = max(1, ENTRIES // size)
    for start in range(0, size, rows):
        block = slice(start, min(start + rows, size))
        inner = u[block] @ v.T
        if not link.exponential and inner.min() <= 0:
            return math.inf
        scores = link.scores(inner)
        cost, weights = _triples(scores, start)
        weights *= share * link.slopes(inner, scores)
        du[block] += weights @ v
        dv += weights.T @ u[block]
        total += share * cost
    return total


def _triples(scores: Float, start: int) -> tuple[float, Float]:
    """Σ of mean_{j≠i} S_ij − S_ii + ½ Var_{j≠i} S_ij over the anchors i = start, …, and the gradient in the scores."""
    size = scores.shape[1]
    here = np.arange(len(scores))
    own = here, start + here
    # Not by a difference: a positive may be far larger than all others together.
    others = scores.copy()
    others[own] = 0
    means = others.sum(axis=1, keepdims=True) / (size - 1)
    others -= means
    others[own] = 0
    spread = float(np.vdot(others, others)) / (size - 2)
    weights = others / (size - 2) + 1 / (size - 1)
    weights[own] = -1
    return float((means[:, 0] - scores[own]).sum()) + spread / 2, weights
