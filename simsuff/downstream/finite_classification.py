"""Population risks of classification on T(z₁) for finite alphabets: log loss, 0–1 loss, augmentation errors (D1–D4)."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences.renyi import kl_columns, renyi_columns
from simsuff.downstream.conditional_laws import chi2_columns, conditional, entropy_given
from simsuff.models import FiniteModel, SubsampledTopicModel, TopicModel
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import SYMMETRY_SLACK, Float, Integer, probabilities, real_array, require
from simsuff.numerics.validation import channel as stochastic
from simsuff.numerics.validation import labels as check_labels


class SourceCells(NamedTuple):
    """The support of the law of (x, z₁): symbols and probability of each cell, shape (cells,)."""

    x: Integer
    z: Integer
    weight: Float


@dataclass(frozen=True)
class FiniteClassification:
    """A label y, a source x and two views of it: y − x − (z₁, z₂), with equal laws of (y, z₁) and (y, z₂).

    Build it with `from_augmentation` (views iid given x), `from_pairs` (x = (z₁, z₂)) or `of_topics`.

    Attributes
    ----------
    joint_yx : law of (y, x), shape (M, nx).
    joint_yzz : law of (y, z₁, z₂), shape (M, n, n).
    cells : the support of the law of (x, z₁).
    views : the law of (z₁, z₂).
    doubt : a bound on the relative error of the entries of all these.

    Risks and errors are in nats, and come with a bound on what `doubt` and their own rounding make of them.
    """

    joint_yx: Float
    joint_yzz: Float
    cells: SourceCells
    views: FiniteModel
    doubt: float = UNIT

    @classmethod
    def from_augmentation(cls, joint_yx: ArrayLike, channel: ArrayLike) -> Self:
        """(y, x) ~ `joint_yx` (M, nx), z₁ and z₂ iid ~ `channel`[x] (nx, n).

        Raises
        ------
        ValueError : for tables that are no laws, and shapes that do not fit.
        """
        law, views = probabilities("joint_yx", joint_yx, 2), stochastic("channel", channel)
        shown, allowed = f"shape = {views.shape}", f"have {law.shape[1]} rows"
        require(len(views) == law.shape[1], "channel", shown, allowed, "give one row for each x")
        prior = law.sum(axis=0)
        weight = prior[:, None] * views
        x, z = np.nonzero(weight)
        model = FiniteModel.from_views(prior, views)
        labelled = np.stack([(views.T * row) @ views for row in law])
        return cls(law, labelled, SourceCells(x, z, weight[x, z]), model)

    @classmethod
    def from_pairs(cls, joint_yzz: ArrayLike) -> Self:
        """x = (z₁, z₂), from the law of (y, z₁, z₂), shape (M, n, n), symmetric in the views.

        Raises
        ------
        ValueError : for a table that is no law or that the exchange of the views changes.
        """
        law = probabilities("joint_yzz", joint_yzz, 3)
        shape = f"shape = {law.shape}"
        require(law.shape[1] == law.shape[2], "joint_yzz", shape, "have shape (M, n, n)", "use one alphabet")
        gap = float(np.abs(law - law.swapaxes(1, 2)).max())
        shown, way_out = f"largest asymmetry = {gap!r}", "average it with its transpose"
        require(gap <= SYMMETRY_SLACK * law.max(), "joint_yzz", shown, "be symmetric in the views", way_out)
        law = (law + law.swapaxes(1, 2)) / 2
        pairs = law.sum(axis=0)
        first, second = np.nonzero(pairs)
        x = first * pairs.shape[1] + second
        cells = SourceCells(x, first, pairs[first, second])
        return cls(law.reshape(len(law), -1), law, cells, FiniteModel(pairs))

    @classmethod
    def of_topics(cls, model: TopicModel | SubsampledTopicModel) -> Self:
        """The topic as the label, the document as x: both halves, or the document that was sub-sampled.

        Raises
        ------
        ValueError : as `to_finite` of the model.
        """
        finite = model.to_finite()
        live = model.prior > 0
        if isinstance(model, SubsampledTopicModel):
            documents = model.prior[live, None] * model.state_law(model.document_words)[live]
            task = cls.from_augmentation(documents, np.asarray(finite.channel))
            return replace(task, doubt=model.doubt)
        law = np.asarray(finite.channel)
        task = cls.from_pairs(model.prior[live, None, None] * law[:, :, None] * law[:, None, :])
        return replace(task, doubt=model.doubt)

    @cached_property
    def joint_yz(self) -> Float:
        """The law of (y, z₁), shape (M, n)."""
        return np.asarray(self.joint_yzz.sum(axis=2))

    @cached_property
    def label_law(self) -> Float:
        """P(y | x), shape (M, nx)."""
        return conditional(self.joint_yx)

    @cached_property
    def _source_laws(self) -> Float:
        """P(y | x) of each cell, shape (M, cells)."""
        return self.label_law.take(self.cells.x, axis=1)

    def predictor(self, statistic: ArrayLike) -> Float:
        """P(y | T = t), shape (groups, M): the best prediction on the labels T, shape (n,), of z₁."""
        groups = self._groups(statistic)
        merged = np.zeros((int(groups.max()) + 1, len(self.joint_yz)))
        np.add.at(merged, groups, self.joint_yz.T)
        return conditional(merged.T).T

    @cached_property
    def bayes_log_loss(self) -> Bounded:
        """H(y | x) in nats."""
        value = entropy_given(self.joint_yx)
        return Bounded(value, 4 * self._units * value + self._units * len(self.joint_yx))

    def excess_log_loss(self, statistic: ArrayLike, predictor: ArrayLike | None = None) -> Bounded:
        """E KL(P(y | x) ‖ h(T(z₁))) in nats; for the best h (default) it is X_T = I(y; x | T) of D1.

        `predictor` is h, shape (groups, M); inf where it excludes a label that occurs.
        """
        predicted = self._predicted(statistic, predictor)
        return self._mean(
            self.cells.weight, *kl_columns(self._source_laws, predicted.take(self.cells.z, axis=1))
        )

    def log_loss(self, statistic: ArrayLike, predictor: ArrayLike | None = None) -> Bounded:
        """E −log h(y | T(z₁)) in nats, H(y | T) for the best h."""
        return self.bayes_log_loss + self.excess_log_loss(statistic, predictor)

    @property
    def epsilon_kl(self) -> Bounded:
        """ε_KL = I(y; x | z) = E KL(P(y | x) ‖ P(y | z)), the augmentation error."""
        return self.excess_log_loss(np.arange(self.joint_yz.shape[1]))

    def epsilon_of(self, label_function: ArrayLike) -> Bounded:
        """E KL(P(y | x) ‖ η(z)) for a label function η on views, shape (n, M)."""
        return self.excess_log_loss(np.arange(self.joint_yz.shape[1]), label_function)

    def epsilon_renyi2(self, label_function: ArrayLike | None = None) -> Bounded:
        """E D₂(P(y | x) ‖ η(z)), D₂ = log Σ p²/q; η is P(y | z) unless given."""
        terms, gross = self._chi2(label_function)
        return self._mean(self.cells.weight, np.log1p(terms), gross / (1 + terms))

    @property
    def epsilon_both(self) -> Bounded:
        """ε_cls = E[D₂(P(y|x) ‖ P(y|z)) + D₂(P(y|z) ‖ P(y|x))], the augmentation error of Lin and Mei (2025)."""
        return self.epsilon_renyi2() + self.epsilon_reversed

    @property
    def epsilon_reversed(self) -> Bounded:
        """E D₂(P(y|z) ‖ P(y|x)); inf where a view leaves open what x excludes."""
        source, view = self._source_laws, conditional(self.joint_yz).take(self.cells.z, axis=1)
        return self._mean(self.cells.weight, *renyi_columns(view, source, 2.0))

    def view_distance(self, order: float) -> Bounded:
        """E D_α(P(y|z₂) ‖ P(y|z₁)) of Rényi's order α = `order` ≥ 1, between the predictions from the two views."""
        first, second = np.nonzero(self.views.joint)
        laws, weight = conditional(self.joint_yz), self.views.joint[first, second]
        return self._mean(weight, *renyi_columns(laws[:, second], laws[:, first], order))

    @property
    def log_floor(self) -> float:
        """B = −log min P(y|z) over labels and views that occur; inf where a view excludes a label."""
        occurs = self.joint_yz.sum(axis=0) > 0
        smallest = float(conditional(self.joint_yz)[:, occurs].min())
        return -math.log(smallest) if smallest > 0 else math.inf

    def epsilon_chi2(self, label_function: ArrayLike | None = None) -> Bounded:
        """E χ²(P(y | x) ‖ η(z)); η is P(y | z) unless given."""
        return self._mean(self.cells.weight, *self._chi2(label_function))

    def label_loss(self, statistic: ArrayLike) -> Bounded:
        """I(y; z₁ | T): what T loses about the label that z₁ knows."""
        known = conditional(self.joint_yz)
        return self._mean(self.joint_yz.sum(axis=0), *kl_columns(known, self._predicted(statistic, None)))

    @property
    def other_view_loss(self) -> Bounded:
        """I(y; z₁ | z₂): what the other view does not know of the label."""
        joint = self.joint_yzz.reshape(len(self.joint_yzz), -1)
        n = self.joint_yzz.shape[1]
        known = np.tile(conditional(self.joint_yz), (1, n))
        return self._mean(joint.sum(axis=0), *kl_columns(conditional(joint), known))

    @property
    def bayes_error(self) -> Bounded:
        """The 0–1 risk of the best classifier that sees x."""
        return Bounded(float(self.joint_yx.sum() - self.joint_yx.max(axis=0).sum()), 2 * self._units)

    def error(self, statistic: ArrayLike, predictor: ArrayLike | None = None) -> Bounded:
        """The 0–1 risk of argmax_y h(y | T(z₁)), of the best h unless one is given; ties go to the first label."""
        chosen = self._predicted(statistic, predictor).argmax(axis=0)
        right = self.joint_yz[chosen, np.arange(len(chosen))]
        return Bounded(float(self.joint_yz.sum() - right.sum()), 2 * self._units)

    def prediction_distance(self, statistic: ArrayLike, predictor: ArrayLike | None = None) -> Bounded:
        """E ‖P(y | x) − h(T(z₁))‖₁ of D3."""
        gap = self._source_laws - self._predicted(statistic, predictor).take(self.cells.z, axis=1)
        return Bounded(float(self.cells.weight @ np.abs(gap).sum(axis=0)), 4 * self._units)

    def _groups(self, statistic: ArrayLike) -> Integer:
        return check_labels("statistic", statistic, self.joint_yz.shape[1])

    def _predicted(self, statistic: ArrayLike, predictor: ArrayLike | None) -> Float:
        """h(T(z)) for each z, shape (M, n)."""
        groups = self._groups(statistic)
        size = (int(groups.max()) + 1, len(self.joint_yz))
        laws = self.predictor(groups) if predictor is None else stochastic("predictor", predictor)
        shown, way_out = f"shape = {laws.shape}", "give one law of the label for each value of T"
        require(laws.shape == size, "predictor", shown, f"have shape {size}", way_out)
        return laws[groups].T

    def _chi2(self, label_function: ArrayLike | None) -> tuple[Float, Float]:
        predicted = self._predicted(np.arange(self.joint_yz.shape[1]), label_function)
        return chi2_columns(self._source_laws, predicted.take(self.cells.z, axis=1))

    def _mean(self, weight: Float, terms: Float, gross: Float) -> Bounded:
        """Σ weight · term with 0 · ∞ = 0; `gross` is how far relative errors of one would move each term."""
        used = weight > 0
        value, moved = float(weight[used] @ terms[used]), weight[used] @ (terms + gross)[used]
        return Bounded(value, 0.0 if math.isinf(value) else self._units * float(moved))

    @property
    def _units(self) -> float:
        """The relative error of conditional laws: of the tables, and of sums over the labels and both views."""
        sums = sum(self.joint_yzz.shape) + int(self.joint_yx.shape[1]) + 16
        return 2 * self.doubt + UNIT * sums


def regression_as_classification(
    prior: Float, target: ArrayLike, bound: float, channel: Float
) -> FiniteClassification:
    """D4: y | x ~ Bern((1 + U/B)/2) for a target U = `target` (nx,) with |U| ≤ B = `bound`.

    Raises
    ------
    ValueError : for a target beyond the bound.
    """
    values = real_array("target", target, 1)
    largest = float(np.abs(values).max())
    shown = f"bound = {bound}, largest |target| = {largest}"
    require(largest <= bound, "bound", shown, "bound the target", "raise it")
    chance = (1 + values / bound) / 2
    return FiniteClassification.from_augmentation(np.stack([prior * (1 - chance), prior * chance]), channel)
