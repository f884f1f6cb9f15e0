"""B1–B6: what InfoNCE with K candidates costs and reveals, and what fails without a bound on the ratio."""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float, require
from simsuff.population.finite_k import infonce_risk, optimal_score
from simsuff.population.sharpness import (
    density_bound,
    efficiency,
    mixture_divergence,
    normalised_score,
    sharp_family,
)
from simsuff.statements.equivalence import Labels, excess, score_through, with_rounding
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("B1", "log r plus any function of the anchor minimises the one-sided loss", paper=("minimisers",))
def one_sided_minimiser(model: FiniteModel, shift: Float, K: int) -> Comparison:
    """L_K(log r + c(z₁)) = −I_K; `shift` is c, shape (n1,)."""
    score = optimal_score(model) + shift[:, None]
    return Comparison(_risk(model, score, K), "==", -_information(model, K))


@statement("B1-symmetric", "log r plus one constant minimises the symmetric loss")
def symmetric_minimiser(model: FiniteModel, constant: float, K: int) -> Comparison:
    """The symmetric L_K(log r + c) is minus the mean of the two directions' I_K."""
    score = optimal_score(model) + constant
    return Comparison(_risk(model, score, K, symmetric=True), "==", -_information(model, K, symmetric=True))


@statement("B1-only", "a shift by the anchor is not free under the symmetric loss")
def anchor_shift_costs(model: FiniteModel, shift: Float, K: int) -> Comparison:
    """The symmetric excess of log r + c(z₁) is half the excess in the swapped direction, so zero only for constant c."""
    score = optimal_score(model) + shift[:, None]
    rhs = excess(model.swapped(), score.T, K) / 2
    return Comparison(excess(model, score, K, symmetric=True), "==", rhs)


@statement("B2", "the K-sample information falls short by a mixture divergence")
def information_shortfall(model: FiniteModel, K: int) -> Comparison:
    """I_K = I − E_{z₁} E_{P₂^K} r̄ log r̄, the right side enumerated by other code."""
    kl = model.information(divergence("kl"))
    rhs = kl - rounded(mixture_divergence(model, np.ones(model.shape), K), 1.0 + kl)
    return Comparison(_information(model, K), "==", rhs)


@statement("B2-log", "the K-sample information is at most log K and at most I")
def information_ceiling(model: FiniteModel, K: int) -> Comparison:
    """I_K ≤ min(I, log K)."""
    return Comparison(_information(model, K), "<=", min(model.information(divergence("kl")), math.log(K)))


@statement("B2-order", "the K-sample information increases with K")
def information_increases(model: FiniteModel, K: int) -> Comparison:
    """I_K ≤ I_{K+1}."""
    return Comparison(_information(model, K), "<=", _information(model, K + 1))


@statement("B2-bias", "the bias in terms of the ratio")
def information_bias(model: FiniteModel, K: int) -> Comparison:
    """I − I_K ≤ E_{P₁₂} log(1 + (r − 1)/K)."""
    rhs = float(np.sum(model.joint * np.log1p((model.ratio - 1) / K)))
    return Comparison(_bias(model, K), "<=", rhs)


@statement("B2-bias-chi2", "the bias in terms of χ²")
def information_bias_chi2(model: FiniteModel, K: int) -> Comparison:
    """I − I_K ≤ log(1 + χ²/K)."""
    return Comparison(_bias(model, K), "<=", np.log1p(model.information(divergence("chi2")) / K))


@statement("B2-limit", "the bias at large K")
def information_bias_limit(model: FiniteModel, K: int) -> Comparison:
    """K (I − I_K) → χ²/2, with a relative remainder of order sup(r)²/K."""
    largest = float(model.ratio.max())
    rhs = model.information(divergence("chi2")) / 2
    return Comparison(K * _bias(model, K), "->", rhs, remainder=largest**2 / K)


@statement("B3", "the excess at K candidates is the excess at K = ∞ less a mixture divergence")
def excess_shortfall(model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_K(S) = 𝓔_∞(S) − E KL(M_r^K ‖ M_w^K), the right side enumerated by other code."""
    whole = excess(model, score, math.inf)
    rhs = whole - rounded(mixture_divergence(model, normalised_score(model, score), K), 1.0 + whole)
    return Comparison(excess(model, score, K), "==", rhs)


@statement("B3-order", "the excess increases with K")
def excess_increases(model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_K(S) ≤ 𝓔_{K+1}(S)."""
    return Comparison(excess(model, score, K), "<=", excess(model, score, K + 1))


@statement("B3-limit", "the excess at K candidates is at most the excess at K = ∞", paper=("kl-limit",))
def excess_below_limit(model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_K(S) ≤ 𝓔_∞(S)."""
    return Comparison(excess(model, score, K), "<=", excess(model, score, math.inf))


@statement("B4", "the finite-K excess controls the KL-sufficiency, with the sharp constant")
def sufficiency_from_excess(model: FiniteModel, labels: Labels, score: Float, K: int) -> Comparison:
    """Suff_KL(T) ≤ 𝓔_K(S∘T)/(1 − η_{K,M}), M = sup max(r, w)."""
    through = score_through(labels, score)
    rhs = excess(model, through, K) / efficiency(K, density_bound(model, through))
    return Comparison(model.sufficiency(labels, divergence("kl")), "<=", rhs)


@statement("B4-excess", "the finite-K excess controls the excess at K = ∞")
def limit_from_excess(model: FiniteModel, score: Float, K: int) -> Comparison:
    """(1 − η_{K,M}) 𝓔_∞(S) ≤ 𝓔_K(S), M = sup max(r, w)."""
    lhs = efficiency(K, density_bound(model, score)) * excess(model, score, math.inf)
    return Comparison(lhs, "<=", excess(model, score, K))


@statement("B4-rate", "the sharp constant is at most 1 + (2M − 1)/(K − 1)", sharp="K = 2")
def rate_of_constant(M: float, K: int) -> Comparison:
    """1/(1 − η_{K,M}) ≤ 1 + (2M − 1)/(K − 1) for K ≥ 2, with equality at K = 2."""
    require(K >= 2, "K", K, "be at least 2", "one candidate reveals nothing")
    return Comparison(1 / efficiency(K, M), "<=", 1 + (2 * M - 1) / (K - 1))


@statement("B4-sharp", "the constant is attained")
def constant_is_attained(M: float, K: int, delta: float) -> Comparison:
    """𝓔_K/𝓔_∞ → 1 − η_{K,M} on `sharp_family(M, delta)` as δ → 0, with a relative remainder of order δ."""
    model, score = sharp_family(M, delta)
    lhs = excess(model, score, K) / excess(model, score, math.inf)
    return Comparison(lhs, "->", efficiency(K, M), remainder=delta)


@statement("B5", "a constant at fixed K without a bound on the ratio", holds=False)
def constant_without_bound(model: FiniteModel, score: Float, K: int, constant: float) -> Comparison:
    """The tempting 𝓔_∞(S) ≤ c 𝓔_K(S) with a fixed c: false once sup max(r, w) is large against K."""
    return Comparison(excess(model, score, math.inf), "<=", constant * excess(model, score, K))


@statement("B5-clip", "clipping the score costs little")
def clipping_costs_little(model: FiniteModel, kappa: float) -> Comparison:
    """𝓔_∞(log max(r, κ)) ≤ log(1 + κ)."""
    require(kappa > 0, "kappa", kappa, "be positive", "clip at a positive ratio")
    lhs = excess(model, np.log(np.maximum(model.ratio, kappa)), math.inf)
    return Comparison(lhs, "<=", math.log1p(kappa))


@statement("B6", "the finite-K loss of information through T is the excess of its best score")
def encoder_level_loss(model: FiniteModel, labels: Labels, K: int) -> Comparison:
    """I_K(z₁; z₂) − I_K(T; z₂) = 𝓔_K(log r_T)."""
    reduced = model.reduced(labels)
    score = optimal_score(reduced)[np.unique(labels, return_inverse=True)[1]]
    lhs = _information(model, K) - _information(reduced, K)
    return Comparison(lhs, "==", excess(model, score, K))


def _risk(model: FiniteModel, score: Float, K: int, symmetric: bool = False) -> Bounded:
    found = infonce_risk(model, score, K, symmetric=symmetric)
    return with_rounding(found, model, score, K, symmetric)


def _information(model: FiniteModel, K: int, symmetric: bool = False) -> Bounded:
    """I_K, the excess risk of the constant score."""
    require(K >= 1, "K", K, "be at least 1", "count the positive among the K candidates")
    return excess(model, np.zeros(model.shape), K, symmetric)


def _bias(model: FiniteModel, K: int) -> Bounded:
    """I − I_K."""
    return model.information(divergence("kl")) - _information(model, K)
