"""P1, A1–A4, A7: the variational form, the three forms of sufficiency, and the excess of a score that dominates them."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence, divergence
from simsuff.models import FiniteLaw, FiniteModel
from simsuff.models.finite.cells import KERNEL_UNITS
from simsuff.models.finite.tables import ranks, through, total
from simsuff.numerics.numbers import UNIT, Bounded, bounded
from simsuff.numerics.validation import require
from simsuff.population.finite_k import excess_risk, rounding_bound
from simsuff.statements.registry import Sides, statement
from simsuff.verdicts import Comparison, compare

Float = NDArray[np.float64]
Labels = NDArray[np.int64]


@statement("A1", "information loss = conditional Bregman divergence", paper=("three-forms",))
def information_loss_is_bregman(model: FiniteLaw, labels: Labels, divergence: Divergence) -> Sides:
    """I_f(z₁; z₂) − I_f(T; z₂) = E_⊗ B_f(r, r_T)."""
    lhs = model.sufficiency(labels, divergence, form="information_loss")
    rhs = model.sufficiency(labels, divergence, form="bregman")
    return compare(lhs, "==", rhs)


@statement("A1-variational", "information loss = variational gap", paper=("three-forms",))
def information_loss_is_variational(model: FiniteLaw, labels: Labels, divergence: Divergence) -> Sides:
    """I_f(z₁; z₂) − I_f(T; z₂) = inf_S R_f(S∘T) − inf_S R_f(S)."""
    lhs = model.sufficiency(labels, divergence, form="information_loss")
    rhs = model.sufficiency(labels, divergence, form="variational")
    return compare(lhs, "==", rhs)


@statement("P1", "no score exceeds the f-divergence in its variational form", sharp="S = f'(r)")
def variational_form(model: FiniteLaw, score: Float, divergence: Divergence) -> Sides:
    """E₁₂ S − E_⊗ f*(S) ≤ I_f(z₁; z₂)."""
    return compare(
        -score_risk(model, divergence.conjugate(score), score), "<=", model.information(divergence)
    )


@statement(
    "A2",
    "the InfoNCE risk at K = ∞ is at most that of Donsker and Varadhan",
    sharp="E_{z₂} e^S the same for every z₁",
)
def infonce_below_donsker_varadhan(model: FiniteModel, score: Float) -> Comparison:
    """E_{z₁} log E_{z₂} e^S ≤ log E_⊗ e^S, each less E₁₂ S and its infimum −I, which both share."""
    return Comparison(excess(model, score, math.inf), "<=", _donsker_varadhan_excess(model, score))


@statement(
    "A2-nwj",
    "the risk of Donsker and Varadhan is at most that of Nguyen, Wainwright and Jordan",
    sharp="E_⊗ e^S = 1",
)
def donsker_varadhan_below_nwj(model: FiniteLaw, score: Float) -> Sides:
    """log E_⊗ e^S ≤ E_⊗ e^S − 1, each less E₁₂ S and its infimum −I, which both share."""
    nwj = score_risk(model, np.expm1(score), score) + model.information(divergence("kl"))
    return compare(_donsker_varadhan_excess(model, score), "<=", nwj)


@statement("A3", "chain rule: the Bregman divergences of nested statistics add up")
def chain_rule(model: FiniteLaw, labels: Labels, coarser: Labels, divergence: Divergence) -> Sides:
    """E B_f(r, r_{T'}) = E B_f(r, r_T) + E B_f(r_T, r_{T'}) for T' = φ(T); `coarser` is φ on the labels."""
    fine, coarse = nested_labels(labels, coarser)
    whole = model.sufficiency(coarse, divergence, form="bregman")
    first = model.sufficiency(fine, divergence, form="bregman")
    second = model.reduced(fine).sufficiency(
        np.asarray(coarser)[..., : fine.max() + 1], divergence, form="bregman"
    )
    return compare(whole, "==", first + second)


@statement("A3-order", "a coarser statistic is no more sufficient")
def coarsening_order(model: FiniteLaw, labels: Labels, coarser: Labels, divergence: Divergence) -> Sides:
    """Suff_f(T) ≤ Suff_f(φ(T))."""
    fine, coarse = nested_labels(labels, coarser)
    lhs = model.sufficiency(fine, divergence)
    rhs = model.sufficiency(coarse, divergence)
    return compare(lhs, "<=", rhs)


@statement("A3-range", "sufficiency is at most the information", sharp="T constant")
def sufficiency_range(model: FiniteLaw, labels: Labels, divergence: Divergence) -> Sides:
    """Suff_f(T) ≤ I_f(z₁; z₂)."""
    lhs = model.sufficiency(labels, divergence, form="bregman")
    return compare(lhs, "<=", model.information(divergence))


@statement("A3-sign", "sufficiency is not negative")
def sufficiency_sign(model: FiniteLaw, labels: Labels, divergence: Divergence) -> Sides:
    """Suff_f(T) ≥ 0, as an information loss, whose sign no term guarantees."""
    lhs = model.sufficiency(labels, divergence)
    return compare(lhs, ">=", 0.0)


@statement("A4", "the excess of any score through T is at least the sufficiency of T")
def score_excess_dominates(model: FiniteLaw, labels: Labels, score: Float, divergence: Divergence) -> Sides:
    """R_f(S∘T) − inf R_f ≥ Suff_f(T), R_f(S) = E_⊗ f*(S) − E₁₂ S; `score` is S on (z₁, z₂), read at one z₁ per label."""
    seen = score_through(labels, score)
    risk = score_risk(model, divergence.conjugate(seen), seen)
    rhs = model.sufficiency(labels, divergence)
    return compare(risk + model.information(divergence), ">=", rhs)


@statement("A4-chi2", "the χ² score excess is a mean square", paper=("score-sufficiency",))
def chi2_excess_is_mean_square(model: FiniteLaw, score: Float) -> Sides:
    """For f = (t−1)²/2: R_f(S) − inf R_f = ½ E_⊗(S − (r − 1))², with the conjugate s + s²/2 unconstrained."""
    lhs = score_risk(model, score + score**2 / 2, score) + model.information(divergence("chi2")) / 2
    # An error of r moves the square by twice its root times what r has in common with it.
    error = np.abs(score - (model.ratio - 1)) * (1 + np.abs(score) + model.ratio)
    square = (score - (model.ratio - 1)) ** 2 / 2
    return compare(lhs, "==", expectation(model, model.product * square, model.product * (error + square)))


@statement("A4-infonce", "the InfoNCE excess at K = ∞ is at least the KL-sufficiency")
def infonce_excess_dominates(model: FiniteModel, labels: Labels, score: Float) -> Comparison:
    """E_∞(S∘T) = E KL(P(z₂|z₁) ‖ P_S(z₂|z₁)) ≥ Suff_KL(T)."""
    lhs = excess(model, score_through(labels, score), np.inf)
    return Comparison(lhs, ">=", model.sufficiency(labels, divergence("kl")))


@statement("A7", "exactly sufficient for the other view is exactly sufficient for x")
def sufficient_for_the_source(prior: Float, channel: Float, split: Float) -> Comparison:
    """z = (t, noise) with t from `channel` and noise from `split` given t only: T = t loses nothing about x.

    The premise Suff_KL(T) = 0 for z₂ is checked; the comparison is I(z; x) − I(t; x) = 0.
    """
    fine = (channel[:, :, None] * split[None, :, :]).reshape(channel.shape[0], -1)
    labels = np.repeat(np.arange(channel.shape[1]), split.shape[1])
    views = FiniteModel.from_views(prior, fine)
    kl = divergence("kl")
    premise = Comparison(views.sufficiency(labels, kl), "==", 0.0)
    require(premise.holds, "split", premise.lhs, "leave T sufficient", "make the noise independent")
    about_x = FiniteModel((prior[:, None] * fine).T)
    return Comparison(about_x.sufficiency(labels, kl), "==", 0.0)


def nested_labels(labels: Labels, coarser: Labels) -> tuple[Labels, Labels]:
    """The labels of T and of φ(T), for φ given on the label values; each (n1,), or (m, n1) for m models."""
    fine = ranks("labels", labels)
    values = np.asarray(coarser)
    lead = np.broadcast_shapes(fine.shape[:-1], values.shape[:-1])
    fine = np.broadcast_to(fine, (*lead, fine.shape[-1]))
    return fine, np.take_along_axis(np.broadcast_to(values, (*lead, values.shape[-1])), fine, axis=-1)


def score_through(labels: Labels, score: Float) -> Float:
    """The score table made measurable with respect to T: each label uses the row of its first symbol.

    Labels (n1,) or (m, n1) and scores (n1, n2) or (m, n1, n2), for one model or m.
    """
    groups = ranks("labels", labels)
    first = (groups[..., :, None] == groups[..., None, :]).argmax(axis=-1)
    lead = np.broadcast_shapes(first.shape[:-1], score.shape[:-2])
    return through(np.broadcast_to(score, (*lead, *score.shape[-2:])), first)


def score_risk(model: FiniteLaw, dual: Float, score: Float) -> Any:
    """R_f(S) = E_⊗ f*(S) − E₁₂ S with its rounding, for `dual` = f*(S); with 0 · ∞ = 0."""
    terms = [
        np.where(w > 0, w * np.where(w > 0, v, 0.0), 0.0)
        for w, v in ((model.product, dual), (model.joint, score))
    ]
    return expectation(model, terms[0] - terms[1], np.abs(terms[0]) + np.abs(terms[1]))


def _donsker_varadhan_excess(model: FiniteLaw, score: Float) -> Any:
    """log E_⊗ e^S − E₁₂ S + I(z₁; z₂)."""
    tilted = model.product * np.exp(score)
    risk = np.log(expectation(model, tilted, tilted)) + score_risk(model, np.zeros_like(score), score)
    return risk + model.information(divergence("kl"))


def expectation(model: FiniteLaw, terms: Float, gross: Float) -> Any:
    """The sum of `terms` over the cells of each table, each known up to a few ulp of its entry of `gross`, ∞: not at all.

    A ratio and a product of marginals are off by the sums over the two alphabets.
    """
    units = KERNEL_UNITS + sum(model.shape) + 24
    with np.errstate(invalid="ignore"):
        value, error = total(terms), units * UNIT * total(gross)
    error = np.where(np.isfinite(value), error, 0.0)
    return bounded(value, error)


def excess(model: FiniteModel, score: Float, K: float, symmetric: bool = False) -> Bounded:
    """𝓔_K(S) with its rounding."""
    return with_rounding(excess_risk(model, score, K, symmetric=symmetric), model, score, K, symmetric)


def with_rounding(risk: float, model: FiniteModel, score: Float, K: float, symmetric: bool) -> Bounded:
    """A finite-K risk with the bound on its rounding, unless it brings its own."""
    if isinstance(risk, Bounded):
        return risk
    error = rounding_bound(model, score, K) if math.isfinite(risk) else 0.0
    if symmetric and error:
        error += rounding_bound(model.swapped(), score.T, K)
    return Bounded(risk, error)
