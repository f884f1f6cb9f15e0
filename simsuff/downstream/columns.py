"""Divergences and entropies of tables of conditional laws, column by column, and what rounding does to them."""

import numpy as np
from scipy.special import xlogy

from simsuff.numerics.validation import Float


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
