"""C1: the risk of the explicit predictor h(t) = E[h⋆(z₁) | T = t], with sharp constants."""

import math
from typing import Any

import numpy as np

from simsuff.downstream import FiniteRegression, GaussianRegression
from simsuff.numerics.numbers import rounded
from simsuff.numerics.validation import require
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
