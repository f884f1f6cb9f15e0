"""Population risks of regression on T(z₁) for finite alphabets (C1–C4).

Views are iid given a source x, or x is the pair of them; or they lie in the space of x, so that T may be applied to x
itself: regression on inputs that are not augmented (Q3).
Every risk is a mean of squares. Its error comes from the rounding of the conditional means in it and of the sum.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.downstream.conditional_laws import resampled_law
from simsuff.downstream.semimetrics import Semimetric
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import (
    NORMALISATION_SLACK,
    SYMMETRY_SLACK,
    Float,
    Integer,
    real_array,
    require,
    shaped_array,
)
from simsuff.numerics.validation import labels as check_labels

EACH = "give one value for each symbol"


@dataclass(frozen=True)
class FiniteRegression:
    """A target h⋆ on the latent x and on the views z, for a model built by `FiniteModel.from_views`.

    Parameters
    ----------
    model : a model with `prior` (nx,) and `channel` (nx, nz).
    target_x : U = h⋆(x), shape (nx,).
    target_z : V = h⋆(z), shape (nz,).

    Raises
    ------
    ValueError : when the model has no latent x, or a shape does not fit.
    """

    model: FiniteModel
    target_x: Float
    target_z: Float

    def __init__(self, model: FiniteModel, target_x: ArrayLike, target_z: ArrayLike) -> None:
        known = model.prior is not None and model.channel is not None
        way_out = "build it with FiniteModel.from_views(prior, channel)"
        require(known, "model", "prior = None", "know its latent x", way_out)
        n_x, n_z = np.asarray(model.channel).shape
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "target_x", shaped_array("target_x", target_x, (n_x,), EACH))
        object.__setattr__(self, "target_z", shaped_array("target_z", target_z, (n_z,), EACH))

    @property
    def joint_xz(self) -> Float:
        """The law of (x, z), shape (nx, nz)."""
        product: Float = np.asarray(self.model.prior)[:, None] * np.asarray(self.model.channel)
        return product

    @property
    def augmentation_error(self) -> Bounded:
        """ε = E(h⋆(z) − h⋆(x))²."""
        return mean_square(self.joint_xz, self.target_z[None, :] - self.target_x[:, None])

    @property
    def target_variance(self) -> Bounded:
        """Var h⋆(z)."""
        weight = self.model.marginal1
        return mean_square(weight, self.target_z - weight @ self.target_z, self.target_z)

    @property
    def half_range(self) -> float:
        """B of C2: half the range of h⋆ on the views that occur."""
        values = self.target_z[self.model.marginal1 > 0]
        return float(values.max() - values.min()) / 2

    @property
    def view_risk(self) -> Bounded:
        """R_z = E Var(U | z₁)."""
        return self.risk(np.arange(self.target_z.size))

    @property
    def best_on_views(self) -> "FiniteRegression":
        """The same target on x with h_min(z) = E[U | z] on the views, whose augmentation error is ε̃ = R_z ≤ ε."""
        return FiniteRegression(self.model, self.target_x, _conditional_mean(self.joint_xz, self.target_x))

    def risk(self, statistic: ArrayLike) -> Bounded:
        """R_T = inf_h E(h(T(z₁)) − U)² for labels T, shape (nz,)."""
        joint = _merge(self.joint_xz, statistic)
        mean = _conditional_mean(joint, self.target_x)
        return mean_square(joint, self.target_x[:, None] - mean[None, :], self.target_x)

    def predictor(self, statistic: ArrayLike) -> Float:
        """The explicit predictor h(T(z)) = E[h⋆(z₁) | T(z₁) = T(z)] of C1, for each view, shape (nz,)."""
        groups = check_labels("statistic", statistic, self.target_z.size)
        return _mean_in_groups(groups, self.model.marginal1 * self.target_z, self.model.marginal1)

    def predictor_risk(self, statistic: ArrayLike) -> Bounded:
        """E(h(T) − U)² of the explicit predictor."""
        gap = self.predictor(statistic)[None, :] - self.target_x[:, None]
        return mean_square(self.joint_xz, gap, self.target_z)

    def predictor_loss(self, statistic: ArrayLike, loss: Semimetric) -> Bounded:
        """E ℓ(h(T), U) of the explicit predictor, for another loss ℓ."""
        gap = self.predictor(statistic)[None, :] - self.target_x[:, None]
        return loss.mean(self.joint_xz, gap, self.target_z)

    def augmentation_loss(self, loss: Semimetric) -> Bounded:
        """ε_ℓ = E ℓ(h⋆(z), h⋆(x))."""
        return loss.mean(self.joint_xz, self.target_z[None, :] - self.target_x[:, None])

    def resampling_gap(self, statistic: ArrayLike) -> Bounded:
        """E(h⋆(z̃) − h⋆(z₂))² − E(h⋆(z₁) − h⋆(z₂))², z̃ drawn anew given T(z₁): 2E[(V₁ − E[V₁ | T])V₂]."""
        law, square = resampled_law(self.model, statistic), (self.target_z[:, None] - self.target_z) ** 2
        terms = (law - self.model.joint) * square
        units = (2 * law.size + 16) * UNIT
        return Bounded(float(terms.sum()), units * float(((law + self.model.joint) * square).sum()))

    def encoder_gap(self, statistic: ArrayLike) -> Bounded:
        """a² = E(E[V₂ | z₁] − E[V₂ | T(z₁)])² for labels T, shape (nz,)."""
        groups = check_labels("statistic", statistic, self.target_z.size)
        fine = _conditional_mean(self.model.joint.T, self.target_z)
        coarse = _conditional_mean(_merge(self.model.joint.T, statistic), self.target_z)[groups]
        return mean_square(self.model.marginal1, fine - coarse, self.target_z)


class StationaryRegression(FiniteRegression):
    """One target h⋆ on x and on views of the same space, whose channel preserves the law of x.

    Parameters
    ----------
    model : built by `FiniteModel.from_views` with a square channel P(z|x) and a law π of x with Σ_x π(x) P(z|x) = π(z),
        as `reversible_views`, `permutation_views` and `stationary_views` of `simsuff.models.finite.random` make it.
    target : h⋆, shape (n,).

    Raises
    ------
    ValueError : for a channel that is not square or does not preserve the law.
    """

    def __init__(self, model: FiniteModel, target: ArrayLike) -> None:
        if model.channel is not None:
            rows, columns = model.channel.shape
            shown, way_out = f"shape = {(rows, columns)}", "give one column for each x"
            require(rows == columns, "channel", shown, "be square", way_out)
        values = real_array("target", target, 1)
        super().__init__(model, values, values)
        defect = float(np.abs(self._defect).sum())
        shown, allowed = f"E|P(z) − P(x)| = {defect!r}", "map the law of x to itself"
        way_out = "take a reversible channel, a mixture of permutations, or its invariant law as the prior"
        require(defect <= NORMALISATION_SLACK, "channel", shown, allowed, way_out)

    @classmethod
    def on_invariant_law(cls, channel: ArrayLike, target: ArrayLike) -> Self:
        """The task on the law that a channel (n, n) preserves, the one with the least norm where there are several.

        Examples
        --------
        >>> StationaryRegression.on_invariant_law([[0.5, 0.5], [1.0, 0.0]], [0.0, 1.0]).model.prior.round(3).tolist()
        [0.667, 0.333]
        """
        rows = real_array("channel", channel, 2)
        n = len(rows)
        balance, ones = np.vstack([rows.T - np.eye(n), np.ones((1, n))]), np.append(np.zeros(n), 1.0)
        prior = np.maximum(np.linalg.lstsq(balance, ones)[0], 0.0)
        return cls(FiniteModel.from_views(prior / prior.sum(), rows), target)

    @property
    def is_reversible(self) -> bool:
        """Whether π(x) P(z|x) is symmetric: x and z can be exchanged."""
        joint = self.joint_xz
        return bool(np.abs(joint - joint.T).max() <= SYMMETRY_SLACK * joint.max())

    def unaugmented_risk(self, statistic: ArrayLike) -> Bounded:
        """inf_h E(h(T(x)) − h⋆(x))² for labels T, shape (n,): the explicit predictor of C1 attains it."""
        gap = self.predictor(statistic) - self.target_z
        found = mean_square(np.asarray(self.model.prior), gap, self.target_z)
        return Bounded(found.value, found.error + self._shift(gap**2))

    def unaugmented_loss(self, statistic: ArrayLike, loss: Semimetric) -> Bounded:
        """E ℓ(h(T(x)), h⋆(x)) of the explicit predictor, for another loss ℓ."""
        gap = self.predictor(statistic) - self.target_z
        found = loss.mean(np.asarray(self.model.prior), gap, self.target_z)
        return Bounded(found.value, found.error + self._shift(loss.shape(np.abs(gap))))

    @property
    def _defect(self) -> Float:
        """P(z) − P(x), which is rounding."""
        prior = np.asarray(self.model.prior)
        return np.asarray(prior @ np.asarray(self.model.channel) - prior)

    def _shift(self, terms: Float) -> float:
        """What the rounding of the law makes of the mean of `terms`."""
        return float(np.abs(self._defect) @ terms)


def _merge(joint: Float, statistic: ArrayLike) -> Float:
    """The law of (row, T(column))."""
    groups = check_labels("statistic", statistic, joint.shape[1])
    merged = np.zeros((joint.shape[0], int(groups.max()) + 1))
    np.add.at(merged.T, groups, joint.T)
    return merged


def _conditional_mean(joint: Float, values: Float) -> Float:
    """E[value(row) | column] for a law of (row, column); 0 for columns that do not occur."""
    weight = joint.sum(axis=0)
    mean: Float = np.divide(values @ joint, weight, out=np.zeros_like(weight), where=weight > 0)
    return mean


@dataclass(frozen=True)
class PairRegression:
    """A target U = h⋆(x) on x = (z₁, z₂) and V_i = h⋆(z_i) on the views of an exchangeable law.

    Parameters
    ----------
    views : an exchangeable law of (z₁, z₂), joint (n, n).
    target_pair : U, shape (n, n), symmetric: a document does not know which half came first.
    target_z : h⋆ on views, shape (n,).

    Raises
    ------
    ValueError : for shapes that do not fit, and a law or target that the exchange of the views changes.
    """

    views: FiniteModel
    target_pair: Float
    target_z: Float

    def __init__(self, views: FiniteModel, target_pair: ArrayLike, target_z: ArrayLike) -> None:
        size = views.shape[0]
        on_pair = shaped_array("target_pair", target_pair, (size, size), EACH)
        on_z = shaped_array("target_z", target_z, (size,), EACH)
        symmetric = np.array_equal(views.joint, views.joint.T) and np.array_equal(on_pair, on_pair.T)
        way_out = "average law and target with their transposes"
        require(symmetric, "views and target_pair", "not symmetric", "be symmetric", way_out)
        object.__setattr__(self, "views", views)
        object.__setattr__(self, "target_pair", on_pair)
        object.__setattr__(self, "target_z", on_z)

    @property
    def augmentation_error(self) -> Bounded:
        """ε = E(h⋆(z₁) − U)²."""
        return mean_square(self.views.joint, self.target_z[:, None] - self.target_pair)

    @property
    def magnitude(self) -> float:
        """E U² + E V², the size of what the risks sum over."""
        squares = float(np.sum(self.views.joint * self.target_pair**2))
        return squares + float(self.views.marginal1 @ self.target_z**2)

    def risk(self, statistic: ArrayLike) -> Bounded:
        """R_T = inf_h E(h(T(z₁)) − U)² for labels T, shape (n,)."""
        return self._risk_of(statistic, (self.views.joint * self.target_pair).sum(axis=1))

    def predictor_risk(self, statistic: ArrayLike) -> Bounded:
        """E(h(T) − U)² of the explicit predictor h(t) = E[h⋆(z₁) | T = t] of C1."""
        return self._risk_of(statistic, self.views.marginal1 * self.target_z)

    def encoder_gap(self, statistic: ArrayLike) -> Bounded:
        """a² = E(E[V₂ | z₁] − E[V₂ | T(z₁)])²."""
        groups = self._groups(statistic)
        total, weight = self.views.joint @ self.target_z, self.views.marginal1
        fine = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
        return mean_square(weight, fine - _mean_in_groups(groups, total, weight), self.target_z)

    def _risk_of(self, statistic: ArrayLike, moment: Float) -> Bounded:
        """E(h(T) − U)² of h(t) = Σ_{T(z) = t} moment(z) / P(T = t)."""
        predicted = _mean_in_groups(self._groups(statistic), moment, self.views.marginal1)
        values = np.append(self.target_pair, self.target_z)
        return mean_square(self.views.joint, predicted[:, None] - self.target_pair, values)

    def _groups(self, statistic: ArrayLike) -> Integer:
        return check_labels("statistic", statistic, self.views.shape[0])


def _mean_in_groups(groups: Integer, moment: Float, weight: Float) -> Float:
    """Σ moment / Σ weight over the group of each symbol; 0 for groups that do not occur."""
    total, mass = np.bincount(groups, moment), np.bincount(groups, weight)
    mean: Float = np.divide(total, mass, out=np.zeros_like(total), where=mass > 0)
    return mean[groups]


def mean_square(weight: Float, gap: Float, averaged: Float | None = None) -> Bounded:
    """Σ weight · gap² of a law `weight` that is known to rounding, and of gaps that hold means of `averaged` values.

    The error counts four roundings for each cell, in each mean and in the sum.
    """
    value = float(np.sum(weight * gap**2))
    units = (4 * weight.size + 64) * UNIT
    blur = 0.0 if averaged is None else units * float(np.abs(averaged).max())
    return Bounded(value, 2 * units * value + 2 * blur * value**0.5 + blur**2)
