"""How far from optimal is a quadratic score on Gaussian pairs, with infinitely many negatives?"""

import math
from typing import NamedTuple

import numpy as np

from simsuff.encoders.protocol import QuadraticScorer
from simsuff.encoders.score_form import ScoreForm
from simsuff.models.gaussian import GaussianModel
from simsuff.numerics.validation import Float, integer, refuse, require


def score_form(score: QuadraticScorer | ScoreForm) -> ScoreForm:
    """The quadratic form of an encoder's score, or `score` itself where it is one already."""
    if isinstance(score, ScoreForm):
        return score
    if isinstance(score, QuadraticScorer):
        return score.score_form()
    raise refuse(
        "score", score, "be quadratic in (z1, z2)", "pass a linear or quadratic encoder or a ScoreForm"
    )


def score_excess(model: GaussianModel, score: QuadraticScorer | ScoreForm, symmetric: bool = False) -> float:
    """E_∞(S) = E KL(P(z₂|z₁) ‖ P_S(z₂|z₁)), P_S ∝ P₂ e^S, in nats: the K = ∞ excess of InfoNCE (A4, B).

    With C = `second`, P_S(·|z₁) is Gaussian with precision Σ₂⁻¹ − C and the KL is averaged over z₁ in closed
    form; a part of S that depends on z₁ alone costs nothing. `inf` where Σ₂⁻¹ − C is not positive definite,
    because e^S is not integrable then.

    Parameters
    ----------
    model
        Gaussian law of the views.
    score
        An encoder with a `score_form`, or a `ScoreForm`.
    symmetric
        Average of this and of the excess with the views exchanged.

    Raises
    ------
    ValueError
        Where the score is not quadratic, or its dimensions are not those of the model.
    """
    form = score_form(score)
    shown, allowed = f"cross has shape {form.cross.shape}", f"take views of dimensions {model.shape}"
    require(form.cross.shape == model.shape, "score", shown, allowed, "match encoder and model")
    forward = _one_sided(model, form)
    return (forward + _one_sided(model.swapped(), form.swapped())) / 2 if symmetric else forward


def _one_sided(model: GaussianModel, form: ScoreForm) -> float:
    """E_∞ in whitened views, where Σ₁ = Σ₂ = I and Σ₁₂ = R = U diag(ρ) Vᵀ."""
    root1, root2 = np.linalg.cholesky(model.cov11), np.linalg.cholesky(model.cov22)
    cross_correlation = np.linalg.solve(root1, np.linalg.solve(root2, model.cov12.T).T)
    cross, second = root1.T @ form.cross @ root2, root2.T @ form.second @ root2
    values, vectors = np.linalg.eigh(np.eye(len(second)) - second)
    if values[0] <= 0:
        return math.inf
    precision = (vectors * values) @ vectors.T
    mismatch = vectors.T @ (cross.T - precision @ cross_correlation.T) / np.sqrt(values)[:, None]
    spread = _conditional_root(cross_correlation, model.canonical_correlations)
    excess = np.linalg.eigvalsh(spread.T @ precision @ spread) - 1
    # Each term is ≥ 0: the KL of the two conditional covariances and of the two conditional means.
    return float(np.sum(excess - np.log1p(excess)) + np.sum(mismatch**2)) / 2


def _conditional_root(cross_correlation: Float, correlations: Float) -> Float:
    """G with GGᵀ = I − RᵀR, the conditional covariance, from the model's ρ, which know how far 1 is."""
    right = np.linalg.svd(cross_correlation)[2]
    rho = np.zeros(len(right))
    rho[: len(correlations)] = correlations
    root: Float = right.T * np.sqrt((1 - rho) * (1 + rho))
    return root


class BestBilinear(NamedTuple):
    """The best bilinear score of a given rank, and what it still costs (nats)."""

    form: ScoreForm
    excess: float


def best_bilinear_score(model: GaussianModel, k: int) -> BestBilinear:
    """The minimiser of E_∞ over S = z₁ᵀBz₂ with rank B ≤ k: S = Σ_{i≤k} ρ_i u_i v_i (E6).

    Its excess, ½ Σ_i −log(1 − ρ_i²) − ½ Σ_{i≤k} ρ_i², stays positive at full rank although Σ ρ_i u_i v_i has an
    exactly sufficient encoder. Raises ValueError unless 1 ≤ k ≤ number of canonical correlations.
    """
    rho = model.canonical_correlations
    rank = integer("k", k, 1, "a bilinear score needs a rank", high=rho.size)
    first, second = model.canonical_directions1[:rank], model.canonical_directions2[:rank]
    d1, d2 = model.shape
    form = ScoreForm((first.T * rho[:rank]) @ second, np.zeros((d1, d1)), np.zeros((d2, d2)))
    information = -float(np.log1p(-(rho**2)).sum()) / 2
    return BestBilinear(form, information - float((rho[:rank] ** 2).sum()) / 2)


def pmi_form(model: GaussianModel) -> ScoreForm:
    """The pmi as a quadratic form, without its constant (E4)."""
    rho = model.canonical_correlations
    first, second = model.canonical_directions1, model.canonical_directions2
    precision = 1 / ((1 - rho) * (1 + rho))
    square = -(rho**2) * precision
    return ScoreForm(
        (first.T * (rho * precision)) @ second, (first.T * square) @ first, (second.T * square) @ second
    )
