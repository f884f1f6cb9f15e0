"""I1–I3: the risk R_f with its offset, the least Bregman divergence, the minimisers of R_f, and the excess of a score."""

from typing import Any

import numpy as np

from simsuff.divergences import Divergence
from simsuff.divergences import divergence as named
from simsuff.models import FiniteLaw
from simsuff.models.finite.tables import ranks, through
from simsuff.numerics.validation import Float
from simsuff.statements.conditional_laws import coarse_ratio, curvature_floor, ratio_ends
from simsuff.statements.equivalence import Labels, expectation, score_through
from simsuff.statements.registry import Sides, statement
from simsuff.sufficiency.contrastive_risk import Weights, contrastive_risk, least_risk, score_weights
from simsuff.verdicts import compare


@statement(
    "I1-offset", "information loss = variational gap, with the offset in the risk", paper=("three-forms",)
)
def variational_gap_with_offset(
    model: FiniteLaw, labels: Labels, shift: Float, divergence: Divergence
) -> Sides:
    """inf_S R_f(S∘T) − inf_S R_f(S) = Suff_f(T), R_f(S) = −E₁₂ S + E_{z₁} inf_c {E_{z₂} f*(S − c) + c}.

    Both infima are searched from values of f*; `shift` is added to the best scores, and taken off by the offset.
    """
    rhs = model.sufficiency(labels, divergence, form="bregman")
    best, infimum = least_risk(model.reduced(labels), divergence)
    best, common = through(best, ranks("labels", labels)), score_through(labels, shift[..., None])
    with np.errstate(invalid="ignore"):
        seen = _infimum(model, best, common, infimum, divergence)
        best, infimum = least_risk(model, divergence)
        lhs = seen - _infimum(model, best, shift[..., None], infimum, divergence)
    return compare(lhs, "==", rhs)


@statement(
    "I1-projection",
    "the law of z₂ given T is nearest to the law given z₁, in the Bregman divergence",
    paper=("three-forms",),
)
def bregman_projection(model: FiniteLaw, labels: Labels, conditional: Float, divergence: Divergence) -> Sides:
    """E_⊗ B_f(r, Q/P₂) ≥ Suff_f(T) for every Q(z₂ | T); `conditional` is Q, read at one z₁ per label."""
    rhs = model.sufficiency(labels, divergence, form="bregman")
    return compare(
        _mean_bregman(model, model.ratio, _density(model, labels, conditional), divergence), ">=", rhs
    )


@statement(
    "I1-pythagoras",
    "what a wrong law of z₂ given T costs adds to the sufficiency",
    paper=("three-forms",),
)
def bregman_pythagoras(model: FiniteLaw, labels: Labels, conditional: Float, divergence: Divergence) -> Sides:
    """E_⊗ B_f(r, q) = Suff_f(T) + E_⊗ B_f(r_T, q), q = Q(z₂ | T)/P₂: least at q = r_T."""
    loss = model.sufficiency(labels, divergence, form="bregman")
    density = _density(model, labels, conditional)
    rest = _mean_bregman(model, coarse_ratio(model, labels), density, divergence)
    return compare(_mean_bregman(model, model.ratio, density, divergence), "==", loss + rest)


@statement("I2", "the slope of f at the ratio, plus any offset, minimises the risk", paper=("minimisers",))
def minimisers(model: FiniteLaw, shift: Float, divergence: Divergence) -> Sides:
    """R_f(f'(r) + c(z₁)) = −I_f(z₁; z₂); `shift` is c. The offset in R_f is found from values of f* alone."""
    information = model.information(divergence)
    score = divergence.derivative(model.ratio) + shift[..., None]
    with np.errstate(invalid="ignore"):
        lhs = contrastive_risk(model, score, divergence)
    return compare(lhs, "==", -information)


@statement("I2-offset", "the best offset makes the weights of a score average to one", paper=("minimisers",))
def offset_equation(model: FiniteLaw, score: Float, divergence: Divergence) -> Sides:
    """inf_c E_{z₂} {f*(S − c) + c} is attained where E_{z₂} (f')⁻¹(S − c) = 1: the values, averaged over z₁, agree."""
    found = score_weights(model, score, divergence)
    dual = np.where(model.product > 0, divergence.conjugate(found.slope), 0.0)  # infinite where no mass is
    offset = score - found.slope
    terms = model.product * (dual + offset) - model.joint * score
    gross = model.product * (np.abs(dual) + np.abs(offset)) + model.joint * np.abs(score)
    terms, gross = np.where(found.doubt > 0, 0.0, terms), np.where(found.doubt > 0, found.doubt, gross)
    return compare(contrastive_risk(model, score, divergence), "==", expectation(model, terms, gross))


@statement("I2-only", "no other score minimises the risk", paper=("minimisers",))
def other_scores_cost(model: FiniteLaw, score: Float, divergence: Divergence) -> Sides:
    """½ inf f'' · (E_⊗|r − w|)² ≤ R_f(S) − inf R_f, the infimum between the extremes of r and w = (f')⁻¹(S − c)."""
    found = score_weights(model, score, divergence)
    weight = found.weight
    ends = ratio_ends(model, model.ratio, weight)
    terms = model.product * np.abs(model.ratio - weight)
    distance = expectation(model, terms, model.product * (model.ratio + weight) + found.doubt)
    lhs = 0.5 * curvature_floor(divergence, *ends) * distance * distance
    return compare(lhs, "<=", _excess(model, score, divergence))


@statement(
    "I3",
    "the excess of a score is a Bregman divergence at the score's own slope",
    paper=("score-sufficiency",),
)
def score_excess_is_bregman(model: FiniteLaw, score: Float, divergence: Divergence) -> Sides:
    """R_f(S) − inf R_f = E_⊗ [f(r) − f(w) − s (r − w)], s = S − c, w = (f')⁻¹(s): E_⊗ B_f(r, w) where f'(w) = s.

    For every f: at a kink, and below f'(0+), the slope s is another than f'(w).
    """
    found = score_weights(model, score, divergence)
    rhs = _mean_bregman(model, model.ratio, found.weight, divergence, found)
    return compare(_excess(model, score, divergence), "==", rhs)


@statement(
    "I3-kink",
    "the excess of a score is the Bregman divergence of its law, at a kink too",
    holds=False,
    paper=("score-sufficiency",),
)
def score_excess_at_kinks(model: FiniteLaw, score: Float) -> Sides:
    """The tempting R_f(S) − inf R_f = E_⊗ B_f(r, w) for total variation, whose f' has no inverse."""
    div = named("total_variation")
    found = score_weights(model, score, div)
    weight = np.where(np.abs(found.slope) <= 0.5, 1.0, found.weight)  # at the kink, whose slopes these are
    return compare(_excess(model, score, div), "==", _mean_bregman(model, model.ratio, weight, div))


@statement(
    "I3-range",
    "the excess of a score is the Bregman divergence of its law, out of the range of f' too",
    holds=False,
    paper=("score-sufficiency",),
)
def score_excess_out_of_range(model: FiniteLaw, score: Float) -> Sides:
    """The tempting R_f(S) − inf R_f = E_⊗ B_f(r, w) for f = (t − 1)²/2 on t ≥ 0, where S − c may lie below f'(0) = −1."""
    div = named("alpha(2)")
    weight = score_weights(model, score, div).weight
    return compare(_excess(model, score, div), "==", _mean_bregman(model, model.ratio, weight, div))


def _infimum(model: FiniteLaw, score: Float, shift: Float, infimum: Any, div: Divergence) -> Any:
    """inf_S R_f from its two evaluations: cell by cell, and as the risk with offset of the best score, shifted."""
    return 0.5 * (contrastive_risk(model, score + shift, div) + infimum)


def _excess(model: FiniteLaw, score: Float, div: Divergence) -> Any:
    """R_f(S) − inf R_f."""
    return contrastive_risk(model, score, div) + model.information(div)


def _density(model: FiniteLaw, labels: Labels, conditional: Float) -> Float:
    """Q(z₂ | T)/P₂, 1 where P₂ has no mass."""
    second = np.where(model.marginal2 > 0, model.marginal2, 1.0)[..., None, :]
    density = score_through(labels, conditional) / second
    return np.where(model.marginal2[..., None, :] > 0, density, 1.0)


def _mean_bregman(
    model: FiniteLaw, ratio: Float, other: Float, div: Divergence, score: Weights | None = None
) -> Any:
    """E_⊗ B_f(ratio, other), with the slopes of `score` in place of f'(other) where it is given.

    `other` counts as exact; `ratio` is off by the rounding of two marginals, which moves B_f by its slope there.
    """
    inside = model.product > 0
    a, b = np.where(inside, ratio, 1.0), np.where(inside, other, 1.0)
    at, slope = div.derivative(a), div.derivative(b)
    with np.errstate(invalid="ignore", over="ignore"):
        losses = div.bregman(a, b)
        gross = np.abs(div.f(a)) + np.abs(div.f(b)) + np.abs(slope) * np.abs(a - b) + np.abs(losses)
        gross = gross + np.where(a > 0, (np.abs(at) + np.abs(slope)) * a, 0.0)
        if score is not None:
            tilt = np.where(inside & (a != b), (slope - score.slope) * (a - b), 0.0)
            losses = losses + tilt
            gross = gross + np.where(a != b, (np.abs(slope) + np.abs(score.slope)) * np.abs(a - b), 0.0)
    finite = np.isfinite(losses)
    terms = np.where(inside, model.product * np.where(finite, losses, 0.0), 0.0)
    terms = np.where(inside & ~finite, losses, terms)
    gross = model.product * np.where(np.isfinite(gross), gross, 0.0)
    return expectation(model, terms, gross if score is None else gross + score.doubt)
