"""Q1, Q2, Q4, Q8: the regression theorem of Lin and Mei beside ours, its step, other losses, other divergences.

All speak of h_min(z) = E[h⋆(x) | z] on the views, as the paper does: ε̃ is its augmentation error, B half its range.
"""

import math
from collections.abc import Callable

import numpy as np

from simsuff.divergences import divergence
from simsuff.downstream import FiniteClassification, FiniteRegression, Semimetric, conditional_variation
from simsuff.downstream.semimetrics import ABSOLUTE
from simsuff.numerics.numbers import Bounded
from simsuff.statements.encoder_gap import gap_bound
from simsuff.statements.equivalence import Labels
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

# c₁ = √2 in C1 has c₂ = 2 + √2.
ROOT = math.sqrt(2)


@statement("Q1", "the regression theorem with the constants of its proof", paper=("regression",))
def printed_regression_bound(task: FiniteRegression, statistic: Labels) -> Comparison:
    """R_T ≤ 2√2 B² √Suff_KL(T) + 10 ε̃."""
    return Comparison(task.risk(statistic), "<=", _printed(task.best_on_views, statistic))


@statement("Q1-linear", "the regression theorem, linear in the sufficiency", paper=("regression",))
def linear_regression_bound(task: FiniteRegression, statistic: Labels) -> Comparison:
    """R_T ≤ 4 B² Suff_KL(T) + 2 ε̃: C3-kl for h_min in place of h⋆."""
    best = task.best_on_views
    return Comparison(task.risk(statistic), "<=", 2 * gap_bound("kl", best, statistic) + 2 * best.view_risk)


@statement("Q1-order", "the linear bound is below the printed one", paper=("regression",))
def linear_bound_is_smaller(task: FiniteRegression, statistic: Labels) -> Comparison:
    """min(4 B² Suff_KL(T), B²) + 2 ε̃, which bounds R_T, is at most 2√2 B² √Suff_KL(T) + 10 ε̃."""
    best = task.best_on_views
    lhs = np.minimum(2 * gap_bound("kl", best, statistic), best.half_range**2) + 2 * best.view_risk
    return Comparison(lhs, "<=", _printed(best, statistic))


@statement("Q2", "the step of the regression theorem, with its constant", paper=("regression-step",))
def regression_step(task: FiniteRegression, statistic: Labels) -> Comparison:
    """E(h(z̃) − h(z₂))² − E(h(z₁) − h(z₂))² ≤ 2√2 B² √Suff_KL(T), z̃ drawn anew given T, h = h_min."""
    best = task.best_on_views
    return Comparison(best.resampling_gap(statistic), "<=", 2 * ROOT * _root(best, statistic, "kl"))


@statement(
    "Q2-printed", "the step of the regression theorem, as printed", holds=False, paper=("regression-step",)
)
def printed_regression_step(task: FiniteRegression, statistic: Labels) -> Comparison:
    """The printed constant √2: false for a bit that is seen without noise and T constant, 2 against √(2 log 2)."""
    best = task.best_on_views
    return Comparison(best.resampling_gap(statistic), "<=", ROOT * _root(best, statistic, "kl"))


@statement("Q4", "any convex loss with a relaxed triangle inequality", paper=("other-losses",))
def semimetric_bound(task: FiniteRegression, statistic: Labels, semimetric: Semimetric) -> Comparison:
    """E ℓ(h(T), U) ≤ c φ(2B) √(Suff_KL(T)/2) + c(2c + 1) ε_ℓ, h(t) = E[V | T = t], V = h⋆(z), |V| ≤ B."""
    c = semimetric.triangle
    span = float(semimetric.shape(np.asarray(2 * task.half_range)))
    lost = np.sqrt(task.model.sufficiency(statistic, divergence("kl"), form="bregman") / 2)
    rhs = c * span * lost + c * (2 * c + 1) * task.augmentation_loss(semimetric)
    return Comparison(task.predictor_loss(statistic, semimetric), "<=", rhs)


@statement("Q4-absolute", "the absolute loss", paper=("other-losses",))
def absolute_bound(task: FiniteRegression, statistic: Labels) -> Comparison:
    """E|h(T) − U| ≤ √2 B √Suff_KL(T) + 3 ε₁, ε₁ = E|h⋆(z) − h⋆(x)|."""
    lost = np.sqrt(task.model.sufficiency(statistic, divergence("kl"), form="bregman"))
    rhs = ROOT * task.half_range * lost + 3 * task.augmentation_loss(ABSOLUTE)
    return Comparison(task.predictor_loss(statistic, ABSOLUTE), "<=", rhs)


@statement("Q8", "regression through the conditional total variation", paper=("any-f",))
def regression_by_variation(task: FiniteRegression, statistic: Labels) -> Comparison:
    """R_T ≤ 2√2 B² E TV(P(·|z₁), P(·|T)) + (2 + √2) ε̃."""
    best = task.best_on_views
    lost = best.half_range**2 * conditional_variation(task.model, statistic)
    return Comparison(task.risk(statistic), "<=", 2 * ROOT * lost + (2 + ROOT) * best.view_risk)


@statement("Q8-classification", "classification through the conditional total variation", paper=("any-f",))
def classification_by_variation(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """X_T ≤ B E TV(P(·|z₁), P(·|T)) + 5 E D₂(P(y|x) ‖ P(y|z)) + 2 E D₂(P(y|z) ‖ P(y|x))."""
    lost = conditional_variation(classification.views, statistic)
    first = math.inf if math.isinf(classification.log_floor) else classification.log_floor * lost
    rhs = first + 5 * classification.epsilon_renyi2() + 2 * classification.epsilon_reversed
    return Comparison(classification.excess_log_loss(statistic), "<=", rhs)


# c₂ of E TV(P(·|z₁), P(·|T)) ≤ c₂ √Suff_f(T) as a function of sup r: Pinsker's for KL, else (2 inf f''(r))^(−1/2).
VARIATION_CONSTANTS: dict[str, Callable[[float], float]] = {
    "kl": lambda _: 1 / ROOT,
    "alpha(2)": lambda _: 1 / ROOT,
    "squared_hellinger": lambda highest: highest**0.75,
}


def _register(name: str) -> None:
    @statement(f"Q8-{name}", f"regression through the sufficiency in {name}, as printed", paper=("any-f",))
    def regression_by_sufficiency(task: FiniteRegression, statistic: Labels) -> Comparison:
        """R_T ≤ 2√2 B² c₂ √Suff_f(T) + 10 ε̃ with E TV(P(·|z₁), P(·|T)) ≤ c₂ √Suff_f(T)."""
        best, constant = task.best_on_views, VARIATION_CONSTANTS[name](float(task.model.ratio.max()))
        rhs = 2 * ROOT * constant * _root(best, statistic, name) + 10 * best.view_risk
        return Comparison(task.risk(statistic), "<=", rhs)


for _name in VARIATION_CONSTANTS:
    _register(_name)


def _printed(best: FiniteRegression, statistic: Labels) -> Bounded:
    """2√2 B² √Suff_KL(T) + 10 ε̃."""
    return 2 * ROOT * _root(best, statistic, "kl") + 10 * best.view_risk


def _root(best: FiniteRegression, statistic: Labels, name: str) -> Bounded:
    """B² √Suff_f(T)."""
    root: Bounded = np.sqrt(best.model.sufficiency(statistic, divergence(name), form="bregman"))
    return best.half_range**2 * root
