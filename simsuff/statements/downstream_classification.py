"""Q5–Q7: the classification theorem of Lin and Mei beside ours, and the triangle-like inequality of Rényi divergences."""

import math

import numpy as np

from simsuff.divergences import renyi_divergence
from simsuff.downstream import FiniteClassification
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.statements.classification import kl_sufficiency
from simsuff.statements.equivalence import Labels
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("Q5", "the classification theorem with the constants of its proof", paper=("classification",))
def printed_classification_bound(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """X_T ≤ √2 B √Suff_KL(T) + 5 ε_cls, B = −log min P(y|z)."""
    rhs = math.sqrt(2) * _loss(classification, statistic) + 5 * classification.epsilon_both
    return Comparison(rounded(classification.excess_log_loss(statistic), 1.0), "<=", rhs)


@statement("Q5-halves", "the proof of the classification theorem, each step as sharp as it goes")
def repaired_classification_bound(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """X_T ≤ B √(Suff_KL(T)/2) + 5 E D₂(P(y|x) ‖ P(y|z)) + 2 E D₂(P(y|z) ‖ P(y|x)), views iid given x or not."""
    errors = 5 * classification.epsilon_renyi2() + 2 * classification.epsilon_reversed
    rhs = math.sqrt(0.5) * _loss(classification, statistic) + errors
    return Comparison(rounded(classification.excess_log_loss(statistic), 1.0), "<=", rhs)


@statement(
    "Q5-order",
    "the bound that is linear in the sufficiency is below the printed one",
    paper=("classification",),
)
def linear_bound_is_sharper(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """min(Suff_KL(T), B) + 2 ε_KL, which bounds X_T (D1), is at most √2 B √Suff_KL(T) + 5 ε_cls."""
    sufficiency, floor = kl_sufficiency(classification, statistic), classification.log_floor
    lhs = np.minimum(sufficiency, floor) + 2 * classification.epsilon_kl
    rhs = math.sqrt(2) * _loss(classification, statistic) + 5 * classification.epsilon_both
    return Comparison(rounded(lhs, 1.0), "<=", rhs)


@statement("Q6", "the triangle-like inequality of Rényi divergences", paper=("renyi-triangle",))
def renyi_triangle(first: Float, middle: Float, last: Float, order: float, factor: float) -> Comparison:
    """D_α(P‖Q) ≤ kα/(kα − 1) D_{(kα−1)/(k−1)}(P‖T) + D_{kα}(T‖Q), α = `order` ≥ 1, k = `factor` > 1.

    P, T, Q are `first`, `middle`, `last`; α = 1 is the limit KL(P‖Q) ≤ k/(k − 1) KL(P‖T) + D_k(T‖Q).
    """
    product = factor * order
    between = renyi_divergence(first, middle, (product - 1) / (factor - 1))
    rhs = product / (product - 1) * between + renyi_divergence(middle, last, product)
    return Comparison(renyi_divergence(first, last, order), "<=", rhs)


@statement(
    "Q7", "the step of the classification theorem, with the factor of the triangle", paper=("renyi-step",)
)
def renyi_step(first: Float, middle: Float, last: Float) -> Comparison:
    """D_{4/3}(P‖Q) ≤ 2 D₂(P‖T) + D₂(T‖Q): Q6 at α = 4/3, k = 3/2."""
    rhs = 2 * renyi_divergence(first, middle, 2.0) + renyi_divergence(middle, last, 2.0)
    return Comparison(renyi_divergence(first, last, 4 / 3), "<=", rhs)


@statement(
    "Q7-printed", "the step of the classification theorem, as printed", holds=False, paper=("renyi-step",)
)
def printed_renyi_step(first: Float, middle: Float, last: Float) -> Comparison:
    """The printed D_{4/3}(P‖Q) ≤ D₂(P‖T) + D₂(T‖Q): false where T lies between P and Q; the ratio reaches 2."""
    rhs = renyi_divergence(first, middle, 2.0) + renyi_divergence(middle, last, 2.0)
    return Comparison(renyi_divergence(first, last, 4 / 3), "<=", rhs)


@statement(
    "Q7-views", "the step of the classification theorem, averaged over two views", paper=("renyi-step",)
)
def averaged_renyi_step(classification: FiniteClassification) -> Comparison:
    """E D_{4/3}(P(y|z₂) ‖ P(y|z₁)) ≤ 2 E D₂(P(y|z) ‖ P(y|x)) + E D₂(P(y|x) ‖ P(y|z))."""
    rhs = 2 * classification.epsilon_reversed + classification.epsilon_renyi2()
    return Comparison(classification.view_distance(4 / 3), "<=", rhs)


@statement(
    "Q7-printed_views",
    "the step of the classification theorem as printed, averaged over two views",
    holds=False,
    paper=("renyi-step",),
)
def printed_averaged_step(skewed_classification: FiniteClassification) -> Comparison:
    """The printed E D_{4/3}(P(y|z₂) ‖ P(y|z₁)) ≤ ε_cls: averages save it on typical laws, but not on all."""
    return Comparison(skewed_classification.view_distance(4 / 3), "<=", skewed_classification.epsilon_both)


def _loss(classification: FiniteClassification, statistic: Labels) -> float:
    """B √Suff_KL(T); infinite, and the theorem void, where a view excludes a label."""
    floor = classification.log_floor
    if math.isinf(floor):
        return math.inf
    root: Bounded = np.sqrt(kl_sufficiency(classification, statistic))
    return rounded(floor, 1.0) * root
