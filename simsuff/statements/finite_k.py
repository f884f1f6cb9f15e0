"""B1–B3: what does InfoNCE with K candidates cost, and how does it approach K = ∞?"""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import Float, require
from simsuff.population.finite_k import (
    excess_risk,
    infonce_risk,
    information_k,
    optimal_score,
    rounding_bound,
)
from simsuff.population.mixture import mixture_divergence
from simsuff.population.sharpness import normalised_score
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("B1", "log r plus any function of the anchor minimises the one-sided loss")
def one_sided_minimiser(model: FiniteModel, shift: Float, K: int) -> Comparison:
    """L_K(log r + c(z₁)) = −I_K; `shift` is c, shape (n1,)."""
    score = optimal_score(model) + shift[:, None]
    return Comparison(_risk(model, score, K), "==", -information_k(model, K))


@statement("B1-symmetric", "log r plus one constant minimises the symmetric loss")
def symmetric_minimiser(model: FiniteModel, constant: float, K: int) -> Comparison:
    """The symmetric L_K(log r + c) is minus the mean of the two directions' I_K."""
    score = optimal_score(model) + constant
    lhs = infonce_risk(model, score, K, symmetric=True)
    error = rounding_bound(model, score, K) + rounding_bound(model.swapped(), score.T, K)
    return Comparison(Bounded(lhs, error), "==", -information_k(model, K, symmetric=True), scale=1.0)


@statement("B1-only", "a shift by the anchor is not free under the symmetric loss")
def anchor_shift_costs(model: FiniteModel, shift: Float, K: int) -> Comparison:
    """The symmetric excess of log r + c(z₁) is half the excess in the swapped direction, so zero only for constant c."""
    score = optimal_score(model) + shift[:, None]
    rhs = excess_risk(model.swapped(), score.T, K) / 2
    return Comparison(excess_risk(model, score, K, symmetric=True), "==", rhs, scale=1.0 + rhs)


@statement("B2", "the K-sample information falls short by a mixture divergence")
def information_shortfall(model: FiniteModel, K: int) -> Comparison:
    """I_K = I − E_{z₁} E_{P₂^K} r̄ log r̄, the right side enumerated by other code."""
    kl = model.information(divergence("kl"))
    rhs = kl - mixture_divergence(model, np.ones(model.shape), K)
    return Comparison(_information(model, K), "==", rhs, scale=1.0 + kl)


@statement("B2-log", "the K-sample information is at most log K and at most I")
def information_ceiling(model: FiniteModel, K: int) -> Comparison:
    """I_K ≤ min(I, log K)."""
    return Comparison(
        _information(model, K), "<=", min(model.information(divergence("kl")), math.log(K)), scale=1.0
    )


@statement("B2-order", "the K-sample information increases with K")
def information_increases(model: FiniteModel, K: int) -> Comparison:
    """I_K ≤ I_{K+1}."""
    return Comparison(_information(model, K), "<=", _information(model, K + 1), scale=1.0)


@statement("B2-bias", "the bias in terms of the ratio")
def information_bias(model: FiniteModel, K: int) -> Comparison:
    """I − I_K ≤ E_{P₁₂} log(1 + (r − 1)/K)."""
    rhs = float(np.sum(model.joint * np.log1p((model.ratio - 1) / K)))
    return Comparison(_bias(model, K), "<=", rhs, scale=1.0)


@statement("B2-bias-chi2", "the bias in terms of χ²")
def information_bias_chi2(model: FiniteModel, K: int) -> Comparison:
    """I − I_K ≤ log(1 + χ²/K)."""
    return Comparison(_bias(model, K), "<=", math.log1p(model.information(divergence("chi2")) / K), scale=1.0)


@statement("B2-limit", "the bias at large K")
def information_bias_limit(model: FiniteModel, K: int) -> Comparison:
    """K (I − I_K) → χ²/2, with a relative remainder of order sup(r)²/K."""
    largest = float(model.ratio.max())
    rhs = model.information(divergence("chi2")) / 2
    return Comparison(K * _bias(model, K).value, "->", rhs, remainder=largest**2 / K, scale=float(K))


@statement("B3", "the excess at K candidates is the excess at K = ∞ less a mixture divergence")
def excess_shortfall(model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_K(S) = 𝓔_∞(S) − E KL(M_r^K ‖ M_w^K), the right side enumerated by other code."""
    whole = excess_risk(model, score, math.inf)
    rhs = whole - mixture_divergence(model, normalised_score(model, score), K)
    return Comparison(_excess(model, score, K), "==", rhs, scale=1.0 + whole)


@statement("B3-order", "the excess increases with K")
def excess_increases(model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_K(S) ≤ 𝓔_{K+1}(S)."""
    return Comparison(_excess(model, score, K), "<=", _excess(model, score, K + 1))


@statement("B3-limit", "the excess at K candidates is at most the excess at K = ∞")
def excess_below_limit(model: FiniteModel, score: Float, K: int) -> Comparison:
    """𝓔_K(S) ≤ 𝓔_∞(S)."""
    return Comparison(_excess(model, score, K), "<=", excess_risk(model, score, math.inf))


def _risk(model: FiniteModel, score: Float, K: int) -> Bounded:
    return Bounded(infonce_risk(model, score, K), rounding_bound(model, score, K))


def _excess(model: FiniteModel, score: Float, K: int) -> Bounded:
    return Bounded(excess_risk(model, score, K), rounding_bound(model, score, K))


def _information(model: FiniteModel, K: int) -> Bounded:
    require(K >= 1, "K", K, "be at least 1", "count the positive among the K candidates")
    return _excess(model, np.zeros(model.shape), K)


def _bias(model: FiniteModel, K: int) -> Bounded:
    """I − I_K."""
    short = _information(model, K)
    return Bounded(model.information(divergence("kl")) - short.value, short.error)
