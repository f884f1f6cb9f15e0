"""Tables of conditional laws: their divergences and entropies column by column, and z₂ drawn given T(z₁)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from simsuff.models import FiniteModel
from simsuff.models.finite.tables import through
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float
from simsuff.numerics.validation import labels as check_labels


def conditional(joint: Float) -> Float:
    """P(row | column) of a law of (row, column); uniform for columns that do not occur."""
    weight = joint.sum(axis=0)
    safe = np.where(weight > 0, weight, 1.0)
    return np.where(weight > 0, joint / safe, 1 / len(joint))


def chi2_columns(first: Float, second: Float) -> tuple[Float, Float]:
    """Σ (p − q)²/q of each column and what relative errors do to it, as `kl_columns` of `divergences.renyi`.

    inf where q = 0 < p.
    """
    gap, differs = np.abs(first - second), first != second
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(differs, gap**2 / second, 0.0)
        slopes = np.where(differs, gap * first / second, 0.0)
    return terms.sum(axis=0), (terms + 4 * slopes + 2 * gap).sum(axis=0)


def entropy_given(joint: Float) -> float:
    """H(row | column) in nats of a law of (row, column)."""
    law = conditional(joint)
    return float(-np.sum(joint.sum(axis=0) * xlogy(law, law)) + 0.0)


def resampled_law(model: FiniteModel, statistic: ArrayLike) -> Float:
    """The law P(z₁) P(z₂ | T(z₁)) of (z̃, z₂), z̃ drawn anew given T, shape (n1, n2), for labels T, shape (n1,)."""
    groups = check_labels("statistic", statistic, model.shape[0])
    reduced = model.reduced(groups)
    weight = reduced.marginal1[:, None]
    coarse = np.divide(reduced.joint, weight, out=np.zeros_like(reduced.joint), where=weight > 0)
    return model.marginal1[:, None] * through(coarse, groups)


def conditional_variation(model: FiniteModel, statistic: ArrayLike) -> Bounded:
    """E TV(P(z₂ | z₁), P(z₂ | T(z₁))) for labels T, shape (n1,)."""
    value = float(np.abs(model.joint - resampled_law(model, statistic)).sum()) / 2
    return Bounded(value, (2 * sum(model.shape) + model.joint.size + 16) * UNIT)
