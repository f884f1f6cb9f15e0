"""Regression and classification on a representation, in exact arithmetic, by the names of `simsuff.downstream`."""

from fractions import Fraction
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.hunting.exact.laws import ExactFinite, group_numbers
from simsuff.hunting.exact.numbers import Number, Numbers, numbers


def mean_in_groups(groups: Any, moment: Numbers, weight: Numbers) -> Numbers:
    """Σ moment/Σ weight over the group of each symbol; 0 for groups that do not occur."""
    found = np.empty(len(groups), dtype=object)
    for i, group in enumerate(groups):
        mass = weight[groups == group].sum()
        found[i] = moment[groups == group].sum() / mass if mass > 0 else Number(0)
    return found


class ExactRegression:
    """`FiniteRegression` in fractions: views iid given x, targets on x and on z."""

    def __init__(self, model: ExactFinite, target_x: ArrayLike, target_z: ArrayLike) -> None:
        self.model, self.target_x, self.target_z = model, numbers(target_x), numbers(target_z)
        self.joint_xz: Numbers = np.asarray(model.prior)[:, None] * np.asarray(model.channel)

    @classmethod
    def from_views(
        cls, prior: ArrayLike, channel: ArrayLike, target_x: ArrayLike, target_z: ArrayLike
    ) -> Self:
        return cls(ExactFinite.from_views(prior, channel), target_x, target_z)

    @property
    def augmentation_error(self) -> Any:
        """ε = E(h⋆(z) − h⋆(x))²."""
        return (self.joint_xz * (self.target_z[None, :] - self.target_x[:, None]) ** 2).sum()

    @property
    def target_variance(self) -> Any:
        """Var h⋆(z)."""
        mean = (self.model.marginal1 * self.target_z).sum()
        return (self.model.marginal1 * (self.target_z - mean) ** 2).sum()

    @property
    def half_range(self) -> Any:
        """B of C2: half the range of h⋆ on the views that occur."""
        seen = [v for v, p in zip(self.target_z, self.model.marginal1, strict=True) if p > 0]
        return (max(seen) - min(seen)) / 2

    @property
    def view_risk(self) -> Any:
        """R_z."""
        return self.risk(np.arange(self.target_z.size))

    @property
    def best_on_views(self) -> "ExactRegression":
        """The same with h_min(z) = E[U | z] on the views."""
        best = mean_in_groups(np.arange(self.target_z.size), *self._moments)
        return ExactRegression(self.model, self.target_x, best)

    def resampling_gap(self, statistic: Any) -> Any:
        """E(h⋆(z̃) − h⋆(z₂))² − E(h⋆(z₁) − h⋆(z₂))², z̃ drawn anew given T(z₁), as 2 E[(V₁ − E[V₁ | T]) V₂]."""
        weight = self.model.marginal1
        mean = mean_in_groups(group_numbers(statistic, self.target_z.size), weight * self.target_z, weight)
        apart = (self.target_z - mean)[:, None] * self.target_z[None, :]
        return 2 * (self.model.joint * apart).sum()

    def risk(self, statistic: Any) -> Any:
        """R_T."""
        return self._risk_of(statistic, *self._moments)

    def predictor_risk(self, statistic: Any) -> Any:
        """E(h(T) − U)² of h(t) = E[h⋆(z₁) | T = t]."""
        return self._risk_of(statistic, self.model.marginal1 * self.target_z, self.model.marginal1)

    @property
    def _moments(self) -> tuple[Numbers, Numbers]:
        """E[U; z] and P(z)."""
        return (self.joint_xz * self.target_x[:, None]).sum(axis=0), self.joint_xz.sum(axis=0)

    def _risk_of(self, statistic: Any, moment: Numbers, weight: Numbers) -> Any:
        mean = mean_in_groups(group_numbers(statistic, self.target_z.size), moment, weight)
        return (self.joint_xz * (mean[None, :] - self.target_x[:, None]) ** 2).sum()

    def encoder_gap(self, statistic: Any) -> Any:
        """a² = E(E[V₂ | z₁] − E[V₂ | T(z₁)])²."""
        return _gap(self.model, self.target_z, statistic)


def _gap(model: ExactFinite, target: Numbers, statistic: Any) -> Any:
    moment, weight = (model.joint * target[None, :]).sum(axis=1), model.marginal1
    fine = mean_in_groups(np.arange(len(weight)), moment, weight)
    coarse = mean_in_groups(group_numbers(statistic, len(weight)), moment, weight)
    return (weight * (fine - coarse) ** 2).sum()


class ExactPairs:
    """`PairRegression` in fractions: x = (z₁, z₂), a target on pairs and one on views."""

    def __init__(self, views: ExactFinite, target_pair: ArrayLike, target_z: ArrayLike) -> None:
        self.views, self.target_pair, self.target_z = views, numbers(target_pair), numbers(target_z)

    @classmethod
    def from_views(
        cls, prior: ArrayLike, channel: ArrayLike, target_pair: ArrayLike, target_z: ArrayLike
    ) -> Self:
        return cls(ExactFinite.from_views(prior, channel), target_pair, target_z)

    @property
    def augmentation_error(self) -> Any:
        """ε = E(h⋆(z₁) − U)²."""
        return (self.views.joint * (self.target_z[:, None] - self.target_pair) ** 2).sum()

    @property
    def magnitude(self) -> Any:
        """E U² + E V²."""
        squares = (self.views.joint * self.target_pair**2).sum()
        return squares + (self.views.marginal1 * self.target_z**2).sum()

    def risk(self, statistic: Any) -> Any:
        """R_T."""
        return self._risk_of(statistic, (self.views.joint * self.target_pair).sum(axis=1))

    def predictor_risk(self, statistic: Any) -> Any:
        """E(h(T) − U)² of h(t) = E[V₁ | T = t]."""
        return self._risk_of(statistic, self.views.marginal1 * self.target_z)

    def encoder_gap(self, statistic: Any) -> Any:
        """a²."""
        return _gap(self.views, self.target_z, statistic)

    def _risk_of(self, statistic: Any, moment: Numbers) -> Any:
        groups = group_numbers(statistic, self.target_z.size)
        mean = mean_in_groups(groups, moment, self.views.marginal1)
        return (self.views.joint * (mean[:, None] - self.target_pair) ** 2).sum()


class ExactClassification:
    """`FiniteClassification` in fractions: a label y, x, and two views, y − x − (z₁, z₂)."""

    def __init__(self, joint_yx: Numbers, joint_yzz: Numbers, weight_xz: Numbers) -> None:
        """`weight_xz` is the law of (x, z₁), shape (nx, n)."""
        self.joint_yx, self.joint_yzz, self.weight_xz = joint_yx, joint_yzz, weight_xz
        self.joint_yz: Numbers = joint_yzz.sum(axis=2)
        self.views = ExactFinite(joint_yzz.sum(axis=0))

    @classmethod
    def from_augmentation(cls, joint_yx: ArrayLike, channel: ArrayLike) -> Self:
        """z₁ and z₂ iid ~ `channel`[x]."""
        law, views = numbers(joint_yx), numbers(channel)
        labelled = np.stack([(views.T * row) @ views for row in law])
        task = cls(law, labelled, law.sum(axis=0)[:, None] * views)
        task.views = ExactFinite.from_views(law.sum(axis=0), views)
        return task

    @classmethod
    def from_pairs(cls, joint_yzz: ArrayLike) -> Self:
        """x = (z₁, z₂)."""
        law = numbers(joint_yzz)
        labels, n, _ = law.shape
        weight = np.full((n * n, n), Number(0), dtype=object)
        for i in range(n):
            weight[i * n : (i + 1) * n, i] = law.sum(axis=0)[i]
        return cls(law.reshape(labels, n * n), law, weight)

    def _mean(self, statistic: Any, predictor: Any, term: Any) -> Any:
        """E Σ_y term(P(y|x), h(y|T(z₁)))."""
        chance, predicted = conditional(self.joint_yx), self._predicted(statistic, predictor)
        total = Number(0)
        for (x, z), weight in np.ndenumerate(self.weight_xz):
            if weight > 0:
                total = total + weight * term([*zip(chance[:, x], predicted[:, z], strict=True)])
        return total

    def _predicted(self, statistic: Any, predictor: Any) -> Numbers:
        groups = group_numbers(statistic, self.joint_yz.shape[1])
        if predictor is not None:
            given: Numbers = numbers(predictor)[groups].T
            return given
        laws = [self.joint_yz[:, groups == g].sum(axis=1) for g in range(groups.max() + 1)]
        found: Numbers = conditional(np.stack(laws).T)[:, groups]
        return found

    def _finest(self) -> Any:
        return np.arange(self.joint_yz.shape[1])

    def excess_log_loss(self, statistic: Any, predictor: Any = None) -> Any:
        """E KL(P(y | x) ‖ h(T))."""
        return self._mean(statistic, predictor, kl_sum)

    @property
    def epsilon_kl(self) -> Any:
        """I(y; x | z)."""
        return self.excess_log_loss(self._finest())

    def epsilon_of(self, label_function: Any) -> Any:
        """E KL(P(y | x) ‖ η(z))."""
        return self.excess_log_loss(self._finest(), label_function)

    def epsilon_renyi2(self, label_function: Any = None) -> Any:
        """E D₂(P(y | x) ‖ η(z))."""
        return self._mean(self._finest(), label_function, lambda pairs: (chi2_sum(pairs) + 1).log())

    def epsilon_chi2(self, label_function: Any = None) -> Any:
        """E χ²(P(y | x) ‖ η(z))."""
        return self._mean(self._finest(), label_function, chi2_sum)

    @property
    def epsilon_both(self) -> Any:
        """ε_cls."""
        return self.epsilon_renyi2() + self.epsilon_reversed

    def view_distance(self, order: float) -> Any:
        """E D_α(P(y|z₂) ‖ P(y|z₁)) of Rényi's order α."""
        known, total = conditional(self.joint_yz), Number(0)
        for (i, j), weight in np.ndenumerate(self.joint_yzz.sum(axis=0)):
            if weight > 0:
                total = total + weight * renyi_of([*zip(known[:, j], known[:, i], strict=True)], order)
        return total

    @property
    def epsilon_reversed(self) -> Any:
        """E D₂(P(y|z) ‖ P(y|x))."""
        return self._mean(
            self._finest(), None, lambda pairs: (chi2_sum([(q, p) for p, q in pairs]) + 1).log()
        )

    @property
    def log_floor(self) -> Any:
        """B = −log min P(y|z) over views that occur; ∞ where a view excludes a label."""
        occurs = [mass > 0 for mass in self.joint_yz.sum(axis=0)]
        smallest = conditional(self.joint_yz)[:, occurs].min()
        return -smallest.log() if smallest > 0 else float("inf")

    def label_loss(self, statistic: Any) -> Any:
        """I(y; z₁ | T)."""
        known, predicted = conditional(self.joint_yz), self._predicted(statistic, None)
        weight = self.joint_yz.sum(axis=0)
        terms = [kl_sum([*zip(*columns, strict=True)]) for columns in zip(known.T, predicted.T, strict=True)]
        return sum((w * term for w, term in zip(weight, terms, strict=True) if w > 0), Number(0))

    @property
    def other_view_loss(self) -> Any:
        """I(y; z₁ | z₂)."""
        known, total = conditional(self.joint_yz), Number(0)
        for (i, j), weight in np.ndenumerate(self.joint_yzz.sum(axis=0)):
            if weight > 0:
                both = self.joint_yzz[:, i, j] / weight
                total = total + weight * kl_sum([*zip(both, known[:, j], strict=True)])
        return total

    @property
    def bayes_error(self) -> Any:
        """The 0–1 risk of the best classifier that sees x."""
        return self.joint_yx.sum() - self.joint_yx.max(axis=0).sum()

    def error(self, statistic: Any, predictor: Any = None) -> Any:
        """The 0–1 risk of argmax_y h(y | T(z₁)); ties go to the first label."""
        predicted, right = self._predicted(statistic, predictor), Number(0)
        for z in range(predicted.shape[1]):
            right = right + self.joint_yz[int(np.argmax(predicted[:, z])), z]
        return self.joint_yz.sum() - right

    def prediction_distance(self, statistic: Any, predictor: Any = None) -> Any:
        """E ‖P(y | x) − h(T)‖₁."""
        return self._mean(statistic, predictor, lambda pairs: sum((abs(p - q) for p, q in pairs), Number(0)))


def conditional(joint: Numbers) -> Numbers:
    """P(row | column); uniform for columns that do not occur."""
    found = np.empty(joint.shape, dtype=object)
    for column in range(joint.shape[1]):
        mass = joint[:, column].sum()
        found[:, column] = joint[:, column] / mass if mass > 0 else Number(1) / len(joint)
    return found


def kl_sum(pairs: list[tuple[Number, Number]]) -> Any:
    """Σ p log(p/q)."""
    return sum((p * (p / q).log() for p, q in pairs if p > 0), Number(0))


def renyi_of(pairs: list[tuple[Number, Number]], order: float) -> Any:
    """D_α = log Σ p^α q^(1 − α)/(α − 1), for α ≠ 1; the divergence at 1."""
    if order == 1:
        return kl_sum(pairs)
    power = Fraction(order)
    total = sum((p**power * q ** (1 - power) for p, q in pairs if p > 0), Number(0))
    return total.log() / (power - 1)


def chi2_sum(pairs: list[tuple[Number, Number]]) -> Any:
    """Σ (p − q)²/q."""
    return sum(((p - q) ** 2 / q for p, q in pairs if not (p == 0 and q == 0)), Number(0))
