"""J1: near-minimisers of the finite-K loss are near-sufficient, with the least constant in terms of the paper's B_S."""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import Float, require
from simsuff.population.finite_k import optimal_score
from simsuff.population.sharpness import efficiency, two_sided_family
from simsuff.statements.equivalence import Labels, excess, score_through
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

PAPER = ("near-minimisers",)

# The mass of the set in units of 1/(K B_S³): K candidates hit it twice, where w is B_S², with a relative chance below it.
SHARE = 1e-3


@statement("J1", "near-minimisers are near-sufficient, with a factor 1 + C/K", paper=PAPER)
def near_minimiser(full_model: FiniteModel, labels: Labels, score: Float, K: int) -> Comparison:
    """Suff_KL(T) ≤ (1 + C/K) 𝓔_K(S∘T), C = 4B_S² − 2, where r and e^S lie in [1/B_S, B_S]."""
    through = score_through(labels, score)
    return Comparison(
        full_model.sufficiency(labels, divergence("kl")), "<=", _inflated(full_model, through, K)
    )


@statement(
    "J1-excess", "the excess at K candidates bounds that in the limit, with a factor 1 + C/K", paper=PAPER
)
def limit_of_near_minimiser(full_model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_∞(S) ≤ (1 + C/K) 𝓔_K(S), C = 4B_S² − 2, where r and e^S lie in [1/B_S, B_S]."""
    return Comparison(excess(full_model, score, math.inf), "<=", _inflated(full_model, score, K))


@statement("J1-constant", "the least C that B4 gives for every number of candidates", paper=PAPER)
def constant_of_near_minimisers(score_bound: float, K: int) -> Comparison:
    """K η/(1 − η) ≤ 4B_S² − 2, η = η_{K,M} at M = B_S² ≥ sup max(r, w): with equality at K = 2."""
    require(K >= 2, "K", K, "be at least 2", "one candidate reveals nothing")
    bound = score_bound**2
    rest = efficiency(K, bound)
    return Comparison(K * (1 - rest) / rest, "<=", 4 * Bounded(score_bound, 0.0) ** 2 - 2)


@statement("J1-family", "a law and a score that need a constant of the order of B_S²/log B_S", paper=PAPER)
def constant_that_is_needed(score_bound: float, K: int) -> Comparison:
    """𝓔_∞/𝓔_K on `two_sided_family` as the set where S is wrong vanishes, in closed form.

    With w = B_S² and r = 1/B_S there: (r log(r/w) − r + w) over
    r log(r/w) + (K − 1 + r) log((w + K − 1)/(r + K − 1)), about B_S²/(2 log B_S) at K = 2.
    """
    share = SHARE / (K * score_bound**3)
    model, score = two_sided_family(score_bound, share)
    lhs = excess(model, score, math.inf) / excess(model, score, K)
    w, r = Bounded(score_bound, 0.0) ** 2, 1 / Bounded(score_bound, 0.0)
    tilt = r * np.log(r / w)
    rhs = (tilt - r + w) / (tilt + (K - 1 + r) * np.log((w + K - 1) / (r + K - 1)))
    return Comparison(lhs, "->", rhs, remainder=SHARE)


@statement("J1-linear", "a constant C that grows linearly in B_S", holds=False, paper=PAPER)
def constant_is_linear(score_bound: float, K: int, constant: float) -> Comparison:
    """𝓔_∞(S) ≤ (1 + c·B_S/K) 𝓔_K(S) with r, e^S in [1/B_S, B_S]: false for every c, by `two_sided_family`."""
    model, score = two_sided_family(score_bound, SHARE / (K * score_bound**3))
    rhs = (1 + constant * score_bound / K) * excess(model, score, K)
    return Comparison(excess(model, score, math.inf), "<=", rhs)


def _inflated(model: FiniteModel, score: Float, K: int) -> Bounded:
    """(1 + C/K) 𝓔_K(S) with C = 4B_S² − 2 for the least B_S that bounds r and e^S from both sides."""
    largest = max(float(np.abs(optimal_score(model)).max()), float(np.abs(score).max()))
    constant = 4 * np.exp(2 * Bounded(largest, 0.0)) - 2
    inflated: Bounded = (1 + constant / K) * excess(model, score, K)
    return inflated
