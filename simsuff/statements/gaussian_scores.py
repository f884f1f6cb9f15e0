"""E4–E6: what is the Gaussian pointwise mutual information, and which encoders can realise it?"""

import math

import numpy as np

from simsuff.divergences import divergence
from simsuff.encoders import LinearEncoder, QuadraticOffsetEncoder
from simsuff.models import GaussianModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float, require
from simsuff.statements.registry import statement
from simsuff.sufficiency import best_bilinear_score, score_excess
from simsuff.verdicts import Comparison

# Cramér's inequality |He_k(x)| ≤ 1.0865 √k! exp(x²/4) bounds the tail of the Mehler series.
CRAMER = 1.0865


@statement("E4", "the pointwise mutual information in canonical variables")
def pmi_in_canonical_variables(model: GaussianModel, z1: Float, z2: Float) -> Comparison:
    """pmi = Σ_i [−½ log(1−ρ²) + ρ/(1−ρ²) u v − ρ²/(2(1−ρ²))(u² + v²)], at the point where the two differ most."""
    u, v = _canonical_variables(model, z1, z2)
    rho = model.canonical_correlations
    left = model.spectrum.complement
    terms = rho / left * u * v - rho**2 / (2 * left) * (u**2 + v**2)
    theory = terms.sum(axis=1) - 0.5 * np.log(left).sum()
    # A number near 1 is known up to an ulp of 1, and so is its logarithm.
    return _worst(model.pmi(z1, z2), theory, rho.size + np.sum((u**2 + v**2) / left, axis=1))


@statement("E4-densities", "the pointwise mutual information as a difference of log densities")
def pmi_from_densities(model: GaussianModel, z1: Float, z2: Float) -> Comparison:
    """pmi = log p(z₁, z₂) − log p(z₁) − log p(z₂), at the point where the two differ most."""
    joint = np.block([[model.cov11, model.cov12], [model.cov12.T, model.cov22]])
    parts = [
        _log_density(joint, np.hstack([z1, z2])),
        _log_density(model.cov11, z1),
        _log_density(model.cov22, z2),
    ]
    return _worst(
        model.pmi(z1, z2),
        parts[0] - parts[1] - parts[2],
        np.linalg.cond(joint) * (len(joint) + np.abs(parts).sum(axis=0)),
    )


@statement("E5-i", "one shared encoder with quadratic offsets realises the pmi up to a constant")
def offsets_realise_pmi(views: GaussianModel, z1: Float, z2: Float) -> Comparison:
    """S = ⟨Wz₁, Wz₂⟩ + b(z₁) + b(z₂) has K = ∞ excess zero in both directions, for exchangeable views."""
    encoder = QuadraticOffsetEncoder.exact(views)
    u, v = encoder.embed(z1, z2)
    score = np.sum(u * v, axis=1) + views.pmi(0 * z1[:1], 0 * z2[:1])[0]
    return _worst(score, views.pmi(z1, z2), np.sum(np.abs(u * v), axis=1))


@statement("E5-ii", "two heads with quadratic features realise the pmi exactly")
def two_heads_realise_pmi(model: GaussianModel, z1: Float, z2: Float) -> Comparison:
    """pmi = ⟨f₁(z₁), f₂(z₂)⟩ with f₁ = (√a u, b(u) + c, 1) and f₂ = (√a v, 1, b(v)), for any covariances."""
    u, v = _canonical_variables(model, z1, z2)
    rho = model.canonical_correlations
    left = model.spectrum.complement
    root, curvature, constant = np.sqrt(rho / left), rho**2 / (2 * left), -0.5 * np.log(left).sum()
    one = np.ones((len(u), 1))
    first = np.hstack([root * u, constant - (u**2 @ curvature)[:, None], one])
    second = np.hstack([root * v, one, -(v**2 @ curvature)[:, None]])
    theory = np.sum(first * second, axis=1)
    return _worst(theory, model.pmi(z1, z2), rho.size + np.sum((u**2 + v**2) / left, axis=1))


@statement("E5-iii", "no constant makes the Gaussian pmi an inner product of one encoder")
def pmi_is_no_kernel(correlation: float, constant: float, spread: float) -> Comparison:
    """At 0, ±s with weights (δ − 2, 1, 1), δ = −2b(s)/c: the form of log r + c' is −4b(s)²/c < 0, c = c' − ½log(1−ρ²)."""
    left = (1 - correlation) * (1 + correlation)
    bend = -(correlation**2) * spread**2 / (2 * left)
    delta = -2 * bend / constant
    points = np.array([0.0, spread, -spread])
    grid = np.array([(x, y) for x in points for y in points])
    pmi = GaussianModel.from_correlations([correlation]).pmi(grid[:, :1], grid[:, 1:])
    kernel = pmi.reshape(3, 3) + 0.5 * math.log(left) + constant
    weights = np.array([delta - 2, 1.0, 1.0])
    magnitude = float(np.abs(weights) @ np.abs(kernel) @ np.abs(weights))
    return Comparison(rounded(float(weights @ kernel @ weights), magnitude), "==", -4 * bend**2 / constant)


@statement("E5-iv", "the ratio is an inner product of Mehler features")
def ratio_is_mehler_kernel(correlation: float, z1: Float, z2: Float, terms: int) -> Comparison:
    """r = Σ_k ρ^k He_k(u) He_k(v)/k!, cut after `terms` with its tail bounded by Cramér's inequality."""
    require(terms >= 1, "terms", terms, "be at least 1", "sum more terms")
    rho, u, v = correlation, float(z1.flat[0]), float(z2.flat[0])
    first, second = _normalised_hermite(u, terms), _normalised_hermite(v, terms)
    products = rho ** np.arange(terms) * first * second
    tail = CRAMER**2 * math.exp((u * u + v * v) / 4) * rho**terms / (1 - rho)
    pmi = GaussianModel.from_correlations([rho]).pmi(np.array([[u]]), np.array([[v]]))
    return Comparison(
        rounded(float(products.sum()), float(np.abs(products).sum())) + Bounded(0.0, tail),
        "==",
        math.exp(float(pmi[0])),
    )


@statement("E5-v", "r − 1 is a positive semi-definite kernel, so the χ² loss is well specified")
def ratio_is_kernel(views: GaussianModel, z1: Float) -> Comparison:
    """The smallest eigenvalue of the Gram matrix (r(z_i, z_j) − 1) is not negative, for exchangeable views."""
    n = len(z1)
    pmi = views.pmi(np.repeat(z1, n, axis=0), np.tile(z1, (n, 1))).reshape(n, n)
    eigenvalues = np.linalg.eigvalsh(np.expm1((pmi + pmi.T) / 2))
    return Comparison(rounded(float(eigenvalues[0]), float(np.abs(eigenvalues).sum())), ">=", 0.0)


@statement("E6", "the irreducible excess of the best bilinear score")
def best_bilinear_excess(views: GaussianModel) -> Comparison:
    """At K = ∞ the optimum b_i = ρ_i leaves ½ Σ [−log(1 − ρ_i²) − ρ_i²]."""
    best = best_bilinear_score(views, len(views.canonical_correlations))
    return Comparison(score_excess(views, best.form), "==", best.excess)


@statement("E6-optimal", "no bilinear score does better")
def bilinear_excess_is_least(views: GaussianModel, weight: Float) -> Comparison:
    """The excess of ⟨Wz₁, Wz₂⟩ is at least that of the best bilinear score of the same rank."""
    lhs = score_excess(views, LinearEncoder(weight))
    rhs = score_excess(views, best_bilinear_score(views, len(weight)).form)
    return Comparison(rounded(lhs, 1.0 + abs(rhs)), ">=", rhs)


@statement("A4-bilinear", "the excess of a bilinear score is at least the sufficiency of its encoder")
def bilinear_excess_dominates(views: GaussianModel, weight: Float) -> Comparison:
    """𝓔_∞(⟨Wz₁, Wz₂⟩) ≥ Suff_KL(Wz₁)."""
    lhs = score_excess(views, LinearEncoder(weight))
    rhs = views.sufficiency(weight, divergence("kl"))
    return Comparison(rounded(lhs, 1.0 + views.information(divergence("kl"))), ">=", rhs)


def _canonical_variables(model: GaussianModel, z1: Float, z2: Float) -> tuple[Float, Float]:
    return z1 @ model.canonical_directions1.T, z2 @ model.canonical_directions2.T


def _log_density(covariance: Float, z: Float) -> Float:
    """log N(z; 0, Σ) up to the power of 2π, which cancels in the pmi."""
    quadratic = np.sum(z * np.linalg.solve(covariance, z.T).T, axis=1)
    density: Float = -0.5 * (np.linalg.slogdet(covariance)[1] + quadratic)
    return density


def _normalised_hermite(x: float, terms: int) -> Float:
    """He_k(x)/√k! for k < terms, by the three-term recurrence."""
    values = np.empty(terms)
    previous, current = 0.0, 1.0
    for k in range(terms):
        values[k] = current
        previous, current = current, (x * current - math.sqrt(k) * previous) / math.sqrt(k + 1)
    return values


def _worst(measured: Float, theory: Float, magnitude: Float) -> Comparison:
    """The equality at the point where the sides differ most against the magnitude of their terms.

    A correlation is known to a few ulp of 1, whatever its size, so the terms count without their factor ρ.
    """
    scale = magnitude + np.abs(measured) + np.abs(theory)
    i = int(np.argmax(np.abs(measured - theory) / np.maximum(scale, np.finfo(float).tiny)))
    return Comparison(rounded(float(measured[i]), float(scale[i])), "==", float(theory[i]))
