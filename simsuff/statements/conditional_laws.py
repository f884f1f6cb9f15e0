"""I4–I8: what sufficiency says of the distance between the laws of z₂ given z₁, given T, and under a score."""

from typing import Any

import numpy as np

from simsuff.divergences import Divergence, divergence
from simsuff.models import FiniteLaw
from simsuff.models.finite.cells import SMALLEST_PRODUCT
from simsuff.models.finite.tables import ranks, through
from simsuff.numerics.numbers import UNIT, Bounded, BoundedArray, bounded
from simsuff.numerics.validation import Float
from simsuff.population.sharpness import level_family
from simsuff.statements.equivalence import Labels, expectation
from simsuff.statements.registry import Sides, statement
from simsuff.sufficiency.contrastive_risk import contrastive_risk, score_weights
from simsuff.verdicts import Comparison, compare

Ends = tuple[Float, Float]


@statement(
    "I4", "the sufficiency controls the total variation of the conditional laws", paper=("total-variation",)
)
def total_variation_bound(model: FiniteLaw, labels: Labels, divergence: Divergence) -> Sides:
    """E TV(P(·|z₁), P(·|T)) ≤ c₂ √Suff_f(T), c₂ = (2 inf f'')^(−1/2), the infimum over [min r, max r].

    Void where the infimum is 0.
    """
    floor = curvature_floor(divergence, *ratio_ends(model, model.ratio))
    return compare(mean_variation(model, labels), "<=", _root(model, labels, divergence, _inverse(2 * floor)))


@statement(
    "I4-attained_ratios",
    "the same with the infimum over the ratios that are attained",
    holds=False,
    paper=("total-variation",),
)
def total_variation_by_attained_ratios(model: FiniteLaw, labels: Labels) -> Sides:
    """The form in print, c₂ = (2 inf f'')^(−1/2) over the values of r alone, for f = (t − 1)⁴ + (t − 1)²/10.

    This f is smooth and convex, and flat near 1: f'' = 12 (t − 1)² + 1/5.
    """
    curvature = np.where(model.product > 0, 12 * (model.ratio - 1) ** 2 + 0.2, np.inf).min(axis=(-2, -1))
    coarse = coarse_ratio(model, labels)
    step, place = model.ratio - coarse, np.abs(coarse - 1)
    # B_f(r, r_T) of this polynomial, and the size of what is added.
    loss = step**2 * (6 * place**2 + 4 * (coarse - 1) * step + step**2 + 0.1)
    gross = np.abs(step) * (model.ratio + coarse) * (6 * place**2 + 4 * place * np.abs(step) + step**2 + 0.1)
    total = expectation(model, model.product * loss, 8 * model.product * gross)
    rhs = np.sqrt(_known(1 / (2 * curvature), model) * total)
    return compare(mean_variation(model, labels), "<=", rhs)


@statement("I5-kl", "total variation through the KL-sufficiency", paper=("total-variation-cases",))
def total_variation_by_kl(model: FiniteLaw, labels: Labels) -> Sides:
    """E TV(P(·|z₁), P(·|T)) ≤ √(Suff_KL(T)/2), sharp as Suff → 0."""
    return compare(mean_variation(model, labels), "<=", _root(model, labels, divergence("kl"), 0.5))


@statement("I5-chi2", "total variation through the χ²-sufficiency", paper=("total-variation-cases",))
def total_variation_by_chi2(model: FiniteLaw, labels: Labels) -> Sides:
    """E TV(P(·|z₁), P(·|T)) ≤ √(Suff(T)/2) for f = (t − 1)²/2, attained."""
    return compare(mean_variation(model, labels), "<=", _root(model, labels, divergence("alpha(2)"), 0.5))


@statement(
    "I5-hellinger", "total variation through the Hellinger-sufficiency", paper=("total-variation-cases",)
)
def total_variation_by_hellinger(model: FiniteLaw, labels: Labels) -> Sides:
    """E TV(P(·|z₁), P(·|T)) ≤ √2 B^(3/4) √Suff(T) for f = 1 − √t, B = max r."""
    _, largest = ratio_ends(model, model.ratio)
    return compare(mean_variation(model, labels), "<=", _hellinger_root(model, labels, largest**1.5))


@statement(
    "I5-hellinger_moment",
    "total variation through the Hellinger-sufficiency, with a moment of the ratio in place of its supremum",
    paper=("total-variation-cases",),
)
def total_variation_by_hellinger_moment(model: FiniteLaw, labels: Labels) -> Sides:
    """E TV(P(·|z₁), P(·|T)) ≤ √2 (E_⊗ r_T^(3/2))^½ √Suff(T) ≤ √2 B^¼ √Suff(T) for f = 1 − √t."""
    terms = model.product * coarse_ratio(model, labels) ** 1.5
    return compare(
        mean_variation(model, labels), "<=", _hellinger_root(model, labels, expectation(model, terms, terms))
    )


@statement("I6", "the χ²-sufficiency controls the χ² of the conditional laws", paper=("chi2-conditional",))
def conditional_chi2(model: FiniteLaw, labels: Labels) -> Sides:
    """E χ²(P(·|z₁) ‖ P(·|T)) ≤ 2 sup(1/r_T) Suff(T), f = (t − 1)²/2, χ²(P ‖ Q) = Σ (P − Q)²/Q; over r_T > 0."""
    coarse = coarse_ratio(model, labels)
    lowest = np.where((model.product > 0) & (coarse > 0), coarse, np.inf).min(axis=(-2, -1))
    rhs = 2 * _known(1 / lowest, model) * model.sufficiency(labels, divergence("alpha(2)"), form="bregman")
    return compare(_mean_chi2(model, model.ratio, coarse), "<=", rhs)


@statement("I6-sharp", "the χ² bound is attained for every supremum of 1/r_T", paper=("chi2-conditional",))
def conditional_chi2_is_attained(M: float, delta: float) -> Comparison:
    """E χ² = 2 M Suff(T) on `level_family(1/M, delta)`, where sup 1/r_T = M."""
    model, labels = level_family(1 / M, delta)
    loss = model.sufficiency(labels, divergence("alpha(2)"), form="bregman")
    lhs = _mean_chi2(model, model.ratio, coarse_ratio(model, labels))
    return Comparison(lhs, "==", 2 * _known(M, model) * loss)


@statement(
    "I7", "the Hellinger-sufficiency controls the Hellinger distance", paper=("hellinger-conditional",)
)
def conditional_hellinger(model: FiniteLaw, labels: Labels) -> Sides:
    """E H²(P(·|z₁), P(·|T)) ≤ sup √r_T · Suff(T) for f = 1 − √t, H² = ½ Σ (√p − √q)²."""
    _, largest = ratio_ends(model, coarse_ratio(model, labels))
    rhs = _known(np.sqrt(largest), model) * _hellinger(model, labels)
    return compare(mean_hellinger(model, labels), "<=", rhs)


@statement(
    "I7-sharp", "the Hellinger bound is attained for every supremum of r_T", paper=("hellinger-conditional",)
)
def conditional_hellinger_is_attained(M: float, delta: float) -> Comparison:
    """E H² = √M Suff(T) on `level_family(M, delta)`, where sup r_T = M."""
    model, labels = level_family(M, delta)
    return Comparison(mean_hellinger(model, labels), "==", _known(M**0.5, model) * _hellinger(model, labels))


@statement("I8", "the excess of a score controls the χ² of its law from the true one", paper=("chi2-score",))
def score_chi2(model: FiniteLaw, score: Float) -> Sides:
    """R_f(S) − inf R_f ≥ ½ inf r · E χ²(P_S ‖ P(·|z₁)), f = (t − 1)²/2 on t ≥ 0; equal where r = 1 and w > 0."""
    weight = score_weights(model, score, "alpha(2)").weight
    return compare(_chi2_excess(model, score), ">=", _score_chi2(model, weight, model.ratio, 0.5))


@statement(
    "I8-exchanged",
    "the same without the factor ½, and with the laws exchanged",
    holds=False,
    paper=("chi2-score",),
)
def score_chi2_exchanged(model: FiniteLaw, score: Float) -> Sides:
    """The form in print, R_f(S) − inf R_f ≥ inf r · E χ²(P(·|z₁) ‖ P_S), f = (t − 1)²/2."""
    weight = score_weights(model, score, "alpha(2)").weight
    return compare(_chi2_excess(model, score), ">=", _score_chi2(model, model.ratio, weight, 1.0))


@statement("I8-factor", "the same without the factor ½ alone", holds=False, paper=("chi2-score",))
def score_chi2_without_half(model: FiniteLaw, score: Float) -> Sides:
    """With the laws in the right order and the factor left out, R_f(S) − inf R_f ≥ inf r · E χ²(P_S ‖ P(·|z₁))."""
    weight = score_weights(model, score, "alpha(2)").weight
    return compare(_chi2_excess(model, score), ">=", _score_chi2(model, weight, model.ratio, 1.0))


def coarse_ratio(model: FiniteLaw, labels: Labels) -> Float:
    """r_T of each cell, shape (..., n1, n2)."""
    return through(model.reduced(labels).ratio, ranks("labels", labels))


def ratio_ends(model: FiniteLaw, *ratios: Float) -> Ends:
    """The least and the largest entry over cells with mass, moved apart by their rounding; shape (...,)."""
    inside, error = model.product > 0, _rounding(model)
    low = np.min([np.where(inside, ratio, np.inf).min(axis=(-2, -1)) for ratio in ratios], axis=0)
    high = np.max([np.where(inside, ratio, 0.0).max(axis=(-2, -1)) for ratio in ratios], axis=0)
    return low * (1 - error), high * (1 + error)


def curvature_floor(div: Divergence, low: Float, high: Float) -> Float:
    """inf f'' over [low, high], elementwise; from the ends where f'' is monotone."""
    trend = div.second_derivative_trend
    if trend is not None:
        return div.second_derivative(low if trend >= 0 else high)
    pairs = zip(np.ravel(low), np.ravel(high), strict=True)
    floors = [div.second_derivative_floor(float(a), float(b)) for a, b in pairs]
    return np.reshape(floors, np.shape(low))


def _rounding(model: FiniteLaw) -> float:
    """The relative rounding of r and r_T: two sums over an alphabet, two divisions, a merged sum."""
    return (2 * sum(model.shape) + 8) * UNIT


def _known(value: Any, model: FiniteLaw) -> Any:
    """A simple function of r or r_T, with what their rounding makes of it."""
    error = 2 * _rounding(model) * np.abs(value)
    error = np.where(np.isfinite(error), error, 0.0)
    return bounded(value, error)


def _inverse(values: Float) -> Float:
    with np.errstate(divide="ignore"):
        return np.asarray(1 / np.asarray(values))


def _root(model: FiniteLaw, labels: Labels, div: Divergence, factor: Any) -> Any:
    """√(factor · Suff_f(T)); ∞ where the factor is."""
    loss = model.sufficiency(labels, div, form="bregman")
    void = np.isinf(factor)
    root = np.sqrt(_known(np.where(void, 0.0, factor)[()], model) * loss)
    if not np.any(void):
        return root
    if not np.ndim(root):
        return float("inf")
    return BoundedArray(np.where(void, np.inf, root.value), np.where(void, 0.0, root.error))


def _hellinger(model: FiniteLaw, labels: Labels) -> Any:
    """Suff_f(T) for f = 1 − √t, half of that for (1 − √t)² (P3)."""
    return 0.5 * model.sufficiency(labels, divergence("squared_hellinger"), form="bregman")


def _hellinger_root(model: FiniteLaw, labels: Labels, factor: Any) -> Any:
    """√(2 · factor · Suff_f(T)) for f = 1 − √t."""
    known = factor if isinstance(factor, Bounded | BoundedArray) else _known(factor, model)
    return np.sqrt(2 * known * _hellinger(model, labels))


def mean_variation(model: FiniteLaw, labels: Labels) -> Any:
    """E TV(P(·|z₁), P(·|T)) = ½ E_⊗ |r − r_T|."""
    coarse = coarse_ratio(model, labels)
    terms, gross = np.abs(model.ratio - coarse), model.ratio + coarse
    return expectation(model, 0.5 * model.product * terms, 0.5 * model.product * gross)


def mean_hellinger(model: FiniteLaw, labels: Labels) -> Any:
    """E H²(P(·|z₁), P(·|T)) = ½ E_⊗ (√r − √r_T)²."""
    first, second = np.sqrt(model.ratio), np.sqrt(coarse_ratio(model, labels))
    step = np.abs(first - second)
    # An error of either root moves the square by twice its distance.
    terms, gross = 0.5 * step**2, step * (first + second) + step**2
    return expectation(model, model.product * terms, model.product * gross)


def _mean_chi2(model: FiniteLaw, ratio: Float, reference: Float) -> Any:
    """E_⊗ (ratio − reference)²/reference: the mean of χ²(P ‖ Q) for laws with these densities; ∞ where Q misses P."""
    inside = model.product > SMALLEST_PRODUCT
    step, divisor = np.abs(ratio - reference), np.where(reference > 0, reference, 1.0)
    with np.errstate(over="ignore"):
        terms = np.where(inside, model.product * step**2 / divisor, 0.0)
        gross = np.where(inside, model.product * (2 * step * (ratio + reference) + step**2) / divisor, 0.0)
    missed = inside & (reference == 0) & (ratio > 0)
    return expectation(model, np.where(missed, np.inf, terms), np.where(missed, 0.0, gross))


def _chi2_excess(model: FiniteLaw, score: Float) -> Any:
    """R_f(S) − inf R_f for f = (t − 1)²/2 on t ≥ 0."""
    div = divergence("alpha(2)")
    return contrastive_risk(model, score, div) + model.information(div)


def _score_chi2(model: FiniteLaw, ratio: Float, reference: Float, factor: float) -> Any:
    """factor · inf r · E χ² of two laws with these densities; 0 where inf r is."""
    lowest, _ = ratio_ends(model, model.ratio)
    void = lowest == 0
    distance = _mean_chi2(model, ratio, reference)
    if not np.ndim(distance):
        return 0.0 if void else factor * _known(float(lowest), model) * distance
    with np.errstate(invalid="ignore"):
        found = factor * _known(lowest, model) * distance
    return BoundedArray(np.where(void, 0.0, found.value), np.where(void, 0.0, found.error))
