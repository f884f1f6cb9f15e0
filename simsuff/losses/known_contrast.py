"""How is the compiled f-contrastive risk of a known family spread over threads, and what does its NaN mean?"""

import numpy as np

from simsuff.losses.any_contrast import TABLE_ENTRIES, Setting, refuse_unbounded
from simsuff.losses.any_row import Float
from simsuff.losses.contrast import ContrastOptions, contrast
from simsuff.losses.families import Family

LINKS = ("identity", "log", "derivative")


def contrast_options(setting: Setting, member: Family) -> ContrastOptions:
    """The options of the compiled kernel."""
    free, others = setting.offset == "row", setting.negatives == "others"
    link = LINKS.index(setting.link)
    return ContrastOptions(*member, link, free, others, setting.symmetric, setting.temperature)


def known_contrast(u: Float, v: Float, setting: Setting, member: Family) -> tuple[float, Float, Float]:
    """The mean over batches (B, K, d) of the loss, and its gradients.

    +∞ as soon as a score without offset exceeds f'(∞); the gradients are unfinished then.
    """
    options = contrast_options(setting, member)
    value, du, dv = 0.0, np.empty(u.shape), np.empty(v.shape)
    for b in range(len(u)):
        value += contrast(u[b], v[b], options, du[b], dv[b]) / len(u)
    if np.isnan(value) and np.isinf(setting.div.at_zero):
        refuse_unbounded(any(_any_vanishes(x, y) for x, y in zip(u, v, strict=True)), setting)
    return value, du / len(u), dv / len(u)


def _any_vanishes(u: Float, v: Float) -> bool:
    """Is an inner product ⟨u_i, v_j⟩ of non-negative embeddings (K, d) zero?"""
    rows = max(1, TABLE_ENTRIES // len(v))
    return any(bool((u[i : i + rows] @ v.T <= 0).any()) for i in range(0, len(u), rows))
