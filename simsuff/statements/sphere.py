"""S1–S5: information, range, realisability and harmonics of von Mises–Fisher pairs, and what linear encoders lose."""

import math

import numpy as np

from simsuff.divergences import Divergence, divergence
from simsuff.encoders import LinearEncoder
from simsuff.models import SphereModel
from simsuff.models.sphere.special import log_normaliser, projected_multiplicity
from simsuff.numerics.numbers import UNIT, Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("S1", "KL information of von Mises–Fisher pairs in closed form", paper=("sphere",))
def kl_in_closed_form(sphere_model: SphereModel) -> Comparison:
    """I_KL = κ A_p(κ) − log 𝓔_p(κ), A_p = λ₁ = E⟨z₁, z₂⟩."""
    aligned = sphere_model.concentration * float(sphere_model.eigenvalues[0])
    rhs = rounded(aligned - sphere_model.log_normaliser, aligned)
    return Comparison(sphere_model.information(divergence("kl")), "==", rhs)


@statement(
    "S1-reverse_kl", "reverse KL information of von Mises–Fisher pairs is log 𝓔_p(κ)", paper=("sphere",)
)
def reverse_kl_in_closed_form(sphere_model: SphereModel) -> Comparison:
    """E_⊗ log(1/r) = log 𝓔_p(κ), since ⟨z₁, z₂⟩ has mean 0 under independence."""
    lhs = sphere_model.information(divergence("reverse_kl"))
    return Comparison(lhs, "==", sphere_model.log_normaliser)


@statement("S1-chi2", "χ² information of von Mises–Fisher pairs in closed form", paper=("sphere",))
def chi2_in_closed_form(sphere_model: SphereModel) -> Comparison:
    """E_⊗(r − 1)² = 𝓔_p(2κ)/𝓔_p(κ)² − 1."""
    rhs = np.expm1(_log_moment(sphere_model, 2.0))
    return Comparison(sphere_model.information(divergence("chi2")), "==", rhs)


@statement("S1-squared_hellinger", "Hellinger information of von Mises–Fisher pairs", paper=("sphere",))
def hellinger_in_closed_form(sphere_model: SphereModel) -> Comparison:
    """E_⊗(1 − √r)² = 2 − 2 𝓔_p(κ/2)/√𝓔_p(κ)."""
    rhs = -2 * np.expm1(_log_moment(sphere_model, 0.5))
    return Comparison(sphere_model.information(divergence("squared_hellinger")), "==", rhs)


@statement("S1-quadratic", "KL information of von Mises–Fisher pairs is at most κ²/2p", paper=("sphere",))
def kl_is_at_most_quadratic(sphere_model: SphereModel) -> Comparison:
    """I_KL ≤ κ²/(2p), an equality to first order as κ → 0."""
    rhs = sphere_model.concentration**2 / (2 * sphere_model.dimension)
    return Comparison(sphere_model.information(divergence("kl")), "<=", rhs)


@statement("S2", "the logarithm of the ratio is at most 2κ in size", paper=("sphere", "sphere-corollary"))
def ratio_is_bounded(sphere_model: SphereModel) -> Comparison:
    """e^{−2κ} ≤ r ≤ e^{2κ}, the larger side of the two."""
    lhs = max(abs(end) for end in sphere_model.log_ratio_range)
    return Comparison(lhs, "<=", 2 * sphere_model.concentration)


@statement("S2-top", "the largest ratio is e^κ/𝓔_p(κ)", paper=("sphere",))
def largest_ratio(sphere_model: SphereModel, directions: Float) -> Comparison:
    """max log r = κ − log 𝓔_p(κ), where the two points are the same."""
    table = sphere_model.pmi_table(directions, directions)
    top = rounded(float(table.max()), sphere_model.concentration)
    kappa, short = sphere_model.concentration, sphere_model.log_normaliser
    return Comparison(top, "==", rounded(kappa - short, kappa))


@statement("S2-normaliser", "log 𝓔_p(κ) is at most κ and at most κ²/2p", paper=("sphere",))
def normaliser_is_bounded(sphere_model: SphereModel) -> Comparison:
    """log 𝓔_p(κ) ≤ min(κ, κ²/(2p)): 𝓔_p < e^κ, and a coordinate of a uniform point is sub-Gaussian."""
    kappa = sphere_model.concentration
    return Comparison(sphere_model.log_normaliser, "<=", min(kappa, kappa**2 / (2 * sphere_model.dimension)))


@statement("S3", "the scaled identity realises the ratio", paper=("sphere",))
def scaled_identity_realises_the_ratio(sphere_model: SphereModel, directions: Float) -> Comparison:
    """⟨Wz₁, Wz₂⟩ = log r + log 𝓔_p(κ) at W = √κ I, compared where the two differ most."""
    kappa = sphere_model.concentration
    encoder = LinearEncoder(math.sqrt(kappa) * np.eye(sphere_model.dimension))
    u, v = encoder.embed(directions, directions)
    gap = u @ v.T - sphere_model.pmi_table(directions, directions) - sphere_model.log_normaliser
    worst = float(gap.flat[np.argmax(np.abs(gap))])
    return Comparison(rounded(worst, kappa), "==", 0.0)


@statement("S4", "one more row of a linear encoder loses no more", paper=("sphere",))
def more_rows_lose_less(sphere_model: SphereModel, sphere_rank: int, divergence: Divergence) -> Comparison:
    """Suff_f at rank k ≤ Suff_f at rank k − 1; at rank 0 it is the information, at rank p it is 0."""
    more, fewer = (
        sphere_model.sufficiency(_rows(sphere_model, k), divergence) for k in (sphere_rank, sphere_rank - 1)
    )
    return Comparison(more, "<=", fewer)


@statement("S4-chi2", "χ²-sufficiency of a linear encoder by harmonics", paper=("sphere",))
def chi2_sufficiency_by_harmonics(sphere_model: SphereModel, sphere_rank: int) -> Comparison:
    """Suff_{(t−1)²} = Σ_l [dim H_l − C(l + k − 1, k − 1)] λ_l² at rank k < p."""
    lhs = sphere_model.sufficiency(_rows(sphere_model, sphere_rank), divergence("chi2"))
    p = sphere_model.dimension
    return Comparison(lhs, "==", _squares(sphere_model, p) - _squares(sphere_model, sphere_rank))


@statement("S5", "χ² information is the sum of the squared eigenvalues", paper=("sphere",))
def chi2_by_harmonics(sphere_model: SphereModel) -> Comparison:
    """E_⊗(r − 1)² = Σ_l dim H_l λ_l², λ_l = I_{p/2−1+l}(κ)/I_{p/2−1}(κ) (Funk–Hecke)."""
    lhs = sphere_model.information(divergence("chi2"))
    return Comparison(lhs, "==", _squares(sphere_model, sphere_model.dimension))


def _log_moment(model: SphereModel, order: float) -> Bounded:
    """log E_⊗ r^a = log 𝓔_p(aκ) − a log 𝓔_p(κ)."""
    above, below = log_normaliser(model.dimension, order * model.concentration), order * model.log_normaliser
    return Bounded(above - below, 2 * UNIT * (above + below))


def _rows(model: SphereModel, rank: int) -> Float:
    """The first `rank` coordinates; a row of zeros where there are none."""
    return np.eye(model.dimension)[:rank] if rank else np.zeros((1, model.dimension))


def _squares(model: SphereModel, rank: int) -> Bounded:
    """Σ λ_l² over the harmonics that are functions of `rank` coordinates."""
    terms = [
        projected_multiplicity(model.dimension, rank, degree + 1) * value**2
        for degree, value in enumerate(model.eigenvalues.tolist())
    ]
    # The relative error of λ_l is at most 8 l roundings.
    lost = math.fsum((16 * (degree + 1) + 4) * UNIT * term for degree, term in enumerate(terms))
    return Bounded(math.fsum(terms), lost)
