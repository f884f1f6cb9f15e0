"""The χ² contrastive loss of triples, with the free offset of each anchor: value and gradients, under any link."""

import math
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.losses.batches import (
    Batches,
    LossValue,
    answer,
    batches,
    link_temperature,
    non_negative,
    overflow,
)
from simsuff.losses.centred import Array, centred_chi2
from simsuff.losses.f_contrastive.api import any_vanishes
from simsuff.losses.spectral import balanced

Float = NDArray[np.float64]

# Scores at a time: a block and its gradient stay in the second cache.
ENTRIES = 1 << 15


def chi2(
    u: ArrayLike,
    v: ArrayLike,
    link: str = "identity",
    symmetric: bool = True,
    temperature: float = 1.0,
) -> LossValue:
    """The χ² contrastive loss of Lin and Mei with in-batch negatives (J3), and its gradients.

    L = (1/K) Σ_i [−S_ii + m_i + ½ Σ_{j≠i} (S_ij − m_i)²/(K − 2)],  m_i = Σ_{j≠i} S_ij/(K − 1): a U-statistic over
    triples (i, j, k), and unbiased for R_f of f = (t−1)²/2 with its offset c(z₁), which is
    −E₁₂ S + E_⊗ S + ½ E_{z₁} Var_{z₂} S.

    Parameters
    ----------
    u, v : embeddings of the first and second views, shape (K, d) for one batch of K ≥ 3 pairs, or (B, K, d)
        for B batches whose mean is taken.
    link : how scores S_ij follow from s = ⟨u_i, v_j⟩ and the temperature t: "identity" s/t, "log" log(s)/t for
        non-negative embeddings, "exp" e^{s/t}.
    symmetric : average of the version above and the one with i and j exchanged; False: u are the anchors.
    temperature : t, positive.

    Returns
    -------
    value, du, dv : a float and two arrays of the shape of `u`; float32 if both arguments are float32. No
        K × K table is held.

    Notes
    -----
    Under the identity link the cost is O(K d²), by second moments of centred embeddings; other links take the
    O(K² d) of all scores, in double precision. `spectral` is the loss without the offset, for K ≥ 2.

    A fixed batch gives no lower bound: S = c·1{i = j} has L = −c. Scores of bounded size, or batches that change, keep
    a minimiser finite.

    A score of −∞ (an inner product of 0 under the log link, as a positive or as a negative) makes the value +∞;
    there is no gradient then, and `du`, `dv` are zero.

    Raises
    ------
    ValueError : K < 3, where the variance of the K − 1 scores is not defined; unequal or wrong shapes, NaN or infinite
        entries, an unknown link, a temperature that is not positive, negative entries under the log link, scores,
        squares of scores or gradients that overflow.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> u = np.array([[1.0], [0.0], [-1.0]])
    >>> round(ss.losses.chi2(u, u)[0], 12)
    -0.833333333333
    """
    scale = link_temperature(link, temperature)
    pairs = batches(u, v, least=3)
    if link == "log":
        non_negative(pairs, link)
    loss = _identity if link == "identity" else partial(_linked, link=link)
    with np.errstate(all="ignore"):  # overflow is refused by name afterwards
        value, du, dv = loss(pairs, symmetric=bool(symmetric), temperature=scale)
    return answer(value, du, dv, pairs.shape)


def _identity(pairs: Batches, symmetric: bool, temperature: float) -> LossValue:
    def loss(u: Array, v: Array) -> LossValue:
        return centred_chi2(u, v, symmetric, temperature)

    value, du, dv = loss(pairs.u, pairs.v)
    if not math.isfinite(value):
        value, du, dv = balanced(loss, pairs.u, pairs.v)
    if not math.isfinite(value):
        raise overflow(pairs.u.dtype)
    return value, du, dv


def _linked(pairs: Batches, link: str, symmetric: bool, temperature: float) -> LossValue:
    """Block of rows by block of rows of scores, in double precision."""
    u, v = (x.astype(np.float64, copy=False) for x in (pairs.u, pairs.v))
    du, dv = np.zeros_like(u), np.zeros_like(v)
    share = 1 / (u.shape[0] * u.shape[1] * (2 if symmetric else 1))
    value = 0.0
    for first, second, left, right in zip(u, v, du, dv, strict=True):
        value += _add_anchors(first, second, left, right, link, temperature, share)
        if symmetric:
            value += _add_anchors(second, first, right, left, link, temperature, share)
    if value == np.inf:
        if link == "exp" or not any(any_vanishes(x, y) for x, y in zip(u, v, strict=True)):
            raise overflow(pairs.u.dtype)
        du[:], dv[:] = 0, 0
    return value, du.astype(pairs.u.dtype, copy=False), dv.astype(pairs.u.dtype, copy=False)


def _add_anchors(
    u: Float, v: Float, du: Float, dv: Float, link: str, temperature: float, share: float
) -> float:
    """`share` × the sum over anchors u (K, d) of their costs against v; adds the gradients to du and dv.

    +∞ where an inner product under the logarithm is 0, NaN where a score or its square leaves the range; the gradients
    mean nothing then.
    """
    size, total = len(u), 0.0
    rows = max(1, ENTRIES // size)
    for start in range(0, size, rows):
        block = slice(start, min(start + rows, size))
        inner = u[block] @ v.T
        if link == "log" and inner.min() <= 0:
            return math.inf
        scores = np.exp(inner / temperature) if link == "exp" else np.log(inner) / temperature
        cost, weights = _triples(scores, start)
        weights *= share * ((scores if link == "exp" else 1 / inner) / temperature)
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
