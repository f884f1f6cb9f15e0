"""G1, G2, G6, J2, J3: how far an in-batch loss is from its mean, with exact constants and those of the paper."""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.population.bounded_difference import (
    TableLoss,
    chi2_difference,
    chi2_loss,
    infonce_difference,
    infonce_loss,
    infonce_range,
    largest_change,
    spectral_difference,
    spectral_loss,
    symmetric_infonce_loss,
)
from simsuff.population.deviations import (
    SMALLEST_RANGE,
    change_on,
    deviation_chance,
    expected_loss,
    half_range,
    mcdiarmid,
    minimiser_chance,
    sample_law,
)
from simsuff.statements.equivalence import Labels, score_risk, score_through
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("G1", "the most that one pair can change the in-batch loss")
def largest_change_of_infonce(bound: float, batch: int) -> Comparison:
    """The largest K·|change| over all ±B score tables is c_{K,B}."""
    return Comparison(_over_tables(infonce_loss, batch, bound), "==", infonce_difference(batch, bound))


@statement("G1-symmetric", "the symmetrised loss changes by as much")
def largest_change_of_symmetric_infonce(bound: float, batch: int) -> Comparison:
    """The largest K·|change| of the mean of both directions over all ±B score tables is c_{K,B}, too."""
    lhs = _over_tables(symmetric_infonce_loss, batch, bound)
    return Comparison(lhs, "==", infonce_difference(batch, bound))


@statement("G1-ceiling", "the change stays bounded as the batch grows")
def change_is_bounded_in_the_batch(bound: float, K: int) -> Comparison:
    """c_{K,B} ≤ 4B + e^{2B} − 1."""
    top = Bounded(bound, 0.0)
    return Comparison(infonce_difference(K, bound), "<=", 4 * top + np.expm1(2 * top))


@statement("G1-law", "one pair changes the loss of a score on a law by no more")
def change_on_a_law(small_model: FiniteModel, score: Float, batch: int) -> Comparison:
    """n·|change| ≤ c_{K,B} over all pairs of the law, B half the range of S."""
    lhs = change_on(small_model, batch, infonce_loss, score)
    return Comparison(lhs, "<=", infonce_difference(batch, half_range(small_model, score)))


@statement("G1-tail", "the loss of n pairs concentrates, with n and not n/K")
def tail_of_the_loss(
    small_model: FiniteModel, score: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(|L̂ − L| ≥ t) ≤ 2 exp(−2nt²/c²), c = c_{K,B}, n = K · batches: the left side by enumeration."""
    c = infonce_difference(batch, half_range(small_model, score))
    lhs = deviation_chance(small_model, score[None], batch, batches, deviation)
    return Comparison(lhs, "<=", 2 * mcdiarmid(batch * batches, deviation, c))


@statement("G1-batches", "the loss of n/K batches concentrates by the range of each")
def tail_by_batches(
    small_model: FiniteModel, score: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(|L̂ − L| ≥ t) ≤ 2 exp(−2(n/K)t²/w²), w = w_{K,B} the range of the loss of one batch."""
    w = infonce_range(batch, half_range(small_model, score))
    lhs = deviation_chance(small_model, score[None], batch, batches, deviation)
    return Comparison(lhs, "<=", 2 * mcdiarmid(batches, deviation, w))


@statement("G2", "the loss concentrates uniformly on a finite class")
def uniform_tail(
    small_model: FiniteModel, scores: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(sup_S |L̂ − L| ≥ t) ≤ 2|𝒮| exp(−2nt²/c²), c of the widest score; w.p. 1 − δ at most c√(log(2|𝒮|/δ)/(2n))."""
    c = infonce_difference(batch, half_range(small_model, scores))
    lhs = deviation_chance(small_model, scores, batch, batches, deviation)
    return Comparison(lhs, "<=", 2 * len(scores) * mcdiarmid(batch * batches, deviation, c))


@statement("G2-erm", "the empirical minimiser of a finite class is nearly the best", paper=("erm",))
def minimiser_of_a_finite_class(
    small_model: FiniteModel, scores: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(L(Ŝ) ≥ inf L + 2t) ≤ (|𝒮| − 1) exp(−2nt²/c²), for the worst minimiser Ŝ of L̂ where several tie."""
    c = infonce_difference(batch, half_range(small_model, scores))
    lhs = minimiser_chance(small_model, scores, batch, batches, 2 * deviation)
    return Comparison(lhs, "<=", (len(scores) - 1) * mcdiarmid(batch * batches, deviation, c))


@statement("J2", "the paper's bounded difference of the SimCLR loss, and the exact one", paper=("erm",))
def change_beside_the_paper(bound: float, K: int) -> Comparison:
    """c_{K,B} ≤ 3B_S², B_S = e^B: the constant in the paper's tail, 3 times too large at large B, more at small."""
    return Comparison(infonce_difference(K, bound), "<=", 3 * np.exp(2 * Bounded(bound, 0.0)))


@statement("J2-step", "the line before it in the paper's proof, and the exact constant", paper=("erm",))
def change_beside_the_step(bound: float, K: int) -> Comparison:
    """c_{K,B} ≤ 2 log B_S + 2B_S² − 2, B_S = e^B: exact to first order in B at large K, 2 times too large at large B."""
    top = Bounded(bound, 0.0)
    return Comparison(infonce_difference(K, bound), "<=", 2 * top + 2 * np.expm1(2 * top))


@statement("J2-tail", "the paper's tail of the SimCLR loss", paper=("erm",))
def tail_of_the_paper(
    small_model: FiniteModel, score: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(|L̂ − L| ≥ t) ≤ 2 exp(−2nt²/(9B_S⁴)) for the symmetrised loss, e^{|S|} ≤ B_S: the left side by enumeration."""
    c = 3 * np.exp(2 * Bounded(float(np.abs(score).max()), 0.0))
    lhs = deviation_chance(small_model, score[None], batch, batches, deviation, symmetric_infonce_loss)
    return Comparison(lhs, "<=", 2 * mcdiarmid(batch * batches, deviation, c))


@statement("G6", "the spectral loss of a batch is unbiased")
def spectral_loss_is_unbiased(small_model: FiniteModel, score: Float, batch: int) -> Comparison:
    """E (1/K) Σ_i (−S_ii) + 1/(K(K−1)) Σ_{i≠j} (½S_ij² + S_ij) = E_⊗(½S² + S) − E₁₂ S: the left side by enumeration."""
    rhs = score_risk(small_model, score + score**2 / 2, score)
    return Comparison(expected_loss(small_model, score, batch, spectral_loss), "==", rhs)


@statement("G6-sufficiency", "the excess of the spectral loss controls sufficiency, without a factor in K")
def spectral_excess_dominates(
    small_model: FiniteModel, labels: Labels, score: Float, batch: int
) -> Comparison:
    """Suff_f(T) ≤ E L̂(S∘T) − inf R for f = (t − 1)²/2, whatever K is."""
    through = score_through(labels, score)
    chi2 = divergence("chi2")
    rhs = expected_loss(small_model, through, batch, spectral_loss) + small_model.information(chi2) / 2
    return Comparison(small_model.sufficiency(labels, chi2) / 2, "<=", rhs)


@statement("G6-difference", "the most that one pair can change the spectral loss")
def largest_change_of_spectral(bound: float, batch: int) -> Comparison:
    """The largest K·|change| over all score tables in [−B, B] is 2B + 2W; entries −B, B and the minimum −1 suffice."""
    levels = sorted({-bound, max(-1.0, -bound), bound})
    return Comparison(largest_change(spectral_loss, batch, levels), "==", spectral_difference(bound))


@statement("J3", "the most that one pair can change the χ² U-statistic", paper=("chi2-loss", "chi2-erm"))
def largest_change_of_chi2(bound: float, triple_batch: int) -> Comparison:
    """The largest K·|change| over all ±B score tables is D_{K,B}."""
    lhs = _over_tables(chi2_loss, triple_batch, bound)
    return Comparison(lhs, "==", chi2_difference(triple_batch, bound))


@statement(
    "J3-law", "one pair changes the χ² U-statistic of a score on a law by no more", paper=("chi2-loss",)
)
def chi2_change_on_a_law(small_model: FiniteModel, score: Float, triple_batch: int) -> Comparison:
    """n·|change| ≤ D_{K,B} over all pairs of the law, B = max |S|."""
    lhs = change_on(small_model, triple_batch, chi2_loss, score)
    return Comparison(
        lhs, "<=", chi2_difference(triple_batch, max(float(np.abs(score).max()), SMALLEST_RANGE))
    )


@statement("J3-square", "a bounded difference of the order of B²", holds=False, paper=("chi2-erm",))
def chi2_change_is_quadratic(bound: float, triple_batch: int, constant: float) -> Comparison:
    """D_{K,B} ≤ c·B² as printed: for small B it is 6B, so that B(1 + B) has to stand in its place."""
    return Comparison(chi2_difference(triple_batch, bound), "<=", constant * bound**2)


@statement("J3-repaired", "a bounded difference of the order of B + B²", paper=("chi2-erm",))
def chi2_change_is_repaired(bound: float, triple_batch: int) -> Comparison:
    """D_{K,B} ≤ 6B + 3B²."""
    top = Bounded(bound, 0.0)
    return Comparison(chi2_difference(triple_batch, bound), "<=", 6 * top + 3 * top**2)


@statement("J3-minimiser", "the minimiser of the χ² U-statistic is nearly the best", paper=("chi2-erm",))
def chi2_minimiser(
    small_model: FiniteModel, scores: Float, triple_batch: int, deviation: float
) -> Comparison:
    """P(R(Ŝ) ≥ inf R + 2t) ≤ (|𝒮| − 1) exp(−2nt²/D²), D = D_{K,B}, for one batch, n = K: no factor in K."""
    constant = chi2_difference(triple_batch, max(float(np.abs(scores).max()), SMALLEST_RANGE))
    lhs = minimiser_chance(small_model, scores, triple_batch, 1, 2 * deviation, chi2_loss)
    return Comparison(lhs, "<=", (len(scores) - 1) * mcdiarmid(triple_batch, deviation, constant))


@statement("J3-erm", "the theorem on χ² minimisers with a factor B̄²", holds=False, paper=("chi2-erm",))
def chi2_minimiser_as_printed(bound: float, constant: float) -> Comparison:
    """Suff(f̂) ≤ c B̄²/√n [√log(1/δ) + ∫√log N] + approximation error w.p. 1 − δ, with an absolute c: not as B̄ → 0.

    Bits that agree with probability 3/4, n = K = 3, τ(s) = s, and two encoders, f = √B̄ and f = ±√B̄ with the sign of the
    bit. The first has Suff = I; it is chosen with a probability that exceeds δ, and is worse by (B̄ − B̄²)/2.
    """
    model, size = FiniteModel([[0.375, 0.125], [0.125, 0.375]]), 3
    scores = bound * np.array([[[1.0, 1.0], [1.0, 1.0]], [[1.0, -1.0], [-1.0, 1.0]]])
    law = sample_law(model, scores, size, 1, chi2_loss)
    chosen = float(law.probability[law.losses[0] < law.losses[1] - 2 * law.error].sum())
    deviation = np.sqrt(-np.log(rounded(chosen / 2, 0.0)))
    entropy = np.sqrt(np.log(rounded(2.0, 0.0))) * 2 * math.sqrt(bound)
    information = model.information(divergence("chi2")) / 2
    approximation = Bounded(float(law.risks.min()), law.error) + information
    rhs = constant * bound**2 / math.sqrt(size) * (deviation + entropy) + approximation
    return Comparison(information, "<=", rhs)


def _over_tables(loss: TableLoss, K: int, bound: float) -> Bounded:
    """The largest K·|change| over all ±B tables: by monotonicity or convexity no others change more."""
    return largest_change(loss, K, [-bound, bound])
