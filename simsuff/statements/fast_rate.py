"""G4, G5: what a well-specified class gains: the rate 1/n on a finite class, and the constant of a smooth one."""

import numpy as np

from simsuff.models import FiniteModel
from simsuff.numerics.numbers import UNIT, Bounded, rounded
from simsuff.numerics.validation import Float, require_all
from simsuff.population.deviations import BatchLaw, minimiser_chance
from simsuff.population.finite_k import optimal_score
from simsuff.population.finite_kernel import expm1_minus
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison


@statement("G4-log2", "the second moment of a log-likelihood ratio in terms of its mean")
def second_moment(prior: Float, reference: Float) -> Comparison:
    """E_p log²(p/q) ≤ φ(V) KL(p‖q), V = max log(p/q), φ(V) = V²/(V − 1 + e^{−V})."""
    require_all(reference > 0, "reference", reference, "be positive", "drop symbols that q lacks")
    logs = np.log1p((prior - reference) / reference)
    # Each term of KL as p (x − 1 + e^{−x}) = q f(p/q) ≥ 0, x = log(p/q): no digits cancel.
    gaps = np.array([expm1_minus(-x) for x in logs])
    lhs, kl = float(prior @ logs**2), float(prior @ gaps)
    return Comparison(rounded(lhs, 0.0), "<=", moment_ratio(float(logs.max())) * rounded(kl, 0.0))


@statement("G4-log2-ceiling", "the constant of the second moment is at most 2 + V")
def second_moment_constant(bound: float) -> Comparison:
    """φ(V) ≤ 2 + V; `bound` is V."""
    return Comparison(moment_ratio(bound), "<=", 2 + Bounded(bound, 0.0))


@statement("G4-log2-sharp", "the constant of the second moment is attained")
def second_moment_is_attained(bound: float, delta: float) -> Comparison:
    """p = (δ, 1 − δ), q = (δe^{−V}, 1 − δe^{−V}): E_p log²(p/q)/KL(p‖q) → φ(V) as δ → 0; `bound` is V."""
    shift = delta * np.expm1(-bound)
    logs = np.array([bound, np.log1p(shift / (1 - delta - shift))])
    p = np.array([delta, 1 - delta])
    gaps = np.array([expm1_minus(-x) for x in logs])
    ratio = rounded(float(p @ logs**2 / (p @ gaps)), 0.0)
    return Comparison(ratio, "->", moment_ratio(bound), remainder=2 * delta)


@statement("G4", "the rate 1/n of a finite class that holds the optimal score")
def fast_rate(
    full_model: FiniteModel, scores: Float, batch: int, batches: int, deviation: float
) -> Comparison:
    """P(𝓔_K(Ŝ) ≥ t) ≤ |𝒮| exp(−nt/(K(2φ(V) + ⅔V))), 𝒮 = `scores` and log r, V the widest range of S − log r."""
    optimum = optimal_score(full_model)
    gaps = scores - optimum
    widest = float((gaps.max(axis=(-1, -2)) - gaps.min(axis=(-1, -2))).max())
    lhs = minimiser_chance(full_model, np.stack([optimum, *scores]), batch, batches, deviation)
    scale = 2 * moment_ratio(widest) + 2 * Bounded(widest, 4 * UNIT * widest) / 3
    return Comparison(lhs, "<=", len(scores) * np.exp(-batches * deviation / scale))


@statement("G5", "the constant of the parametric rate, by batches and by rows")
def rate_constant_by_rows(full_model: FiniteModel, score: Float, batch: int) -> Comparison:
    """K Var(G) = H + (K − 1)C along one direction `score` at S = log r.

    G is the mean of the row gradients g_i of a batch, H = E Var(direction) under the rows' softmax is the Hessian of L_K,
    C = E g₁g₂: so n E 𝓔_K → ½[1 + (K − 1)C/H] for one parameter.
    """
    law, gradients, curvature = _rows(full_model, score, batch)
    whole = float(law @ (gradients.mean(axis=-1) ** 2))
    pairs = (gradients.sum(axis=-1) ** 2 - (gradients**2).sum(axis=-1)) / batch
    size = 4 * float(np.abs(score).max()) ** 2
    return Comparison(
        rounded(batch * whole, batch * size), "==", rounded(curvature + float(law @ pairs), batch * size)
    )


@statement("G5-fisher", "the Hessian of the loss is the Fisher information of a row")
def information_equality(full_model: FiniteModel, score: Float, batch: int) -> Comparison:
    """E g² = H along one direction `score` at S = log r: a row is a well-specified choice among K."""
    law, gradients, curvature = _rows(full_model, score, batch)
    size = 4 * float(np.abs(score).max()) ** 2
    return Comparison(
        rounded(float(law @ (gradients**2).mean(axis=-1)), size), "==", rounded(curvature, size)
    )


@statement("G5-ceiling", "in-batch negatives cost at most a factor K")
def rate_constant_ceiling(full_model: FiniteModel, score: Float, batch: int) -> Comparison:
    """K Var(G) ≤ K H: the constant of n E 𝓔_K is at most K/2 for each parameter."""
    law, gradients, curvature = _rows(full_model, score, batch)
    size = 4 * float(np.abs(score).max()) ** 2
    lhs = batch * float(law @ (gradients.mean(axis=-1) ** 2))
    return Comparison(rounded(lhs, batch * size), "<=", rounded(batch * curvature, batch * size))


def moment_ratio(V: float) -> Bounded:
    """φ(V) = V²/(V − 1 + e^{−V}), increasing from φ(0) = 2."""
    if V <= 0:
        return Bounded(2.0, 0.0)
    return rounded(V * V / expm1_minus(-V), 0.0)


def _rows(model: FiniteModel, direction: Float, K: int) -> tuple[Float, Float, float]:
    """The law of batches, the gradient of each row along `direction` at log r, and the mean curvature of a row."""
    law = BatchLaw.of(model, K)
    weights = law.tables(model.ratio)
    weights /= weights.sum(axis=-1, keepdims=True)
    moves = law.tables(direction)
    means = (weights * moves).sum(axis=-1)
    gradients = means - np.diagonal(moves, axis1=-2, axis2=-1)
    curvature = (weights * (moves - means[..., None]) ** 2).sum(axis=-1).mean(axis=-1)
    return law.probability, gradients, float(law.probability @ curvature)
