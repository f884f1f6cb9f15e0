"""InfoNCE and its excess in population with K candidates, exactly, on a finite model (B1–B3, B6)."""

import math

import numpy as np
from numpy.typing import ArrayLike

from simsuff.kernels.compositions import state_count
from simsuff.models.finite import FiniteModel
from simsuff.numerics.validation import Float, integer, refuse, require, require_all
from simsuff.population.finite_kernel import limit_kernel, risk_kernel

# Two million count vectors on a 3 × 3 law take about half a second.
STATE_LIMIT = 2_000_000


def infonce_risk(
    model: FiniteModel, score: ArrayLike, K: float, *, symmetric: bool = False, limit: int = STATE_LIMIT
) -> float:
    """L_K(S) = E[−S(z₁, z₂¹) + log (1/K) Σ_j e^{S(z₁, z₂ʲ)}] in nats, K candidates of which one is the positive.

    Exact up to `rounding_bound`, by enumeration of the multinomial count vectors of K draws from P₂.

    Parameters
    ----------
    model : the law of (z₁, z₂).
    score : S, shape (n1, n2). −∞ is allowed; where r > 0 it makes the risk +∞ (for K ≥ 2). Entries of rows and
        columns without mass do not matter.
    K : integer ≥ 1, or math.inf for the limit E log E_{P₂} e^S − E_{P₁₂} S.
    symmetric : the average of both directions; its expectation is that of the in-batch symmetric loss.
    limit : the largest number of count vectors to visit in one direction.

    Raises
    ------
    ValueError : a score of another shape, NaN or +∞ in it, K < 1, more count vectors than `limit`.
    """
    return _population_risk(False, model, score, K, symmetric, limit)


def excess_risk(
    model: FiniteModel, score: ArrayLike, K: float, *, symmetric: bool = False, limit: int = STATE_LIMIT
) -> float:
    """𝓔_K(S) = L_K(S) − min L_K in nats (B3); K = math.inf: 𝓔_∞(S) = E KL(P(z₂|z₁) ‖ P_S), P_S ∝ P₂ e^S.

    Computed as the expected KL divergence between the true posterior of the positive's place and the softmax of
    the scores, a sum of non-negative terms: small excess risks keep their digits. Arguments, exactness and errors
    are those of `infonce_risk`.
    """
    return _population_risk(True, model, score, K, symmetric, limit)


def information_k(
    model: FiniteModel, K: float, *, symmetric: bool = False, limit: int = STATE_LIMIT
) -> float:
    """I_K = −min L_K in nats (B2): I_1 = 0, I_K ≤ min(I, log K), increasing to I = I_∞.

    It is the excess risk of the constant score, whose risk is 0: a sum of non-negative terms.
    """
    return excess_risk(model, np.zeros(model.joint.shape), K, symmetric=symmetric, limit=limit)


def optimal_score(model: FiniteModel) -> Float:
    """log r, shape (n1, n2), a minimiser of L_K for every K (B1); −∞ where r = 0."""
    with np.errstate(divide="ignore"):
        values: Float = np.log(model.ratio)
    return values


def rounding_bound(model: FiniteModel, score: ArrayLike, K: float) -> float:
    """A bound on the rounding error of `infonce_risk` and `excess_risk`, in nats.

    The logarithm of a count vector's probability is a sum of terms of total size W = 2 log K! + K max|log P₂|,
    each computed to a few units in the last place u; that is a relative error of the probability. What is averaged
    is at most the spread R of the finite scores and log-ratios plus log K, with a few u for each of n2 terms. First
    order in u; infinite scores contribute nothing.
    """
    table, draws = score_table(model, score), candidates(K)
    second = model.marginal2[model.marginal2 > 0]
    first = model.marginal1[model.marginal1 > 0]
    finite = table[np.isfinite(table)]
    log_ratio = optimal_score(model)
    log_ratio = log_ratio[np.isfinite(log_ratio)]
    spread = float(np.abs(finite).max(initial=0.0)) * 2 + float(np.abs(log_ratio).max(initial=0.0)) * 2 + 1
    terms = max(len(first), len(second)) + 8
    weight = 0.0
    if draws != math.inf:
        smallest = min(float(first.min()), float(second.min()))
        weight = 2 * math.lgamma(draws + 1) - draws * math.log(smallest)
        spread += math.log(draws)
    return float(np.finfo(np.float64).eps) * terms * (weight + 4) * spread


def score_table(model: FiniteModel, score: ArrayLike) -> Float:
    """`score` as a checked C-contiguous table (n1, n2) without NaN and +∞."""
    table = np.ascontiguousarray(score, dtype=np.float64)
    expected = model.joint.shape
    way_out = "give one score for each cell of the joint table"
    require(table.shape == expected, "score", f"shape = {table.shape}", f"have shape {expected}", way_out)
    good = table < np.inf
    require_all(good, "score", table, "be finite or -inf", "remove NaN and +inf entries")
    return table


def candidates(K: float) -> float:
    """`K` checked: an integer ≥ 1, or math.inf."""
    if isinstance(K, float) and math.isinf(K) and K > 0:
        return math.inf
    return integer("K", K, 1, "count the positive among the K candidates, or pass math.inf")


def _population_risk(
    excess: bool, model: FiniteModel, score: ArrayLike, K: float, symmetric: bool, limit: int
) -> float:
    """The risk or the excess risk, averaged over both directions if `symmetric`."""
    table, draws = score_table(model, score), candidates(K)
    values = []
    for law, scores in ((model.joint, table), (model.joint.T, table.T))[: 1 + symmetric]:
        joint, table = np.ascontiguousarray(law), np.ascontiguousarray(scores)
        if draws == math.inf:
            values.append(float(limit_kernel(joint, table, excess)))
            continue
        symbols = int((joint.sum(axis=0) > 0).sum())
        states = state_count(int(draws), symbols)
        if states > limit:
            shown, allowed = (
                f"K = {draws} with {symbols} symbols",
                f"need at most {limit} count vectors, not {states}",
            )
            raise refuse("K", shown, allowed, "lower K, merge symbols, or raise limit")
        values.append(float(risk_kernel(joint, table, int(draws), excess)))
    return sum(values) / len(values)
