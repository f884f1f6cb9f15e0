"""The f-contrastive risk of any divergence on a batch of embeddings: value and gradients."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences import Divergence, as_divergence
from simsuff.losses.batches import Batches, LossValue, answer, batches, non_negative
from simsuff.losses.f_contrastive.compiled import contrast_batches
from simsuff.losses.f_contrastive.formulas import ContrastOptions, options_of
from simsuff.losses.f_contrastive.interpreted import (
    TABLE_ENTRIES,
    Float,
    Setting,
    any_contrast,
    refuse_unbounded,
)
from simsuff.numerics.validation import one_of, positive, require

LINKS = ("identity", "log", "derivative")
OFFSETS = ("row", "none")
NEGATIVES = ("all", "others")


def f_contrastive(
    u: ArrayLike,
    v: ArrayLike,
    divergence: Divergence | str = "kl",
    *,
    link: str = "identity",
    offset: str = "row",
    negatives: str | None = None,
    symmetric: bool = True,
    temperature: float = 1.0,
) -> LossValue:
    """The f-contrastive risk R_f of theory.md §1 with in-batch negatives, in nats, and its gradients.

    L = (1/K) Σ_i [−S_ii + inf_c {mean_j f*(S_ij − c) + c}],  S_ij = τ(⟨u_i, v_j⟩)/temperature.

    Parameters
    ----------
    u, v : embeddings of the first and second views, shape (K, d) for one batch of K pairs, or (B, K, d)
        for B batches whose mean is taken.
    divergence : a strictly convex `Divergence`, or a name such as "js" or "alpha(1.5)".
    link : τ. "identity"; "log" or "derivative" (τ = f') for non-negative embeddings. Under the last, features with
        ⟨u, v⟩ = r are a minimiser for every f (P1), as under "log" for kl.
    offset : "row" minimises over c for each anchor, exactly; "none" sets c = 0.
    negatives : "all" averages over the K entries of a row, "others" over the K − 1 with j ≠ i. None means "all" with
        the row offset and "others" without.
    symmetric : average of the version above and the one with i and j exchanged; False: u are the anchors. Without
        an offset both are the same.
    temperature : positive.

    Returns
    -------
    value, du, dv : a float and two arrays of the shape of `u`; float32 if both arguments are float32. Gradients hold
        the minimising c fixed (envelope theorem).

    Notes
    -----
    "all" is R_f of the empirical law of the batch against the product of its marginals. So the row loss is bounded
    below, by −[f(K) + (K − 1) f(0)]/K; for kl it is `infonce`, to the same bits up to rounding. For other f its
    mean over batches tends to R_f as K → ∞ and differs from it at finite K, as does its minimiser.
    "others" without offset is an unbiased estimate of E_⊗ f*(S) − E₁₂ S for every K ≥ 2; for ``alpha(2)`` it is
    `spectral` as long as no score is below −1, where f* is constant. "others" with the row offset is biased
    downwards, by the minimum over c inside of the mean, and has no lower bound.

    Infinities are those of `infonce`: a positive with score −∞ makes the value +∞ and the gradients zero, and so
    does, without offset, a score above f'(∞), where f* = +∞.

    Raises
    ------
    ValueError : as `infonce`; a divergence that is not strictly convex (total variation); a score −∞ under a
        divergence with f(0) = ∞, whose conjugate has no lower bound.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> u, v = np.random.default_rng(0).normal(size=(2, 8, 3))
    >>> value, du, dv = ss.losses.f_contrastive(u, v, "js")
    >>> du.shape
    (8, 3)
    >>> bool(np.isclose(ss.losses.f_contrastive(u, v, "kl")[0], ss.losses.infonce(u, v)[0]))
    True
    """
    setting = _setting(
        divergence,
        link=link,
        offset=offset,
        negatives=negatives,
        symmetric=symmetric,
        temperature=temperature,
    )
    pairs = batches(u, v)
    if link != "identity":
        non_negative(pairs, link)
    with np.errstate(all="ignore"):  # infinities are meant, or refused by name afterwards
        return _on_batches(pairs, setting)


def known_options(**options: Any) -> ContrastOptions | None:
    """The arguments of `f_contrastive` for its compiled kernel; None for a divergence of no known family."""
    return _kernel_options(_setting(**options))


def _setting(
    divergence: Divergence | str = "kl",
    *,
    link: str = "identity",
    offset: str = "row",
    negatives: str | None = None,
    symmetric: bool = True,
    temperature: float = 1.0,
) -> Setting:
    chosen = negatives or ("all" if offset == "row" else "others")
    options = [("link", link, LINKS), ("offset", offset, OFFSETS), ("negatives", chosen, NEGATIVES)]
    for name, value, known in options:
        one_of(name, value, known)
    scale = positive("temperature", temperature, "pass a positive finite number; 1.0 leaves the scores alone")
    checked = as_divergence(divergence, "divergence")
    curved = (checked.second_derivative(np.array([0.25, 0.5, 2.0, 4.0])) > 0).all()
    way_out = "its conjugate has no slope; take js or le_cam for a bounded divergence"
    require(curved, "divergence", checked, "be strictly convex", way_out)
    return Setting(checked, link, offset, chosen, bool(symmetric) and offset == "row", scale)


def _kernel_options(setting: Setting) -> ContrastOptions | None:
    member = setting.div.family
    if member is None:
        return None
    return options_of(member)._replace(
        link=LINKS.index(setting.link),
        free_offset=setting.offset == "row",
        others=setting.negatives == "others",
        symmetric=setting.symmetric,
        temperature=setting.temperature,
    )


def _on_batches(pairs: Batches, setting: Setting) -> LossValue:
    """The loss, with the checks for scores of −∞ and those above f'(∞)."""
    u, v = (x.astype(np.float64, copy=False) for x in (pairs.u, pairs.v))
    if setting.bottomless and (np.einsum("bkd,bkd->bk", u, v) <= 0).any():
        return np.inf, np.zeros(pairs.shape, pairs.u.dtype), np.zeros(pairs.shape, pairs.u.dtype)
    options = _kernel_options(setting)
    if options is None:
        value, du, dv = any_contrast(u, v, setting)
    else:
        value, du, dv = contrast_batches(options, u, v)
        if np.isnan(value) and np.isinf(setting.div.at_zero) and setting.link != "identity":
            refuse_unbounded(any(any_vanishes(x, y) for x, y in zip(u, v, strict=True)), setting)
    if value == np.inf:
        du[:], dv[:] = 0, 0
    du, dv = (x.astype(pairs.u.dtype, copy=False) for x in (du, dv))
    return answer(value, du, dv, pairs.shape)


def any_vanishes(u: Float, v: Float) -> bool:
    """Is an inner product ⟨u_i, v_j⟩ of non-negative embeddings (K, d) zero?"""
    rows = max(1, TABLE_ENTRIES // len(v))
    return any(bool((u[i : i + rows] @ v.T <= 0).any()) for i in range(0, len(u), rows))
