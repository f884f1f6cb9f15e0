"""B4–B6: how much of the excess risk do K candidates reveal, and what fails without a bound on the ratio?"""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.numerics.validation import Float, require
from simsuff.population.finite_k import excess_risk, information_k, optimal_score
from simsuff.population.sharpness import density_bound, efficiency, sharp_family
from simsuff.statements.equivalence import Labels, score_through
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("B4", "the finite-K excess controls the KL-sufficiency, with the sharp constant")
def sufficiency_from_excess(model: FiniteModel, labels: Labels, score: Float, K: int) -> Comparison:
    """Suff_KL(T) ≤ 𝓔_K(S∘T)/(1 − η_{K,M}), M = sup max(r, w)."""
    through = score_through(labels, score)
    rhs = excess_risk(model, through, K) / efficiency(K, density_bound(model, through))
    lhs = model.sufficiency(labels, divergence("kl"))
    return Comparison(lhs, "<=", rhs, scale=model.magnitude(divergence("kl")))


@statement("B4-excess", "the finite-K excess controls the excess at K = ∞")
def limit_from_excess(model: FiniteModel, score: Float, K: int) -> Comparison:
    """(1 − η_{K,M}) 𝓔_∞(S) ≤ 𝓔_K(S), M = sup max(r, w)."""
    lhs = efficiency(K, density_bound(model, score)) * excess_risk(model, score, math.inf)
    return Comparison(lhs, "<=", excess_risk(model, score, K))


@statement("B4-rate", "the sharp constant is at most 1 + (2M − 1)/(K − 1)")
def rate_of_constant(M: float, K: int) -> Comparison:
    """1/(1 − η_{K,M}) ≤ 1 + (2M − 1)/(K − 1) for K ≥ 2, with equality at K = 2."""
    require(K >= 2, "K", K, "be at least 2", "one candidate reveals nothing")
    return Comparison(1 / efficiency(K, M), "<=", 1 + (2 * M - 1) / (K - 1))


@statement("B4-sharp", "the constant is attained")
def constant_is_attained(M: float, K: int, delta: float) -> Comparison:
    """𝓔_K/𝓔_∞ → 1 − η_{K,M} on `sharp_family(M, delta)` as δ → 0, with a relative remainder of order δ."""
    model, score = sharp_family(M, delta)
    lhs = excess_risk(model, score, K) / excess_risk(model, score, math.inf)
    return Comparison(lhs, "->", efficiency(K, M), remainder=delta)


@statement("B5", "a constant at fixed K without a bound on the ratio", holds=False)
def constant_without_bound(model: FiniteModel, score: Float, K: int, constant: float) -> Comparison:
    """The tempting 𝓔_∞(S) ≤ c 𝓔_K(S) with a fixed c: false once sup max(r, w) is large against K."""
    return Comparison(excess_risk(model, score, math.inf), "<=", constant * excess_risk(model, score, K))


@statement("B5-clip", "clipping the score costs little")
def clipping_costs_little(model: FiniteModel, kappa: float) -> Comparison:
    """𝓔_∞(log max(r, κ)) ≤ log(1 + κ)."""
    require(kappa > 0, "kappa", kappa, "be positive", "clip at a positive ratio")
    lhs = excess_risk(model, np.log(np.maximum(model.ratio, kappa)), math.inf)
    return Comparison(lhs, "<=", math.log1p(kappa))


@statement("B6", "the finite-K loss of information through T is the excess of its best score")
def encoder_level_loss(model: FiniteModel, labels: Labels, K: int) -> Comparison:
    """I_K(z₁; z₂) − I_K(T; z₂) = 𝓔_K(log r_T)."""
    reduced = model.reduced(labels)
    score = optimal_score(reduced)[np.unique(labels, return_inverse=True)[1]]
    lhs = information_k(model, K) - information_k(reduced, K)
    return Comparison(lhs, "==", excess_risk(model, score, K), scale=1.0 + information_k(model, K))
