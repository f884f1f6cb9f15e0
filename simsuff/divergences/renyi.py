"""Rényi divergences D_α(P‖Q) = log(Σ p^α q^(1−α))/(α − 1) of orders α ≥ 1, D_1 = KL, with a bound on their rounding."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences.catalogue import divergence
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import probabilities, require

Float = NDArray[np.float64]


def renyi_divergence(p: ArrayLike, q: ArrayLike, order: float) -> Bounded:
    """D_α(P‖Q) in nats of two laws `p`, `q` of one shape, α = `order`; inf where q = 0 < p.

    Raises
    ------
    ValueError : unless p and q are probability tables of one shape and 1 ≤ α < ∞.

    Examples
    --------
    >>> bool(np.isclose(renyi_divergence([1.0, 0.0], [0.25, 0.75], 2.0), np.log(4.0), rtol=1e-15))
    True
    """
    first, second = (np.ravel(probabilities(n, v, np.ndim(v))) for n, v in (("p", p), ("q", q)))
    allowed = f"have the shape {np.shape(p)} of p"
    require(np.shape(p) == np.shape(q), "q", f"shape = {np.shape(q)}", allowed, "use one alphabet")
    value, gross = renyi_columns(first[:, None], second[:, None], order)
    if np.isinf(value[0]):
        return Bounded(np.inf, 0.0)
    # Each entry was divided by a sum of as many terms.
    return Bounded(float(value[0]), (first.size + 4) * UNIT * float(value[0] + gross[0]))


def kl_columns(first: Float, second: Float) -> tuple[Float, Float]:
    """KL(first ‖ second) of each column, a sum of terms p log(p/q) − p + q ≥ 0, and what relative errors do to it.

    The second array times the relative error of the entries bounds the error of the first; inf where q = 0 < p.
    """
    terms = divergence("kl").masses(first, second)
    gross = terms + 2 * np.abs(first * _log_ratio(first, second)) + 2 * np.abs(first - second)
    return terms.sum(axis=0), gross.sum(axis=0)


def renyi_columns(first: Float, second: Float, order: float) -> tuple[Float, Float]:
    """D_α of each column, and what relative errors of the entries do to it.

    The second array times the relative error of the entries, or of one rounding, bounds the error of the first. The
    sum is that of the terms p^α q^(1−α) − q − α(p − q) ≥ 0, so that nothing cancels where the laws are close.
    """
    require(1 <= order < np.inf, "order", order, "be at least 1 and finite", "order 1 is KL")
    if order == 1:
        return kl_columns(first, second)
    inside, log = (first > 0) & (second > 0), _log_ratio(first, second)
    with np.errstate(invalid="ignore", over="ignore"):
        growth = np.where(inside, second * np.expm1(order * log), -second)
        terms = growth - order * np.where(inside, second * np.expm1(log), -second)
        # The slopes in log p and log q, and the roundings of either summand.
        slopes = order * np.abs(first * np.expm1((order - 1) * log)) + (order - 1) * np.abs(growth)
        gross = slopes + 4 * (np.abs(growth) + order * np.abs(first - second))
        gross += np.abs(order * log) * (np.abs(growth) + second)
        total, moved = np.maximum(terms, 0.0).sum(axis=0), gross.sum(axis=0)
        value = np.log1p(total) / (order - 1)
        error = moved / (1 + total) / (order - 1) + value
    return _repaired(first, second, order, value, error)


def _log_ratio(first: Float, second: Float) -> Float:
    """log(p/q), 0 where either is."""
    inside = (first > 0) & (second > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log = np.where(inside, np.log1p((first - second) / second), 0.0)
        return np.where(inside & (np.abs(log) > 1), np.log(first) - np.log(second), log)


def _repaired(first: Float, second: Float, order: float, value: Float, error: Float) -> tuple[Float, Float]:
    """Columns whose powers overflow by logarithms alone, and those with q = 0 < p, which are infinite."""
    overflown = ~np.isfinite(value) | ~np.isfinite(error)
    if overflown.any():
        with np.errstate(divide="ignore", invalid="ignore"):
            exponents = np.where(first > 0, order * np.log(first) - (order - 1) * np.log(second), -np.inf)
        top = exponents.max(axis=0)
        with np.errstate(invalid="ignore"):
            sums = top + np.log(np.exp(exponents - top).sum(axis=0))
        sizes = (order + 1) * (1 + np.abs(np.log(np.where(first > 0, first, 1.0))).max(axis=0))
        sizes += (order + 1) * np.abs(np.log(np.where(second > 0, second, 1.0))).max(axis=0)
        value = np.where(overflown, sums / (order - 1), value)
        error = np.where(overflown, 4 * sizes / (order - 1), error)
    infinite = ((first > 0) & (second == 0)).any(axis=0)
    return np.where(infinite, np.inf, value), np.where(infinite, 0.0, error)
