"""Excess risk of a quadratic score on Gaussian pairs with infinitely many negatives, in closed form (A4, E4–E6)."""

import math
from typing import NamedTuple

import numpy as np

from simsuff.encoders.protocol import QuadraticScorer, ScoreForm
from simsuff.models.gaussian import GaussianModel
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float, integer, refuse, require

# Roundings of a product of five matrices and of the canonical bases, for each dimension.
ROUNDINGS = 32


def score_form(score: QuadraticScorer | ScoreForm) -> ScoreForm:
    """The quadratic form of an encoder's score, or `score` itself where it is one already."""
    if isinstance(score, ScoreForm):
        return score
    if isinstance(score, QuadraticScorer):
        return score.score_form()
    raise refuse(
        "score", score, "be quadratic in (z1, z2)", "pass a linear or quadratic encoder or a ScoreForm"
    )


def score_excess(
    model: GaussianModel, score: QuadraticScorer | ScoreForm, symmetric: bool = False
) -> Bounded:
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

    Returns
    -------
    Bounded
        With a rounding bound to first order. It grows with the terms of the score that cancel.

    Raises
    ------
    ValueError
        Where the score is not quadratic, or its dimensions are not those of the model.

    Examples
    --------
    >>> import simsuff as ss
    >>> from simsuff.sufficiency import pmi_form
    >>> model = ss.GaussianModel.from_correlations([0.6])
    >>> float(round(ss.score_excess(model, pmi_form(model)), 12))
    0.0
    """
    form = score_form(score)
    shown, allowed = f"cross has shape {form.cross.shape}", f"take views of dimensions {model.shape}"
    require(form.cross.shape == model.shape, "score", shown, allowed, "match encoder and model")
    forward = _one_sided(model, form)
    return (forward + _one_sided(model.swapped(), form.swapped())) / 2 if symmetric else forward


def _one_sided(model: GaussianModel, form: ScoreForm) -> Bounded:
    """E_∞ in canonical variables, where cov(v | u) = I − RᵀR is diagonal and known to all digits, R = diag(ρ)."""
    size1, size2 = model.shape
    units = ROUNDINGS * (size1 + size2) * UNIT
    basis1, basis2 = model.optimal_encoder(size1).weight, model.swapped().optimal_encoder(size2).weight
    # z₁ = Σ₁ basis1ᵀ u, and so for z₂; the gross products say what cancels in the forms of u and v.
    into1, into2 = basis1 @ model.cov11, basis2 @ model.cov22
    gross1, gross2 = abs(basis1) @ abs(model.cov11), abs(basis2) @ abs(model.cov22)
    cross, gross_cross = into1 @ form.cross @ into2.T, gross1 @ abs(form.cross) @ gross2.T
    precision = np.eye(size2) - into2 @ form.second @ into2.T
    precision_error = units * (np.eye(size2) + gross2 @ abs(form.second) @ gross2.T)

    spectrum = model.spectrum
    rho, rho_error = np.zeros((2, size1, size2))
    np.fill_diagonal(rho, spectrum.rho)
    np.fill_diagonal(rho_error, spectrum.error)
    try:
        inverse = np.linalg.inv(np.linalg.cholesky(precision))
    except np.linalg.LinAlgError:
        clearly = np.linalg.eigvalsh(precision)[0] < -np.linalg.norm(precision_error)
        return Bounded(math.inf, 0.0 if clearly else math.inf)

    # Two terms, each ≥ 0: the KL of the conditional covariances and that of the conditional means, the square of
    # P^{−1/2} (crossᵀ − P Rᵀ).
    shapes = _covariance_gap(precision, precision_error, inverse, spectrum, units)
    mismatch = inverse @ (cross.T - precision @ rho.T)
    mismatch_error = abs(inverse) @ (
        units * (gross_cross.T + abs(precision) @ rho.T)
        + precision_error @ rho.T
        + abs(precision) @ rho_error.T
    )
    size, size_error = np.linalg.norm(mismatch), np.linalg.norm(mismatch_error)
    relative = np.linalg.norm(abs(inverse) @ precision_error @ abs(inverse).T) + units
    mean_error = (2 * size + size_error) * size_error + 2 * relative * size**2
    return (shapes + Bounded(float(np.sum(mismatch**2)), float(mean_error))) / 2


def _covariance_gap(
    precision: Float, doubt: Float, inverse: Float, spectrum: Spectrum, units: float
) -> Bounded:
    """Σ λ − 1 − log λ over the eigenvalues λ of √left P √left, `left` = 1 − ρ² and ones, `inverse` L⁻¹ of P = LLᵀ.

    Eigenvalue by eigenvalue, where nothing cancels for λ near 1; or as tr − size − log det P − Σ log left, which
    keeps the small ones. The one with the smaller error counts.
    """
    count, size = len(spectrum.rho), len(precision)
    left, relative = np.ones(size), np.zeros(size)
    left[:count], relative[:count] = spectrum.complement, 2 * spectrum.error / spectrum.complement
    root = np.sqrt(left)
    spread = root[:, None] * precision * root
    values = np.linalg.eigvalsh(spread)
    excess = values - 1
    blur = float(np.linalg.norm(root[:, None] * doubt * root))
    blur += float(np.linalg.norm(spread)) * (units + relative.max())
    one_by_one = math.inf
    if 2 * blur < values[0]:
        terms = blur * np.abs(excess) / values + 2 * (blur / values) ** 2 + 4 * UNIT * np.abs(excess)
        one_by_one = float(terms.sum())
    diagonal = 2 * np.log(np.diag(inverse))
    trace_terms, logs = np.diag(spread), spectrum.log_complement
    in_total = float(
        trace_terms @ (relative + units)
        + left @ np.diag(doubt)
        + np.trace(abs(inverse) @ doubt @ abs(inverse).T)
        + units * (size + np.abs(diagonal).sum() + np.abs(logs).sum())
        + relative.sum()
    )
    if one_by_one <= in_total:
        small = np.abs(excess) < 0.5
        log_values = np.where(small, np.log1p(np.where(small, excess, 0.0)), np.log(values))
        return Bounded(float(np.sum(excess - log_values)), one_by_one)
    total = math.fsum([*trace_terms, -size, *diagonal, *-logs])
    return Bounded(total, in_total)


class BestBilinear(NamedTuple):
    """The best bilinear score of a given rank, and what it still costs (nats)."""

    form: ScoreForm
    excess: Bounded


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
    squares, doubt = rho[:rank] ** 2, rho[:rank] * model.spectrum.error[:rank]
    captured = Bounded(float(squares.sum()) / 2, float(doubt.sum() + rank * UNIT * squares.sum()))
    return BestBilinear(form, model.information("kl") - captured)


def pmi_form(model: GaussianModel) -> ScoreForm:
    """The pmi as a quadratic form, without its constant (E4)."""
    rho = model.canonical_correlations
    first, second = model.canonical_directions1, model.canonical_directions2
    precision = 1 / model.spectrum.complement
    square = -(rho**2) * precision
    return ScoreForm(
        (first.T * (rho * precision)) @ second, (first.T * square) @ first, (second.T * square) @ second
    )
