"""I9: the SimCLR risk less log K tends to the KL risk, with a rate that is explicit on both sides."""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.population.finite_k import infonce_risk
from simsuff.population.sharpness import density_bound, normalised_score
from simsuff.statements.equivalence import excess, with_rounding
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("I9", "the SimCLR risk less log K is within a multiple of 1/K of the KL risk", paper=("kl-limit",))
def risk_near_limit(model: FiniteModel, score: Float, K: int) -> Comparison:
    """|L_K(S) − R_KL(S)| ≤ max(χ², M 𝓔_∞(S))/K, χ² = E_⊗(r − 1)², M = sup max(r, w)."""
    return Comparison(
        np.abs(_risk(model, score, K) - _risk(model, score, math.inf)), "<=", _rate(model, score, K)
    )


@statement("I9-symmetric", "the same for the mean of both directions", paper=("kl-limit",))
def symmetric_risk_near_limit(model: FiniteModel, score: Float, K: int) -> Comparison:
    """The symmetric L_K is within the mean of the bounds of both directions of the mean of both KL risks."""
    sides = (model, score), (model.swapped(), score.T)
    lhs = _risk(model, score, K, symmetric=True) - sum(_risk(*side, math.inf) for side in sides) / 2
    return Comparison(np.abs(lhs), "<=", sum(_rate(*side, K) for side in sides) / 2)


@statement(
    "I9-below", "the SimCLR risk less log K exceeds the KL risk by no more than the bias", paper=("kl-limit",)
)
def risk_above_limit(model: FiniteModel, score: Float, K: int) -> Comparison:
    """L_K(S) − R_KL(S) ≤ E_{P₁₂} log(1 + (w − 1)/K), by Jensen over the negatives."""
    weight = normalised_score(model, score)
    rhs = rounded(float(np.sum(model.joint * np.log1p((weight - 1) / K))), 1.0)
    return Comparison(_risk(model, score, K) - _risk(model, score, math.inf), "<=", rhs)


@statement(
    "I9-excess", "the excess at K candidates is within a multiple of 1/K of its limit", paper=("kl-limit",)
)
def excess_near_limit(model: FiniteModel, score: Float, K: int) -> Comparison:
    """|𝓔_K(S) − 𝓔_∞(S)| ≤ (M/K) 𝓔_∞(S), M = sup max(r, w)."""
    limit = excess(model, score, math.inf)
    rhs = density_bound(model, score) / K * limit
    return Comparison(np.abs(excess(model, score, K) - limit), "<=", rhs)


def _risk(model: FiniteModel, score: Float, K: float, symmetric: bool = False) -> Bounded:
    """L_K(S), the SimCLR risk less log K; R_KL(S) for K = ∞."""
    return with_rounding(infonce_risk(model, score, K, symmetric=symmetric), model, score, K, symmetric)


def _rate(model: FiniteModel, score: Float, K: int) -> Bounded:
    """max(χ², M 𝓔_∞)/K."""
    chi2 = model.information(divergence("chi2"))
    larger: Bounded = np.maximum(chi2, density_bound(model, score) * excess(model, score, math.inf))
    return larger / K
