"""E1–E3: what do canonical correlations say about information, sufficiency and the best linear encoder?"""

import math

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence, divergence
from simsuff.models import GaussianModel
from simsuff.models.gaussian.canonical import Spectrum
from simsuff.models.gaussian.quadrature import integral, is_finite_under
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

Float = NDArray[np.float64]


@statement("E1", "closed forms of the information against quadrature through the law of the pmi")
def closed_form_information(model: GaussianModel, divergence: Divergence) -> Comparison:
    """I_f by quadrature = I_f in closed form, from the canonical correlations alone."""
    rho = model.canonical_correlations
    spectrum = Spectrum(rho, 1 - rho)
    lhs = integral(divergence, spectrum) if is_finite_under(divergence, spectrum) else math.inf
    return Comparison(lhs, "==", model.information_bounded(divergence))


@statement("E1-chi2", "1 + χ² = exp(2 I_KL)")
def chi2_is_exponential_of_kl(model: GaussianModel) -> Comparison:
    """The χ² information of a Gaussian model is a function of its mutual information."""
    lhs = 1 + model.information(divergence("chi2"))
    return Comparison(lhs, "==", math.exp(2 * model.information(divergence("kl"))))


@statement("E2", "KL-sufficiency of a linear encoder")
def linear_kl_sufficiency(model: GaussianModel, weight: Float) -> Comparison:
    """Suff_KL(Wz₁) = ½ log det(I − A_W) − ½ Σ log(1 − ρ_i²)."""
    _, logdet = np.linalg.slogdet(_residual(model, weight))
    information = model.information(divergence("kl"))
    return Comparison(
        model.sufficiency(weight, divergence("kl")), "==", logdet / 2 + information, scale=1 + information
    )


@statement("E2-chi2", "χ²-sufficiency of a linear encoder")
def linear_chi2_sufficiency(model: GaussianModel, weight: Float) -> Comparison:
    """Suff_{(t−1)²}(Wz₁) = Π(1 − ρ_i²)⁻¹ − det(I − A_W)⁻¹."""
    whole = 1 / float(np.prod(_one_minus_square(model)))
    rhs = whole - 1 / float(np.linalg.det(_residual(model, weight)))
    return Comparison(model.sufficiency(weight, divergence("chi2")), "==", rhs, scale=whole)


@statement("E2-squared_hellinger", "Hellinger-sufficiency of a linear encoder")
def linear_hellinger_sufficiency(model: GaussianModel, weight: Float) -> Comparison:
    """Suff(Wz₁) = 2[det(I − A_W)^¼ det(I − A_W/4)^{−½} − BC] for (1 − √t)²."""
    residual = _residual(model, weight)
    kept = np.linalg.det(residual) ** 0.25 / math.sqrt(
        np.linalg.det(0.75 * np.eye(len(residual)) + residual / 4)
    )
    rho = model.canonical_correlations
    whole = float(np.prod(_one_minus_square(model) ** 0.25 / np.sqrt(1 - rho**2 / 4)))
    return Comparison(
        model.sufficiency(weight, divergence("squared_hellinger")), "==", 2 * (kept - whole), scale=2
    )


@statement("E3", "the top canonical directions are the best linear encoder")
def top_directions_are_best(model: GaussianModel, weight: Float, divergence: Divergence) -> Comparison:
    """Suff_f(Wz₁) ≥ Suff_f of the top-k canonical directions, k the number of rows of W."""
    best = model.sufficiency(model.optimal_encoder(np.shape(weight)[0]), divergence)
    lhs = model.sufficiency(weight, divergence)
    return Comparison(lhs, ">=", best, scale=model.information(divergence))


@statement("E3-value", "the sufficiency that the best linear encoder leaves, in KL")
def best_kl_sufficiency(model: GaussianModel, k: int) -> Comparison:
    """Suff*_KL = −½ Σ_{i>k} log(1 − ρ_i²)."""
    lhs = model.sufficiency(model.optimal_encoder(k), divergence("kl"))
    rhs = -0.5 * float(np.sum(np.log(_one_minus_square(model)[k:])))
    return Comparison(lhs, "==", rhs, scale=model.information(divergence("kl")))


@statement("E3-value-chi2", "the sufficiency that the best linear encoder leaves, in χ²")
def best_chi2_sufficiency(model: GaussianModel, k: int) -> Comparison:
    """Suff*_{(t−1)²} = Π_{i≤k}(1 − ρ_i²)⁻¹ [Π_{i>k}(1 − ρ_i²)⁻¹ − 1]."""
    left = _one_minus_square(model)
    rhs = (1 / float(np.prod(left[k:])) - 1) / float(np.prod(left[:k]))
    lhs = model.sufficiency(model.optimal_encoder(k), divergence("chi2"))
    return Comparison(lhs, "==", rhs, scale=1 + model.information(divergence("chi2")))


def _one_minus_square(model: GaussianModel) -> Float:
    rho = model.canonical_correlations
    difference: Float = (1 - rho) * (1 + rho)
    return difference


def _residual(model: GaussianModel, weight: Float) -> Float:
    """I − A_W, A_W = (WΣ₁Wᵀ)⁻¹ W Σ₁₂ Σ₂⁻¹ Σ₂₁ Wᵀ, shape (k, k)."""
    explained = weight @ model.cov12 @ np.linalg.solve(model.cov22, model.cov12.T) @ weight.T
    residual: Float = np.eye(len(weight)) - np.linalg.solve(weight @ model.cov11 @ weight.T, explained)
    return residual
