"""What does the χ² (spectral) contrastive loss cost on a batch of embeddings, and in which direction does it fall?"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.losses.batches import LossValue, answer, batches, overflow
from simsuff.numerics.jit import jit

Array = NDArray[Any]


def spectral(u: ArrayLike, v: ArrayLike) -> LossValue:
    """The χ² contrastive loss of G6 with in-batch negatives, and its gradients.

    L = (1/K) Σ_i (−S_ii) + 1/(K(K−1)) Σ_{i≠j} (½ S_ij² + S_ij),  S_ij = ⟨u_i, v_j⟩: the risk of
    f = (t−1)²/2, unbiased for every K ≥ 2. Its population minimiser is S = r − 1.

    Parameters
    ----------
    u, v : embeddings of the first and second views, shape (K, d) for one batch of K pairs, or (B, K, d)
        for B batches whose mean is taken.

    Returns
    -------
    value, du, dv : a float and two arrays of the shape of `u`; float32 if both arguments are float32.

    Raises
    ------
    ValueError : K < 2, unequal or wrong shapes, NaN or infinite entries, scores or gradients that overflow.
    """
    pairs = batches(u, v)
    with np.errstate(all="ignore"):  # overflow is refused by name afterwards
        value, du, dv = dense_spectral(pairs.u, pairs.v)
    if not np.isfinite(value):
        raise overflow(pairs.u.dtype)
    return answer(value, du, dv, pairs.shape)


def _squared_contrast(scores: Array, share: float) -> float:
    """`share` × the loss on a table of scores (K, K), which is overwritten with the gradient."""
    size = len(scores)
    negatives = size * (size - 1)
    positive, negative = 0.0, 0.0
    for i in range(size):
        positive += scores[i, i]
        for j in range(size):
            s = float(scores[i, j])
            if i != j:
                negative += (0.5 * s + 1) * s
            scores[i, j] = share * (s + 1) / negatives
        scores[i, i] = -share / size
    return share * (negative / negatives - positive / size)


squared_contrast = jit(_squared_contrast)


def _dense_spectral(u: Array, v: Array) -> tuple[float, Array, Array]:
    """Mean over batches of the loss, and its gradients; u, v (B, K, d) C-contiguous."""
    count = len(u)
    value = 0.0
    du, dv = np.empty_like(u), np.empty_like(v)
    for b in range(count):
        scores = np.dot(u[b], v[b].T)
        value += squared_contrast(scores, 1 / count)
        np.dot(scores, v[b], du[b])
        np.dot(scores.T, u[b], dv[b])
    return value, du, dv


dense_spectral = jit(_dense_spectral)
