"""D1–D4: classification with the log loss and the 0–1 loss, from sufficiency and augmentation error."""

import math
from typing import Any

import numpy as np

from simsuff.divergences import divergence
from simsuff.downstream import FiniteClassification, FiniteRegression, regression_as_classification
from simsuff.models import FiniteLaw
from simsuff.numerics.numbers import UNIT, Bounded, BoundedArray, bounded, rounded
from simsuff.numerics.validation import Float, require
from simsuff.statements.equivalence import Labels
from simsuff.statements.explicit_predictor import square_scale
from simsuff.statements.registry import Sides, statement
from simsuff.verdicts import Comparison, compare


@statement("D1-chain", "the excess log loss is what the view loses plus what the encoder loses")
def excess_is_a_sum(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """X_T = I(y; x | T) = I(y; x | z₁) + I(y; z₁ | T)."""
    rhs = classification.epsilon_kl + classification.label_loss(statistic)
    return Comparison(rounded(classification.excess_log_loss(statistic), 1.0), "==", rhs)


@statement("D1-label", "what the encoder loses of the label is controlled by its sufficiency")
def label_loss_bound(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """I(y; z₁ | T) ≤ Suff_KL(T) + I(y; z₁ | z₂)."""
    rhs = kl_sufficiency(classification, statistic) + classification.other_view_loss
    return Comparison(rounded(classification.label_loss(statistic), 1.0), "<=", rhs)


@statement(
    "D1",
    "the excess log loss is controlled by the sufficiency and twice the augmentation error",
    paper=("classification",),
)
def excess_log_loss_bound(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """X_T ≤ Suff_KL(T) + 2 ε_KL, ε_KL = I(y; x | z)."""
    rhs = kl_sufficiency(classification, statistic) + 2 * classification.epsilon_kl
    return Comparison(rounded(classification.excess_log_loss(statistic), 1.0), "<=", rhs)


@statement("D1-renyi", "the excess log loss through a Rényi-2 augmentation error")
def excess_by_renyi(
    classification: FiniteClassification, statistic: Labels, label_function: Float
) -> Comparison:
    """X_T ≤ Suff_KL(T) + 2 E D₂(P(y|x) ‖ η(z)) for any label function η on views, shape (n, M)."""
    rhs = kl_sufficiency(classification, statistic) + 2 * classification.epsilon_renyi2(label_function)
    return Comparison(rounded(classification.excess_log_loss(statistic), 1.0), "<=", rhs)


@statement("D1-label_function", "the augmentation errors of a label function are ordered")
def label_function_errors(classification: FiniteClassification, label_function: Float) -> Comparison:
    """ε_KL ≤ E KL(P(y|x) ‖ η(z)) ≤ E D₂ ≤ E χ²: of the three steps, the one that comes nearest to failing."""
    errors = [
        classification.epsilon_kl,
        classification.epsilon_of(label_function),
        classification.epsilon_renyi2(label_function),
        classification.epsilon_chi2(label_function),
    ]
    step = int(np.argmin(np.diff(errors)))
    return Comparison(rounded(errors[step], 1.0), "<=", errors[step + 1])


@statement("D1-exact", "an exactly sufficient encoder pays the augmentation error and no more")
def excess_of_sufficient(prior: Float, channel: Float, split: Float, label_channel: Float) -> Comparison:
    """X_T = ε_KL for z = (t, noise), T = t, y ~ `label_channel`[x], shape (nx, M): Suff(T) = 0 in AS."""
    fine = (channel[:, :, None] * split[None, :, :]).reshape(channel.shape[0], -1)
    labels = np.repeat(np.arange(channel.shape[1]), split.shape[1])
    task = FiniteClassification.from_augmentation((prior[:, None] * label_channel).T, fine)
    return Comparison(rounded(task.excess_log_loss(labels), 1.0), "==", task.epsilon_kl)


@statement("D2", "the excess log loss through the χ²-sufficiency and the floor of the ratio")
def excess_by_chi2(classification: FiniteClassification, statistic: Labels) -> Sides:
    """X_T ≤ Suff_f(T)/inf r + 2 ε_KL for f = (t − 1)²/2; void where r is not bounded below."""
    rhs = _kl_bound("alpha(2)", classification.views, statistic) + 2 * classification.epsilon_kl
    return compare(rounded(classification.excess_log_loss(statistic), 1.0), "<=", rhs)


def _register(name: str) -> None:
    @statement(
        f"D2-{name}",
        f"KL-sufficiency is controlled by the sufficiency in {name} on a bounded range of ratios",
    )
    def kl_by_other(model: FiniteLaw, labels: Labels) -> Sides:
        """Suff_KL(T) ≤ Suff_f(T)/κ, κ = inf t f''(t) over the range of r."""
        return compare(_bregman(model, labels, "kl"), "<=", _kl_bound(name, model, labels))


for _name in ("alpha(2)", "squared_hellinger", "reverse_kl"):
    _register(_name)


@statement("D2-no_floor", "a fixed multiple of the χ²-sufficiency bounds the KL-sufficiency", holds=False)
def kl_by_chi2_without_floor(model: FiniteLaw, labels: Labels, constant: float) -> Sides:
    """The tempting Suff_KL(T) ≤ c Suff_{(t−1)²/2}(T): false where r is near zero."""
    rhs = constant * _bregman(model, labels, "alpha(2)")
    return compare(_bregman(model, labels, "kl"), "<=", rhs)


@statement("D3", "the excess 0–1 risk of the plug-in classifier")
def excess_error_bound(classification: FiniteClassification, statistic: Labels) -> Comparison:
    """Plug-in error − Bayes error ≤ E TV(P(y | x), P(y | T)) ≤ √(X_T/2), for the classifier argmax_y P(y | T)."""
    lhs = classification.error(statistic) - classification.bayes_error
    rhs = np.sqrt(rounded(classification.excess_log_loss(statistic), 1.0) / 2)
    return Comparison(rounded(lhs, 1.0), "<=", rhs)


@statement("D3-distance", "the excess 0–1 risk of any plug-in classifier through its distance")
def excess_error_by_distance(
    classification: FiniteClassification, statistic: Labels, predictor: Float
) -> Comparison:
    """Error of argmax h(T) − Bayes error ≤ E‖P(y|x) − h(T)‖₁, h = `predictor` (groups, M)."""
    lhs = classification.error(statistic, predictor) - classification.bayes_error
    return Comparison(rounded(lhs, 1.0), "<=", classification.prediction_distance(statistic, predictor))


@statement("D3-pinsker", "the distance of a predictor through its excess log loss")
def distance_by_log_loss(
    classification: FiniteClassification, statistic: Labels, predictor: Float
) -> Comparison:
    """E‖P(y|x) − h(T)‖₁ ≤ √(2 E KL(P(y|x) ‖ h(T)))."""
    rhs = np.sqrt(2 * rounded(classification.excess_log_loss(statistic, predictor), 1.0))
    return Comparison(rounded(classification.prediction_distance(statistic, predictor), 1.0), "<=", rhs)


@statement("D4", "regression through a label with the target as its log odds scale")
def regression_by_classification(task: FiniteRegression, statistic: Labels) -> Comparison:
    """‖AU‖² = R_T − R_z ≤ 2B²(Suff_KL(T) + I(y; x | z)) for y | x ~ Bern((1 + U/B)/2), B = max |U|."""
    bound = float(np.abs(task.target_x).max()) or 1.0
    prior, channel = np.asarray(task.model.prior), np.asarray(task.model.channel)
    label = regression_as_classification(prior, task.target_x, bound, channel)
    rhs = 2 * bound**2 * (kl_sufficiency(label, statistic) + label.epsilon_kl)
    lhs = task.risk(statistic) - task.view_risk
    return Comparison(rounded(lhs, square_scale(task)), "<=", rhs)


def _kl_bound(name: str, model: FiniteLaw, labels: Labels) -> Any:
    """Suff_f/κ; inf where κ = 0. Arrays (m,) for a stack."""
    lowest, highest = _ratio_range(model)
    # κ inherits the rounding of r.
    error = (sum(model.shape) + 4) * UNIT
    floors = {
        "alpha(2)": lowest,
        "squared_hellinger": 0.5 / np.sqrt(highest),
        "reverse_kl": 1 / highest,
    }
    require(name in floors, "name", name, f"be one of {', '.join(floors)}", "add the floor of t f''(t)")
    void = floors[name] == 0
    floor = np.where(void, 1.0, floors[name])
    sufficiency = _bregman(model, labels, name)
    bound = sufficiency / bounded(floor, error * floor)
    if not np.ndim(void):
        return math.inf if void else bound
    return BoundedArray(np.where(void, np.inf, bound.value), np.where(void, 0.0, bound.error))


def _ratio_range(model: FiniteLaw) -> tuple[Float, Float]:
    """inf r and sup r over pairs of symbols with mass, one for each model."""
    inside = (model.marginal1 > 0)[..., :, None] & (model.marginal2 > 0)[..., None, :]
    lowest = np.where(inside, model.ratio, np.inf).min(axis=(-2, -1))
    return lowest, model.ratio.max(axis=(-2, -1))


def _bregman(model: FiniteLaw, labels: Labels, name: str) -> Any:
    return model.sufficiency(labels, divergence(name), form="bregman")


def kl_sufficiency(classification: FiniteClassification, statistic: Labels) -> Bounded:
    """Suff_KL(T) of the views."""
    return classification.views.sufficiency(statistic, divergence("kl"), form="bregman")
