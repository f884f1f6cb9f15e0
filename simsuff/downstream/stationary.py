"""Regression on un-augmented inputs: views in the space of x, with its law, so that T may be applied to x itself (Q3)."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.downstream.finite_regression import FiniteRegression, mean_square
from simsuff.downstream.semimetrics import Semimetric
from simsuff.models import FiniteModel
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import NORMALISATION_SLACK, SYMMETRY_SLACK, Float, real_array, require


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
        defect: Float = prior @ np.asarray(self.model.channel) - prior
        return defect

    def _shift(self, terms: Float) -> float:
        """What the rounding of the law makes of the mean of `terms`."""
        return float(np.abs(self._defect) @ terms)
