"""Q3: the risk on un-augmented inputs, E(h(T(x)) − h⋆(x))², where views live in the space of x and have its law."""

import math
from typing import Any

import numpy as np

from simsuff.divergences import divergence
from simsuff.downstream import GaussianRegression, Semimetric, StationaryRegression
from simsuff.numerics.validation import require
from simsuff.statements.encoder_gap import gap_bound
from simsuff.statements.equivalence import Labels
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

Stationary = StationaryRegression | GaussianRegression

# max ½(1 − ρ)(1 + ρ)², at ρ = 1/3.
REVERSIBLE = 16 / 27


@statement("Q3", "un-augmented inputs, by the encoder gap", paper=("un-augmented",))
def unaugmented_bound(stationary_task: Stationary, statistic: Any) -> Comparison:
    """inf_h E(h(T(x)) − h⋆(x))² ≤ (a + √ε)² where z and x have one law."""
    root = np.sqrt(stationary_task.encoder_gap(statistic)) + np.sqrt(stationary_task.augmentation_error)
    return Comparison(stationary_task.unaugmented_risk(statistic), "<=", root**2)


@statement("Q3-kl", "un-augmented inputs, linear in the sufficiency", paper=("un-augmented",))
def unaugmented_linear_bound(stationary_task: StationaryRegression, statistic: Labels) -> Comparison:
    """inf_h E(h(T(x)) − h⋆(x))² ≤ 4 B² Suff_KL(T) + 2 ε, |h⋆| ≤ B."""
    rhs = 2 * gap_bound("kl", stationary_task, statistic) + 2 * stationary_task.augmentation_error
    return Comparison(stationary_task.unaugmented_risk(statistic), "<=", rhs)


@statement(
    "Q3-alpha(2)", "un-augmented inputs through the χ²-sufficiency, for any target", paper=("un-augmented",)
)
def unaugmented_chi2_bound(stationary_task: Stationary, statistic: Any) -> Comparison:
    """inf_h E(h(T(x)) − h⋆(x))² ≤ 4 Var(h⋆) Suff_f(T) + 2 ε for f = (t − 1)²/2."""
    rhs = 2 * gap_bound("alpha(2)", stationary_task, statistic) + 2 * stationary_task.augmentation_error
    return Comparison(stationary_task.unaugmented_risk(statistic), "<=", rhs)


@statement(
    "Q3-printed", "un-augmented inputs with the constants of the paper's proof", paper=("un-augmented",)
)
def printed_unaugmented_bound(stationary_task: StationaryRegression, statistic: Labels) -> Comparison:
    """inf_h E(h(T(x)) − h⋆(x))² ≤ 4√2 B² √Suff_KL(T) + 22 ε."""
    lost = np.sqrt(stationary_task.model.sufficiency(statistic, divergence("kl"), form="bregman"))
    rhs = 4 * math.sqrt(2) * stationary_task.half_range**2 * lost + 22 * stationary_task.augmentation_error
    return Comparison(stationary_task.unaugmented_risk(statistic), "<=", rhs)


@statement("Q3-reversible", "un-augmented inputs of a reversible channel", paper=("un-augmented",))
def reversible_bound(reversible_task: Stationary, statistic: Any) -> Comparison:
    """inf_h E(h(T(x)) − h⋆(x))² ≤ (a + √(16ε/27))² where (x, z) can be exchanged."""
    shown, way_out = "is_reversible = False", "use Q3, which holds for every channel"
    require(reversible_task.is_reversible, "reversible_task", shown, "be reversible", way_out)
    return _reversible(reversible_task, statistic)


@statement(
    "Q3-every_channel",
    "the constant of reversible channels for every channel that preserves the law",
    holds=False,
    paper=("un-augmented",),
)
def reversible_bound_for_all(stationary_task: StationaryRegression, statistic: Labels) -> Comparison:
    """The tempting (a + √(16ε/27))² without reversibility: false for mixtures of a rotation and a swap."""
    return _reversible(stationary_task, statistic)


@statement("Q3-losses", "un-augmented inputs under other losses", paper=("un-augmented", "other-losses"))
def unaugmented_loss_bound(
    stationary_task: StationaryRegression, statistic: Labels, semimetric: Semimetric
) -> Comparison:
    """E ℓ(h(T(x)), h⋆(x)) ≤ c φ(2B) √(Suff_KL(T)/2) + 4c² ε_ℓ, h(t) = E[h⋆(z) | T = t]."""
    c = semimetric.triangle
    span = float(semimetric.shape(np.asarray(2 * stationary_task.half_range)))
    lost = np.sqrt(stationary_task.model.sufficiency(statistic, divergence("kl"), form="bregman") / 2)
    rhs = c * span * lost + 4 * c**2 * stationary_task.augmentation_loss(semimetric)
    return Comparison(stationary_task.unaugmented_loss(statistic, semimetric), "<=", rhs)


def _reversible(task: Stationary, statistic: Any) -> Comparison:
    root = np.sqrt(task.encoder_gap(statistic)) + np.sqrt(REVERSIBLE * task.augmentation_error)
    return Comparison(task.unaugmented_risk(statistic), "<=", root**2)
