"""C1, F6: the risk of the explicit predictor h(t) = E[h⋆(z₁) | T = t], also for two views of a document."""

import math
from typing import Any

import numpy as np

from simsuff.downstream import FiniteRegression, GaussianRegression, PairRegression
from simsuff.numerics.numbers import rounded
from simsuff.numerics.validation import require
from simsuff.statements.equivalence import Labels
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

Task = FiniteRegression | GaussianRegression


@statement("C1", "risk of the explicit predictor, with two constants")
def explicit_predictor_bound(task: Task, statistic: Any, c1: float) -> Comparison:
    """E(h(T) − U)² ≤ c₁ a² + c₂(c₁) ε, for views that are iid given x."""
    bound = c1 * task.encoder_gap(statistic) + augmentation_constant(c1) * task.augmentation_error
    return Comparison(rounded(task.predictor_risk(statistic), square_scale(task)), "<=", bound)


@statement("C1-optimal", "risk of the explicit predictor, constants optimised")
def optimised_predictor_bound(task: Task, statistic: Any) -> Comparison:
    """E(h(T) − U)² ≤ (a + √ε)² if a ≥ √ε, else 4/3 (a² + a√ε + ε)."""
    a, root = np.sqrt(task.encoder_gap(statistic)), np.sqrt(task.augmentation_error)
    bound = (a + root) ** 2 if a >= root else 4 / 3 * (a**2 + a * root + root**2)
    return Comparison(rounded(task.predictor_risk(statistic), square_scale(task)), "<=", bound)


@statement("C1-risk", "the best predictor on T does no worse than the explicit one")
def best_predictor(task: Task, statistic: Any) -> Comparison:
    """R_T ≤ E(h(T) − U)² for h(t) = E[h⋆(z₁) | T = t]."""
    return Comparison(rounded(task.risk(statistic), square_scale(task)), "<=", task.predictor_risk(statistic))


@statement("F6-iid", "sub-sampled views of a document obey the sharp inequality of C1")
def subsampled_views_bound(document_task: FiniteRegression, statistic: Labels, c1: float) -> Comparison:
    """E(h(T) − U)² ≤ c₁ a² + c₂(c₁) ε for overlapping sub-samples, which are iid given the document."""
    bound = c1 * document_task.encoder_gap(statistic)
    bound += augmentation_constant(c1) * document_task.augmentation_error
    return Comparison(
        rounded(document_task.predictor_risk(statistic), square_scale(document_task)), "<=", bound
    )


@statement("F6", "disjoint halves obey the (2, 3) form of C1")
def halves_bound(halves_task: PairRegression, statistic: Labels) -> Comparison:
    """E(h(T) − U)² ≤ 2a² + 3ε for x = (z₁, z₂), where the views are not independent given x."""
    bound = 2 * halves_task.encoder_gap(statistic) + 3 * halves_task.augmentation_error
    return Comparison(rounded(halves_task.predictor_risk(statistic), halves_task.magnitude), "<=", bound)


@statement("F6-triangle", "the explicit predictor on disjoint halves, constants optimised")
def halves_triangle(halves_task: PairRegression, statistic: Labels) -> Comparison:
    """E(h(T) − U)² ≤ ε + (a + √ε)², h(t) = E[V₁ | T = t].

    With v = V₁ − h(T), orthogonal to functions of T: E(h − U)² − ε = 2E[Uv] − E v² = 2E[(U − V₂)v] + 2E[V₂v] − E v²,
    and E[(U − V₂)v] ≤ √ε‖v‖, E[V₂v] ≤ a‖v‖. Nothing but E(V₂ − U)² = E(V₁ − U)² = ε is used.
    """
    gap, error = halves_task.encoder_gap(statistic), halves_task.augmentation_error
    bound = error + (np.sqrt(gap) + np.sqrt(error)) ** 2
    return Comparison(rounded(halves_task.predictor_risk(statistic), halves_task.magnitude), "<=", bound)


@statement("F6-two", "disjoint halves obey the (2, 2) form of C1", holds=False)
def halves_sharp_bound(halves_task: PairRegression, statistic: Labels) -> Comparison:
    """The tempting E(h(T) − U)² ≤ 2a² + 2ε: false for U = V₁ + V₂ and T constant, where V₁, V₂ correlate by √2 − 1."""
    bound = 2 * halves_task.encoder_gap(statistic) + 2 * halves_task.augmentation_error
    return Comparison(rounded(halves_task.predictor_risk(statistic), halves_task.magnitude), "<=", bound)


def augmentation_constant(c1: float) -> float:
    """c₂(c₁), the least coefficient of ε once a² has coefficient c₁.

    Raises
    ------
    ValueError : unless c₁ > 1.
    """
    require(1 < c1 < math.inf, "c1", c1, "lie in (1, inf)", "c1 = 2 gives the symmetric bound 2a² + 2ε")
    return c1 / (c1 - 1) if c1 <= 2 else 4 * (c1 - 1) / (3 * c1 - 4)


def square_scale(task: Task) -> float:
    """The magnitude of the squares that a risk sums over."""
    return task.target_variance + task.augmentation_error
