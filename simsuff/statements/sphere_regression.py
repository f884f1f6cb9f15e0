"""S6–S8: the printed law of the linear example, truncated least squares, and what an encoder costs downstream."""

import numpy as np

from simsuff.divergences import divergence
from simsuff.downstream import SphereRegression
from simsuff.models import NoisySphereModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("S6", "the printed ratio is that of the triple conditioned on the sphere", paper=("sphere",))
def printed_ratio_of_the_triple(noisy_model: NoisySphereModel, cosine: float) -> Comparison:
    """log r(t) = κt − log 𝓔_p(κ), κ = p/(σ²(σ² + 2)), where x has the law that conditioning both views at once gives."""
    return Comparison(_log_ratio(noisy_model, cosine, tilted=True), "==", _printed(noisy_model, cosine))


@statement(
    "S6-printed", "the printed ratio where each view is conditioned given x", holds=False, paper=("sphere",)
)
def printed_ratio_of_the_views(noisy_model: NoisySphereModel, cosine: float) -> Comparison:
    """log r(t) = κt − log 𝓔_p(κ) for x ~ N(0, I_p/p); false: r is 1.98, and not 1.75, at p = 2, σ = 1, t = 1."""
    return Comparison(_log_ratio(noisy_model, cosine, tilted=False), "==", _printed(noisy_model, cosine))


@statement(
    "S7",
    "expected excess of least squares on a linear encoder of directions",
    in_expectation=True,
    paper=("linear-general",),
)
def least_squares_excess(
    sphere_task: SphereRegression, sphere_rank: int, labelled: int, rng: np.random.Generator
) -> Comparison:
    """E excess ≤ a² + v̄ k/(m − k − 1), v̄ a bound on Var(y | T); the left side is that of one random fit: average it."""
    weight = np.eye(sphere_task.model.dimension)[:sphere_rank]
    lhs = sphere_task.excess(sphere_task.least_squares(weight, labelled, rng))
    price = sphere_task.label_variance(sphere_rank) * sphere_rank / (labelled - sphere_rank - 1)
    return Comparison(lhs, "<=", sphere_task.encoder_gap(weight) + price)


@statement("S7-truncated", "clipping to the range of the target lowers the excess", paper=("linear-general",))
def clipping_lowers_the_excess(sphere_task: SphereRegression, directions: Float) -> Comparison:
    """E(clip(⟨b, z⟩, ±B) − E[y | z])² ≤ E(⟨b, z⟩ − E[y | z])² for B = λ₁‖θ‖ and any b."""
    used = 3 * sphere_task.half_range * directions[0]
    lhs = sphere_task.truncated_excess(used, max(sphere_task.target_bound, 1e-300))
    return Comparison(lhs, "<=", sphere_task.excess(used))


@statement("S8", "what a linear encoder loses of the target, by KL-sufficiency", paper=("sphere-end-to-end",))
def gap_by_kl_sufficiency(sphere_task: SphereRegression, sphere_rank: int) -> Comparison:
    """a² = λ₁²‖(I − P)θ‖²/p ≤ 2‖θ‖² Suff_KL (C2)."""
    weight = np.eye(sphere_task.model.dimension)[:sphere_rank]
    rhs = 2 * sphere_task.half_range**2 * sphere_task.model.sufficiency(weight, divergence("kl"))
    return Comparison(sphere_task.encoder_gap(weight), "<=", rhs)


@statement(
    "S8-chi2", "what a linear encoder loses of the target, by χ²-sufficiency", paper=("sphere-end-to-end",)
)
def gap_by_chi2_sufficiency(sphere_task: SphereRegression, sphere_rank: int) -> Comparison:
    """a² ≤ (‖θ‖²/p) Suff for f = (t − 1)² (C2)."""
    weight = np.eye(sphere_task.model.dimension)[:sphere_rank]
    rhs = sphere_task.target_variance * sphere_task.model.sufficiency(weight, divergence("chi2"))
    return Comparison(sphere_task.encoder_gap(weight), "<=", rhs)


def _log_ratio(model: NoisySphereModel, cosine: float, tilted: bool) -> Bounded:
    found = model.log_ratio([cosine], tilted)
    return Bounded(float(found.value[0]), float(found.error[0]))


def _printed(model: NoisySphereModel, cosine: float) -> Bounded:
    kappa = model.nominal.concentration
    return rounded(kappa * cosine - model.nominal.log_normaliser, kappa)
