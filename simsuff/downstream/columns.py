"""Divergences and entropies of tables of conditional laws, column by column, and what rounding does to them."""

import numpy as np
from scipy.special import xlogy

from simsuff.divergences import divergence
from simsuff.numerics.validation import Float


def conditional(joint: Float) -> Float:
    """P(row | column) of a law of (row, column); uniform for columns that do not occur."""
    weight = joint.sum(axis=0)
    safe = np.where(weight > 0, weight, 1.0)
    law: Float = np.where(weight > 0, joint / safe, 1 / len(joint))
    return law


def kl_columns(first: Float, second: Float) -> tuple[Float, Float]:
    """KL(first ‖ second) of each column, a sum of terms p log(p/q) − p + q ≥ 0, and what relative errors do to it.

    The second array times the relative error of the entries bounds the error of the first; inf where q = 0 < p.
    """
    terms = divergence("kl").masses(first, second)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        logs = np.where((first > 0) & (second > 0), first * np.log(first / second), 0.0)
    gross = terms + 2 * np.abs(logs) + 2 * np.abs(first - second)
    return terms.sum(axis=0), gross.sum(axis=0)


def chi2_columns(first: Float, second: Float) -> tuple[Float, Float]:
    """Σ (p − q)²/q of each column and what relative errors do to it, as `kl_columns`; inf where q = 0 < p."""
    gap, differs = np.abs(first - second), first != second
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(differs, gap**2 / second, 0.0)
        slopes = np.where(differs, gap * first / second, 0.0)
    return terms.sum(axis=0), (terms + 4 * slopes + 2 * gap).sum(axis=0)


def entropy_given(joint: Float) -> float:
    """H(row | column) in nats of a law of (row, column)."""
    law = conditional(joint)
    return float(-np.sum(joint.sum(axis=0) * xlogy(law, law)) + 0.0)
