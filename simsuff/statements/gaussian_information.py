"""E1–E3: information, sufficiency and the best linear encoder of Gaussian views, from canonical correlations."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence, divergence
from simsuff.models import GaussianModel
from simsuff.models.gaussian.quadrature import integral, is_finite_under
from simsuff.numerics.numbers import UNIT, Bounded, BoundedArray
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

Float = NDArray[np.float64]


@statement("E1", "closed forms of the information against quadrature through the law of the pmi")
def closed_form_information(model: GaussianModel, divergence: Divergence) -> Comparison:
    """I_f by quadrature = I_f in closed form, from the canonical correlations alone."""
    spectrum = model.spectrum
    lhs = integral(divergence, spectrum) if is_finite_under(divergence, spectrum) else math.inf
    return Comparison(lhs, "==", model.information(divergence))


@statement("E1-chi2", "1 + χ² = exp(2 I_KL)")
def chi2_is_exponential_of_kl(model: GaussianModel) -> Comparison:
    """The χ² information of a Gaussian model is a function of its mutual information."""
    lhs = 1 + model.information(divergence("chi2"))
    return Comparison(lhs, "==", np.exp(2 * model.information(divergence("kl"))))


@statement("E2", "KL-sufficiency of a linear encoder")
def linear_kl_sufficiency(model: GaussianModel, weight: Float) -> Comparison:
    """Suff_KL(Wz₁) = ½ log det(I − A_W) − ½ Σ log(1 − ρ_i²), from determinants of the covariances on the right."""
    rhs = _log(model.wilks_lambda(weight) / model.wilks_lambda()) / 2
    return Comparison(model.sufficiency(weight, divergence("kl")), "==", rhs)


@statement("E2-chi2", "χ²-sufficiency of a linear encoder")
def linear_chi2_sufficiency(model: GaussianModel, weight: Float) -> Comparison:
    """Suff_{(t−1)²}(Wz₁) = Π(1 − ρ_i²)⁻¹ − det(I − A_W)⁻¹, from determinants of the covariances on the right."""
    whole = 1 / model.wilks_lambda()
    rhs = float(whole - 1 / model.wilks_lambda(weight))
    lhs = model.sufficiency(weight, divergence("chi2"))
    return Comparison(lhs, "==", Bounded(rhs, UNIT * abs(rhs)))


@statement("E2-squared_hellinger", "Hellinger-sufficiency of a linear encoder")
def linear_hellinger_sufficiency(model: GaussianModel, weight: Float) -> Comparison:
    """Suff(Wz₁) = 2[det(I − A_W)^¼ det(I − A_W/4)^{−½} − BC] for (1 − √t)², from determinants on the right."""
    quarter, quarter_part = model.wilks_lambda(shrink=0.5), model.wilks_lambda(weight, shrink=0.5)
    whole, part = model.wilks_lambda(), model.wilks_lambda(weight)
    log_bc = _log(whole) / 4 - _log(quarter) / 2
    rise = _log(part / whole) / 4 - _log(quarter_part / quarter) / 2
    lhs = model.sufficiency(weight, divergence("squared_hellinger"))
    return Comparison(lhs, "==", 2 * np.exp(log_bc) * np.expm1(rise))


@statement("E3", "the top canonical directions are the best linear encoder")
def top_directions_are_best(model: GaussianModel, weight: Float, divergence: Divergence) -> Comparison:
    """Suff_f(Wz₁) ≥ Suff_f of the top-k canonical directions, k the number of rows of W."""
    best = model.sufficiency(model.optimal_encoder(np.shape(weight)[0]), divergence)
    lhs = model.sufficiency(weight, divergence)
    return Comparison(lhs, ">=", best)


@statement("E3-value", "the sufficiency that the best linear encoder leaves, in KL")
def best_kl_sufficiency(model: GaussianModel, k: int) -> Comparison:
    """Suff*_KL = −½ Σ_{i>k} log(1 − ρ_i²)."""
    lhs = model.sufficiency(model.optimal_encoder(k), divergence("kl"))
    rhs = -_log_complements(model)[k:].sum() / 2 + Bounded(0.0, _lost_by_rounding(model, k))
    return Comparison(lhs, "==", rhs)


@statement("E3-value-chi2", "the sufficiency that the best linear encoder leaves, in χ²")
def best_chi2_sufficiency(model: GaussianModel, k: int) -> Comparison:
    """Suff*_{(t−1)²} = Π_{i≤k}(1 − ρ_i²)⁻¹ [Π_{i>k}(1 − ρ_i²)⁻¹ − 1]."""
    logs = _log_complements(model)
    rhs = np.exp(-logs[:k].sum()) * (
        np.expm1(-logs[k:].sum()) + Bounded(0.0, 4 * _lost_by_rounding(model, k))
    )
    lhs = model.sufficiency(model.optimal_encoder(k), divergence("chi2"))
    return Comparison(lhs, "==", rhs)


def _lost_by_rounding(model: GaussianModel, k: int) -> float:
    """What the directions of the best encoder lose of ½ Σ log(1 − ρ²) because they are rounded to doubles.

    They turn by an angle of a few roundings of the terms that cancel in a whitened direction, and lose its square.
    """
    weight = np.abs(model.optimal_encoder(k).weight)
    gross = float(np.einsum("ki,ij,kj->k", weight, np.abs(model.cov11), weight).max())
    angle = 4 * UNIT**2 * sum(model.shape) ** 2 * gross
    return k * angle / float(model.spectrum.complement.min())


def _log_complements(model: GaussianModel) -> BoundedArray:
    """log(1 − ρ_i²)."""
    spectrum, logs = model.spectrum, model.spectrum.log_complement
    carried = 2 * spectrum.error * spectrum.largest.rho / spectrum.largest.complement
    return BoundedArray(logs, carried + 8 * UNIT * np.abs(logs))


def _log(ratio: Fraction) -> Bounded:
    """The logarithm of a positive fraction of any size."""
    shift = ratio.numerator.bit_length() - ratio.denominator.bit_length()
    if abs(shift) <= 1:
        value = math.log1p(float(ratio - 1))
        return Bounded(value, 4 * UNIT * abs(value))
    value = math.log(float(ratio / Fraction(2) ** shift)) + shift * math.log(2)
    return Bounded(value, 4 * UNIT * (1 + abs(value)))
