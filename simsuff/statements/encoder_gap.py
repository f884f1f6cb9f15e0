"""C2, C3: the encoder gap a² and the regression risk on T controlled by sufficiency, for each divergence."""

import math
from collections.abc import Callable
from typing import Any

from simsuff.divergences import divergence
from simsuff.downstream import FiniteRegression, GaussianRegression
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import rounded
from simsuff.statements.conditional_laws import mean_hellinger, mean_variation
from simsuff.statements.explicit_predictor import square_scale
from simsuff.statements.registry import statement
from simsuff.verdicts import Comparison

Task = FiniteRegression | GaussianRegression


def _kl(task: Task, sufficiency: float) -> float:
    """2B² Suff_KL(T), |h⋆(z)| ≤ B."""
    return 2 * task.half_range**2 * sufficiency


def _chi2(task: Task, sufficiency: float) -> float:
    """Var(h⋆(z)) Suff(T) for f = (t − 1)², also for unbounded h⋆."""
    return task.target_variance * sufficiency


def _chi2_half(task: Task, sufficiency: float) -> float:
    """2 Var(h⋆(z)) Suff(T) for f = (t − 1)²/2, also for unbounded h⋆."""
    return 2 * task.target_variance * sufficiency


def _squared_hellinger(task: Task, sufficiency: float) -> float:
    """4√M B² Suff(T) for f = (1 − √t)², M = sup r, |h⋆(z)| ≤ B."""
    return 4 * math.sqrt(_largest_ratio(task)) * task.half_range**2 * sufficiency


def _reverse_kl(task: Task, sufficiency: float) -> float:
    """2M B² Suff(T) for f = t − 1 − log t, M = sup r, |h⋆(z)| ≤ B."""
    return 2 * _largest_ratio(task) * task.half_range**2 * sufficiency


# One row of C2 for each divergence that has one: the bound on a² as a function of the task and of Suff_f.
GAP_BOUNDS: dict[str, Callable[[Task, float], float]] = {
    "kl": _kl,
    "chi2": _chi2,
    "alpha(2)": _chi2_half,
    "squared_hellinger": _squared_hellinger,
    "reverse_kl": _reverse_kl,
}


# Where the rows of C2 and of C3 are attained.
GAP_ATTAINED = {
    "kl": "in the limit Suff → 0: two nearly equal laws of z₂ (Pinsker)",
    "chi2": "z = x = ±1, T constant",
    "alpha(2)": "z = x = ±1, T constant",
}

# The χ² rows see the target through its variance only.
UNBOUNDED_TARGETS = ("chi2", "alpha(2)")


def gap_bound(name: str, task: Task, statistic: Any) -> float:
    """The bound of C2 on a² for the divergence `name`; inf where it needs a bounded target and has none."""
    if math.isinf(task.half_range) and name not in UNBOUNDED_TARGETS:
        return math.inf
    factor = float(GAP_BOUNDS[name](task, 1.0))
    if factor == 0 or math.isinf(factor):
        return factor  # a constant target has no gap, whatever is lost; an unbounded ratio bounds nothing
    return GAP_BOUNDS[name](task, task.model.sufficiency(statistic, divergence(name)))


def _register(name: str) -> None:
    def encoder_gap_bound(task: Task, statistic: Any) -> Comparison:
        lhs = task.encoder_gap(statistic)
        return Comparison(rounded(lhs, square_scale(task)), "<=", gap_bound(name, task, statistic))

    encoder_gap_bound.__doc__ = f"a² ≤ {GAP_BOUNDS[name].__doc__}"
    title = f"the encoder gap is controlled by the sufficiency in {name}"
    statement(f"C2-{name}", title, sharp=GAP_ATTAINED.get(name, ""))(encoder_gap_bound)


for _name in GAP_BOUNDS:
    _register(_name)


def _register_risk(name: str) -> None:
    def regression_risk_bound(task: Task, statistic: Any) -> Comparison:
        bound = 2 * gap_bound(name, task, statistic) + 2 * task.augmentation_error
        return Comparison(rounded(task.risk(statistic), 2 * square_scale(task)), "<=", bound)

    bound_on_gap = (GAP_BOUNDS[name].__doc__ or "").rstrip(".")
    regression_risk_bound.__doc__ = f"R_T ≤ 2a² + 2ε, a² ≤ {bound_on_gap}, for views that are iid given x."
    title = f"regression risk is controlled by the sufficiency in {name} and by ε"
    carried = ("regression",) if name == "kl" else ("any-f",)
    statement(f"C3-{name}", title, paper=carried)(regression_risk_bound)


for _name in GAP_BOUNDS:
    _register_risk(_name)


@statement("C2-total_variation", "a bound through the sufficiency in total variation", holds=False)
def gap_by_total_variation(task: FiniteRegression, statistic: Any) -> Comparison:
    """The tempting a² ≤ 4B² Suff_TV, which is false: Suff_TV can vanish while a² does not."""
    bound = 4 * task.half_range**2 * task.model.sufficiency(statistic, divergence("total_variation"))
    return Comparison(rounded(task.encoder_gap(statistic), square_scale(task)), "<=", bound)


@statement("C2-conditional_total_variation", "the encoder gap through the conditional total variation")
def gap_by_conditional_total_variation(task: FiniteRegression, statistic: Any) -> Comparison:
    """a² ≤ 2B² E TV(P(·|z₁), P(·|T)): not an information loss, and it needs no condition."""
    bound = 2 * task.half_range**2 * mean_variation(task.model, statistic)
    return Comparison(rounded(task.encoder_gap(statistic), square_scale(task)), "<=", bound)


@statement("C2-conditional_hellinger", "the encoder gap through the conditional Hellinger distance")
def gap_by_conditional_hellinger(task: FiniteRegression, statistic: Any) -> Comparison:
    """a² ≤ 8B² E[1 − BC(P(·|z₁), P(·|T))]."""
    bound = 8 * task.half_range**2 * mean_hellinger(task.model, statistic)
    return Comparison(rounded(task.encoder_gap(statistic), square_scale(task)), "<=", bound)


def _largest_ratio(task: Task) -> float:
    """sup r; infinite for a Gaussian model with any correlation."""
    return float(task.model.ratio.max()) if isinstance(task.model, FiniteModel) else math.inf
