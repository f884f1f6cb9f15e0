"""How far apart are two laws of a label, column by column, and how uncertain is the label? Terms without cancellation."""

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


def kl_columns(first: Float, second: Float) -> Float:
    """KL(first ‖ second) of each column in nats, as a sum of non-negative terms p log(p/q) − p + q; may be inf."""
    total: Float = divergence("kl").masses(first, second).sum(axis=0)
    return total


def chi2_columns(first: Float, second: Float) -> Float:
    """Σ (p − q)²/q of each column; inf where q = 0 < p."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(first == second, 0.0, (first - second) ** 2 / second)
    total: Float = terms.sum(axis=0)
    return total


def entropy_given(joint: Float) -> float:
    """H(row | column) in nats of a law of (row, column)."""
    law = conditional(joint)
    return float(-np.sum(joint.sum(axis=0) * xlogy(law, law)) + 0.0)


def expected(weight: Float, terms: Float) -> float:
    """Σ weight · term with 0 · ∞ = 0."""
    used = weight > 0
    return float(weight[used] @ terms[used])
