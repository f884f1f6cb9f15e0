"""The χ² contrastive loss of triples, with the free offset of each anchor: value and gradients, under any link."""

import math

import numpy as np
from numpy.typing import ArrayLike

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
from simsuff.losses.linked import Link, linked_chi2
from simsuff.losses.spectral import balanced


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
        non_negative("u", pairs.u, pairs.shape, link)
        non_negative("v", pairs.v, pairs.shape, link)
    with np.errstate(all="ignore"):  # overflow is refused by name afterwards
        if link == "identity":
            return _identity(pairs, bool(symmetric), scale)
        return _linked(pairs, Link(link == "exp", scale), bool(symmetric))


def _identity(pairs: Batches, symmetric: bool, temperature: float) -> LossValue:
    def loss(u: Array, v: Array) -> tuple[float, Array, Array]:
        return centred_chi2(u, v, symmetric, temperature)

    value, du, dv = loss(pairs.u, pairs.v)
    if not math.isfinite(value):
        value, du, dv = balanced(loss, pairs.u, pairs.v)
    if not math.isfinite(value):
        raise overflow(pairs.u.dtype)
    return answer(value, du, dv, pairs.shape)


def _linked(pairs: Batches, link: Link, symmetric: bool) -> LossValue:
    u, v = (x.astype(np.float64, copy=False) for x in (pairs.u, pairs.v))
    value, du, dv = linked_chi2(u, v, link, symmetric)
    if value == np.inf:
        if link.exponential or not any(any_vanishes(x, y) for x, y in zip(u, v, strict=True)):
            raise overflow(pairs.u.dtype)
        du[:], dv[:] = 0, 0
    du, dv = (x.astype(pairs.u.dtype, copy=False) for x in (du, dv))
    return answer(value, du, dv, pairs.shape)
