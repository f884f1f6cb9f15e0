"""What K candidates reveal of an excess risk: mixture divergences (B2, B3), the least share (B4), laws that attain it."""

import math
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from simsuff.models.finite import FiniteModel
from simsuff.numerics.validation import Float, Integer, require, require_all
from simsuff.population.finite_k import candidates, score_table

# Where K/M is below it, 1 − η is summed as a series; above, η is at most 0.79 and 1 − η loses two bits at most.
SERIES_BELOW = 0.5


def eta(K: float, M: float) -> float:
    """η_{K,M} = E 1/(1 + Bin(K−1, 1/M)) = (M/K)(1 − (1 − 1/M)^K) of B4, for any K ≥ 1 and M ≥ 1.

    K and M may be math.inf (not both); K must be an integer otherwise.

    Raises
    ------
    ValueError : K < 1 or not an integer, M < 1, NaN, both infinite.
    """
    draws, bound = _checked(K, M)
    if draws == 1 or bound == math.inf:
        return 1.0
    if draws == math.inf:
        return 0.0
    power = draws * math.log1p(-1 / bound) if bound > 1 else -math.inf
    return -math.expm1(power) * (bound / draws)


def efficiency(K: float, M: float) -> float:
    """1 − η_{K,M} with full relative accuracy, also where η is near 1 (M ≫ K); see `eta`.

    B4: (1 − η) 𝓔_∞(S) ≤ 𝓔_K(S) for M ≥ sup max(r, w).
    """
    draws, bound = _checked(K, M)
    if draws >= SERIES_BELOW * bound:
        return 1 - eta(draws, bound)
    # Σ_{j≥1} (−1)^{j+1} C(K−1, j) M^{−j}/(j+1), the expectation of N/(1 + N); it ends after K − 1 terms.
    term = (draws - 1) / bound / 2
    total, j = 0.0, 1
    while abs(term) > total * np.finfo(np.float64).eps / 2:
        total += term
        term *= -(draws - 1 - j) / bound / (j + 2)
        j += 1
    return total


def _checked(K: float, M: float) -> tuple[float, float]:
    draws = candidates(K)
    way_out = "M bounds a density, whose supremum is at least 1"
    require(isinstance(M, int | float | np.number) and M >= 1, "M", M, "be at least 1", way_out)
    both = draws == math.inf and math.isinf(M)
    require(not both, "K and M", f"K = {draws!r}, M = {M!r}", "not both be infinite", "fix one of them")
    return draws, float(M)


def normalised_score(model: FiniteModel, score: ArrayLike) -> Float:
    """w = e^S / E_{P₂} e^{S(z₁, ·)} of B3, shape (n1, n2); 0 where a marginal is 0.

    Raises
    ------
    ValueError : as `infonce_risk`, and for a row with mass in which S = −∞ throughout the support of P₂.
    """
    table = score_table(model, score).copy()
    table[:, model.marginal2 == 0] = -np.inf
    live = model.marginal1 > 0
    top = table.max(axis=1)
    good = ~(live & (top == -np.inf))
    require_all(
        good, "largest score of a row", top, "be finite", "give each row a finite score on P2's support"
    )
    w = np.zeros(table.shape)
    weight = np.exp(table[live] - top[live, None])
    w[live] = weight / (weight @ model.marginal2)[:, None]
    return w


def density_bound(model: FiniteModel, score: ArrayLike) -> float:
    """sup max(r, w), the smallest M of B4 for this score: at least 1, which is the mean of both."""
    return float(max(1.0, model.ratio.max(), normalised_score(model, score).max()))


def sharp_family(M: float, delta: float) -> tuple[FiniteModel, Float]:
    """A 3 × 3 law and a score with 𝓔_K(S)/𝓔_∞(S) → 1 − η_{K,M} as `delta` → 0, for every K (B4 is sharp).

    Given either of the first two symbols of z₁, r = M(1 ± δ) and w = M(1 ∓ δ) on two halves of a set of P₂-mass
    1/M, and both vanish elsewhere (S = −∞). The third symbol balances the marginals with r = w ≤ M, so its excess
    is 0. The smallest M of B4 is M(1 + δ) here.

    Parameters
    ----------
    M : greater than 1 and finite. delta : in (0, 1).
    """
    require(1 < M < math.inf, "M", M, "be greater than 1 and finite", "M bounds a density")
    require(0 < delta < 1, "delta", delta, "lie in (0, 1)", "pass a small positive number")
    # P₁ of the first two symbols together: below M = 2 it must leave the third one enough mass for r <= M.
    share = min(1 / M, 1 - 1 / M)
    high, low = share * (1 + delta) / 4, share * (1 - delta) / 4
    half = (1 / M - share) / 2
    model = FiniteModel(np.array([[high, low, 0], [low, high, 0], [half, half, 1 - 1 / M]]))
    with np.errstate(divide="ignore"):
        score: Float = np.log(model.ratio)
    score[:2, :2] = math.log1p(delta), math.log1p(-delta)
    score[0, :2] = score[0, 1::-1]
    return model, score


def two_sided_family(score_bound: float, share: float) -> tuple[FiniteModel, Float]:
    """A 2 × 3 law and a score with r and e^S in [1/B_S, B_S] whose finite-K excess shows little of the excess (J1).

    Given z₁, the score is log B_S on one of two sets of P₂-mass `share`, where r = 1/B_S. On the other set r = 2 − 1/B_S,
    on the rest r = 1, and the score is log(r/B_S) on both. For the other z₁ the sets change places.

    Parameters
    ----------
    score_bound : B_S of the paper, greater than 1 and finite.
    share : in (0, ½).
    """
    require(
        1 < score_bound < math.inf, "score_bound", score_bound, "be greater than 1", "it bounds r and e^S"
    )
    require(0 < share < 0.5, "share", share, "lie in (0, 1/2)", "pass a small positive number")
    low = 1 / score_bound
    rest = (1 - 2 * share) / 2
    first = [low * share / 2, (2 - low) * share / 2, rest]
    model = FiniteModel([first, [first[1], first[0], rest]])
    score: Float = np.log(model.ratio / score_bound)
    score[0, 0] = score[1, 1] = math.log(score_bound)
    return model, score


def level_family(level: float, delta: float) -> tuple[FiniteModel, Integer]:
    """A 3 × 3 law and labels of T that lose information only where r_T = `level`, where r = level (1 ± delta) (I6, I7).

    T merges the first two symbols of z₁, which alone tell the first two of z₂ apart. `level` is the largest r_T where
    it is above 1, and the smallest where it is below.

    Parameters
    ----------
    level : positive and finite. delta : in (0, 1].
    """
    require(0 < level < math.inf, "level", level, "be positive and finite", "it is a density ratio")
    require(0 < delta <= 1, "delta", delta, "lie in (0, 1]", "pass a small positive number")
    # Mass of the two symbols on either side: small enough for the rest of the table to stay below `level` where that
    # is the largest ratio.
    side = min(0.5, 0.5 / level)
    block = level * side**2
    high, low = block * (1 + delta) / 4, block * (1 - delta) / 4
    half, rest = (side - block) / 2, 1 - 2 * side + block
    model = FiniteModel(np.array([[high, low, half], [low, high, half], [half, half, rest]]))
    return model, np.array([0, 0, 1])


def mixture_divergence(model: FiniteModel, weight: Float, K: int) -> float:
    """E_{z₁} KL(M_r^K ‖ M_w^K) in nats: M_q^K is the law of K candidates of which one, at a uniform place, has density q.

    Its density with respect to P₂^K is the mean of q over the candidates, so the divergence is
    E_{z₁} E_{P₂^K} r̄ log(r̄/w̄). With w = 1 it is the bias I − I_K of B2. Enumerated apart from the kernels of
    `finite_k`, in plain NumPy, so that each checks the other; for small K and alphabets.

    Parameters
    ----------
    weight : w, shape (n1, n2), with E_{P₂} w = 1 in each row.
    """
    counts = count_vectors(len(model.marginal2), K)
    mean_ratio, mean_weight = counts @ model.ratio.T / K, counts @ weight.T / K
    used = mean_ratio > 0
    with np.errstate(divide="ignore"):
        quotient = np.divide(mean_ratio, mean_weight, out=np.ones_like(mean_ratio), where=used)
    gap = np.where(used, xlogy(mean_ratio, quotient), 0.0)
    return float(multinomial(counts, model.marginal2) @ gap @ model.marginal1)


def count_vectors(symbols: int, draws: int) -> Integer:
    """Every way to draw `draws` of `symbols` without order, as counts, shape (states, symbols)."""
    drawn = np.array(list(combinations_with_replacement(range(symbols), draws)), dtype=np.int64)
    place = np.arange(len(drawn))[:, None] * symbols + drawn
    return np.bincount(place.ravel(), minlength=len(drawn) * symbols).reshape(-1, symbols)


def multinomial(counts: Integer, law: Float) -> Float:
    """The multinomial probability of each count vector, normalised."""
    draws = int(counts[0].sum())
    exponent = gammaln(draws + 1) + np.sum(xlogy(counts, law) - gammaln(counts + 1), axis=1)
    weights = np.exp(exponent)
    return np.asarray(weights / weights.sum())
