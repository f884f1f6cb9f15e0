"""InfoNCE on a batch of embeddings: value and gradients, under the identity, the log or the exponential link."""

import math

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences.compiling import POWER, Family
from simsuff.kernels.elementary import exp, log
from simsuff.kernels.jit import jit
from simsuff.losses.batches import (
    Batches,
    Embeddings,
    LossValue,
    answer,
    arranged,
    is_finite,
    link_temperature,
    non_negative,
    overflow,
    refuse_infinite,
)
from simsuff.losses.f_contrastive.compiled import contrast_batches
from simsuff.losses.f_contrastive.formulas import EXPONENTIAL, LOG, ContrastOptions, options_of
from simsuff.losses.linear import linear_infonce
from simsuff.losses.tiled import tiled_infonce_batches

# InfoNCE is the f-contrastive risk of kl.
KL = options_of(Family(POWER, 1.0, 1.0))

# Up to this K the blocks of the tiled loss cost more than they save: at d = 4 `small_infonce` takes 0.2 µs for a batch
# of 2 and 2.5 µs for one of 16, the tiled loss 5 µs for either, and at K = 32 they are even.
LARGEST = 16


def infonce(
    u: ArrayLike, v: ArrayLike, *, link: str = "identity", symmetric: bool = True, temperature: float = 1.0
) -> LossValue:
    """InfoNCE with in-batch negatives, in nats, and its gradients.

    L = (1/K) Σ_i [−S_ii + log (1/K) Σ_j exp S_ij]: the loss whose mean over iid pairs is L_K of theory.md (B).
    It carries the 1/K inside the logarithm: it is 0 for constant scores and at least −log K; add log K for the
    unnormalised version.

    Parameters
    ----------
    u, v : embeddings of the first and second views, shape (K, d) for one batch of K pairs, or (B, K, d)
        for B batches whose mean is taken.
    link : how scores S_ij follow from s = ⟨u_i, v_j⟩ and the temperature t: "identity" s/t, "log" log(s)/t for
        non-negative embeddings, "exp" e^{s/t}.
    symmetric : average of the version above and the one with i and j exchanged; False: u are the anchors.
    temperature : t, positive; `fit` also takes "trainable".

    Returns
    -------
    value, du, dv : a float and two arrays of the shape of `u`; float32 if both arguments are float32. No
        K × K table is held, and no number of threads changes a bit. Scores of any finite size are right: where they
        are too large to be exponentiated, the exact maximum is subtracted from each row and column.

    Notes
    -----
    Log link: a negative with inner product 0 (or one that underflows) has score −∞ and weight 0. A *positive*
    with inner product 0 makes the value +∞; there is no gradient then, and `du`, `dv` are zero, so a line
    search sees the infinite value and no step is poisoned. At temperature > 1 the one-sided derivative with
    respect to an inner product of exactly 0 is +∞; its term is left out of the gradient.

    Raises
    ------
    ValueError : K < 2, unequal or wrong shapes, NaN or infinite entries, an unknown link, a temperature that
        is not positive, negative entries under the log link, scores or gradients that overflow.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> ss.losses.infonce(np.zeros((4, 2)), np.zeros((4, 2)))[0]  # scores that know nothing
    0.0
    >>> u = 100 * np.eye(4)
    >>> value, du, dv = ss.losses.infonce(u, u)
    >>> bool(np.isclose(value, -np.log(4)))  # the least value that K = 4 allows
    True
    """
    pairs = arranged(u, v)
    scale = link_temperature(link, temperature)
    with np.errstate(all="ignore"):  # overflow is refused by name afterwards
        if link == "identity":
            return _identity(pairs, symmetric, scale)
        return _linked(pairs, link, symmetric, scale)


def _identity(pairs: Batches, symmetric: bool, temperature: float) -> LossValue:
    is_small = pairs.u.shape[1] <= LARGEST and pairs.u.dtype == np.float64
    loss = small_infonce if is_small else tiled_infonce_batches
    value, du, dv = loss(pairs.u, pairs.v, bool(symmetric), temperature)
    if not math.isfinite(value):
        refuse_infinite(pairs)
        raise overflow(pairs.u.dtype)
    return value, du.reshape(pairs.shape), dv.reshape(pairs.shape)


def _linked(pairs: Batches, link: str, symmetric: bool, temperature: float) -> LossValue:
    refuse_infinite(pairs)
    if link == "log":
        non_negative(pairs, link)
    if link == "log" and temperature == 1:
        value, du, dv = linear_infonce(pairs.u, pairs.v, bool(symmetric))
    else:
        # In double precision: exponentials of scores are powers of inner products under the log link.
        u, v = (x.astype(np.float64, copy=False) for x in (pairs.u, pairs.v))
        if link == "log" and (np.einsum("bkd,bkd->bk", u, v) <= 0).any():
            value, du, dv = np.inf, np.empty_like(u), np.empty_like(v)
        else:
            value, du, dv = contrast_batches(linked_options(link, symmetric, temperature), u, v)
        du, dv = (x.astype(pairs.u.dtype, copy=False) for x in (du, dv))
    if value == np.inf:
        if link == "exp" or (np.einsum("bkd,bkd->bk", pairs.u, pairs.v) > 0).all():
            raise overflow(pairs.u.dtype)
        du[:], dv[:] = 0, 0
    return answer(value, du, dv, pairs.shape)


def linked_options(link: str, symmetric: bool, temperature: float) -> ContrastOptions:
    """InfoNCE under a link at any temperature, as the f-contrastive risk that it is."""
    code = LOG if link == "log" else EXPONENTIAL
    return KL._replace(link=code, symmetric=bool(symmetric), temperature=float(temperature))


@jit
def small_infonce(u: Embeddings, v: Embeddings, symmetric: bool, temperature: float) -> LossValue:
    """The mean over batches u, v (B, K, d), float64, of InfoNCE with the identity link, and its gradients.

    The value is not finite where an entry, a score or a gradient is not.
    """
    count, size, width = u.shape
    du, dv = np.zeros_like(u), np.zeros_like(v)
    scores, shares, weights = np.empty((size, size)), np.empty((size, size)), np.empty((size, size))
    flat, turned = shares.reshape(-1), np.empty((width, size))
    sides = 2 if symmetric else 1
    share = 1 / (count * size * sides)
    total = 0.0
    for b in range(count):
        for j in range(size):
            for k in range(width):
                turned[k, j] = v[b, j, k] / temperature
        for i in range(size):
            for j in range(size):
                scores[i, j], weights[i, j] = 0.0, 0.0
            for k in range(width):
                for j in range(size):
                    scores[i, j] += u[b, i, k] * turned[k, j]
        for side in range(sides):
            for i in range(size):
                top = scores[i, 0] if side == 0 else scores[0, i]
                for j in range(1, size):
                    top = max(top, scores[i, j] if side == 0 else scores[j, i])
                for j in range(size):
                    shares[i, j] = (scores[i, j] if side == 0 else scores[j, i]) - top
                total -= shares[i, i]
            for n in range(flat.size):
                flat[n] = exp(flat[n])
            for i in range(size):
                mass = 0.0
                for j in range(size):
                    mass += shares[i, j]
                total += log(mass)
                for j in range(size):
                    if side == 0:
                        weights[i, j] += shares[i, j] / mass
                    else:
                        weights[j, i] += shares[i, j] / mass
                weights[i, i] -= 1.0
        for i in range(size):
            for k in range(width):
                slope = 0.0
                for j in range(size):
                    slope += weights[i, j] * turned[k, j]
                du[b, i, k] = share * slope
            for j in range(size):
                weight = weights[i, j] * (share / temperature)
                for k in range(width):
                    dv[b, j, k] += weight * u[b, i, k]
    if not (is_finite(du.reshape(-1)) and is_finite(dv.reshape(-1))):
        total = np.nan
    return total * share - np.log(size), du, dv
