"""G3: how much the class of scores costs: increments, entropy integrals, Dudley's bound, the empirical minimiser."""

import math

import numpy as np

from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded, rounded
from simsuff.numerics.validation import Float
from simsuff.population.bounded_difference import infonce_difference, infonce_increment, infonce_loss
from simsuff.population.covering import (
    ball_entropy_integral,
    exact_lookup_entropy_integral,
    finite_entropy_integral,
    lookup_entropy_integral,
)
from simsuff.population.deviations import change_on, half_range, mcdiarmid, minimiser_chance, sample_law
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement(
    "G3-increments", "the losses of two scores differ by as much after one pair is replaced", paper=("erm",)
)
def increments(small_model: FiniteModel, scores: Float, batch: int) -> Comparison:
    """n·|change of L̂(S) − L̂(S')| ≤ g_{K,B} ‖S − S'‖_∞ over all pairs of the law, for the first two `scores`."""
    first, second = scores[0], scores[1]
    lhs = change_on(small_model, batch, infonce_loss, first, second)
    distance = Bounded(float(np.abs(first - second).max()), 0.0)
    return Comparison(lhs, "<=", infonce_increment(batch, half_range(small_model, scores[:2])) * distance)


@statement("G3-ceiling", "the increments stay bounded as the batch grows")
def increments_are_bounded_in_the_batch(bound: float, K: int) -> Comparison:
    """g_{K,B} ≤ 4 + 2e^{2B}."""
    return Comparison(infonce_increment(K, bound), "<=", 4 + 2 * np.exp(2 * Bounded(bound, 0.0)))


@statement("G3-lipschitz", "scores are Lipschitz in the encoder", paper=("erm",))
def scores_are_lipschitz(vectors: Float, other_vectors: Float, temperature: float) -> Comparison:
    """‖S_f − S_f'‖_∞ ≤ 2 Lip(τ) sup‖f‖ ‖f − f'‖_{2,∞} for S_f = τ(⟨f, f⟩), τ(s) = s/t."""
    first, second = vectors @ vectors.T, other_vectors @ other_vectors.T
    size = max(float(np.linalg.norm(f, axis=1).max()) for f in (vectors, other_vectors))
    lhs = rounded(float(np.abs(first - second).max()), size**2)
    distance = rounded(float(np.linalg.norm(vectors - other_vectors, axis=1).max()), 0.0)
    return Comparison(lhs / temperature, "<=", rounded(size, 0.0) * distance * 2 / temperature)


@statement("G3-integral", "the entropy integral of a class with q parameters", paper=("erm",))
def parametric_integral(parameters: int, radius: float, bound: float) -> Comparison:
    """∫₀^{2B} √(q log(1 + 2ΛR/u)) du ≤ 2B √(q(1 + log(1 + ΛR/B)))."""
    top = Bounded(bound, 0.0)
    rhs = 2 * top * np.sqrt(parameters * (1 + np.log1p(radius / top)))
    return Comparison(ball_entropy_integral(parameters, radius, 2 * bound), "<=", rhs)


@statement("G3-jensen", "the entropy integral of a class with q parameters, sharper")
def parametric_integral_by_jensen(parameters: int, radius: float, bound: float) -> Comparison:
    """∫₀^{2B} √(q log(1 + 2ΛR/u)) du ≤ 2B √(q(log(1 + a) + a log(1 + 1/a))), a = ΛR/B."""
    a = radius / Bounded(bound, 0.0)
    rhs = 2 * bound * np.sqrt(parameters * (np.log1p(a) + a * np.log1p(1 / a)))
    return Comparison(ball_entropy_integral(parameters, radius, 2 * bound), "<=", rhs)


@statement("G3-lookup", "the entropy integral of a lookup table, exactly, and its bound by volumes")
def lookup_integral(parameters: int, radius: float) -> Comparison:
    """Tables of q numbers in [−R, R] have N(u) = ⌈R/u⌉^q; the integral is at most that of (1 + 2R/u)^q up to R."""
    exact = exact_lookup_entropy_integral(parameters, radius)
    return Comparison(exact, "<=", lookup_entropy_integral(parameters, 1, radius, radius))


@statement("G3-dudley", "the mean of the largest deviation of a class, by its entropy integral")
def dudley_bound(small_model: FiniteModel, scores: Float, batch: int, batches: int) -> Comparison:
    """E max_S [(L − L̂)(S) − (L − L̂)(S₀)] ≤ 2√2 g/√n ∫₀^{D/2} √log N(u) du, D = max ‖S − S₀‖_∞.

    S₀ is the best of the class, g = g_{K,B}; N counts balls around members, and the left side is enumerated.
    """
    law = sample_law(small_model, scores, batch, batches)
    best = int(law.risks.argmin())
    gaps = law.risks[:, None] - law.losses
    lhs = float((gaps - gaps[best]).max(axis=0) @ law.probability)
    return Comparison(Bounded(lhs, 8 * law.error), "<=", _dudley(small_model, scores, best, batch, batches))


@statement("G3", "the empirical minimiser of a class is nearly the best", paper=("erm",))
def minimiser_of_a_class(
    small_model: FiniteModel, scores: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(L(Ŝ) ≥ inf L + 2√2 g/√n ∫₀^{D/2} √log N(u) du + s) ≤ exp(−2ns²/min(2c, gD)²), s = `deviation`."""
    best = int(sample_law(small_model, scores, batch, 1).risks.argmin())
    mean = _dudley(small_model, scores, best, batch, batches)
    bound = half_range(small_model, scores)
    spread = float(np.abs(scores - scores[best]).max())
    change = min(2 * infonce_difference(batch, bound), infonce_increment(batch, bound) * Bounded(spread, 0.0))
    lhs = minimiser_chance(small_model, scores, batch, batches, float(mean) + mean.error + deviation)
    if spread == 0:  # copies of one score
        return Comparison(lhs, "<=", 0.0)
    return Comparison(lhs, "<=", mcdiarmid(batch * batches, deviation, change))


def _dudley(model: FiniteModel, scores: Float, best: int, K: int, batches: int) -> Bounded:
    """2√2 g/√n ∫₀^{D/2} √log N(u) du."""
    distances = np.abs(scores[:, None] - scores[None]).max(axis=(-1, -2))
    integral = finite_entropy_integral(distances, float(distances[best].max()) / 2)
    slope = infonce_increment(K, half_range(model, scores))
    return 2 * math.sqrt(2) * slope * integral / math.sqrt(K * batches)
