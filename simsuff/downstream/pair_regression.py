"""What does regression on T(z₁) cost when the document is the pair of its views, as disjoint halves are (F6)?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simsuff.models import FiniteModel
from simsuff.numerics.validation import Float, Integer, real_array, require
from simsuff.numerics.validation import labels as check_labels


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
        on_pair, on_z = real_array("target_pair", target_pair, 2), real_array("target_z", target_z, 1)
        size = views.shape[0]
        for name, values, shape in (("target_pair", on_pair, (size, size)), ("target_z", on_z, (size,))):
            shown = f"shape = {values.shape}"
            require(
                values.shape == shape, name, shown, f"have shape {shape}", "give one value for each symbol"
            )
        symmetric = np.array_equal(views.joint, views.joint.T) and np.array_equal(on_pair, on_pair.T)
        way_out = "average law and target with their transposes"
        require(symmetric, "views and target_pair", "not symmetric", "be symmetric", way_out)
        object.__setattr__(self, "views", views)
        object.__setattr__(self, "target_pair", on_pair)
        object.__setattr__(self, "target_z", on_z)

    @property
    def augmentation_error(self) -> float:
        """ε = E(h⋆(z₁) − U)²."""
        return float(np.sum(self.views.joint * (self.target_z[:, None] - self.target_pair) ** 2))

    @property
    def magnitude(self) -> float:
        """E U² + E V², the size of what the risks sum over."""
        squares = float(np.sum(self.views.joint * self.target_pair**2))
        return squares + float(self.views.marginal1 @ self.target_z**2)

    def risk(self, statistic: ArrayLike) -> float:
        """R_T = inf_h E(h(T(z₁)) − U)² for labels T, shape (n,)."""
        return self._risk_of(statistic, (self.views.joint * self.target_pair).sum(axis=1))

    def predictor_risk(self, statistic: ArrayLike) -> float:
        """E(h(T) − U)² of the explicit predictor h(t) = E[h⋆(z₁) | T = t] of C1."""
        return self._risk_of(statistic, self.views.marginal1 * self.target_z)

    def encoder_gap(self, statistic: ArrayLike) -> float:
        """a² = E(E[V₂ | z₁] − E[V₂ | T(z₁)])²."""
        groups = self._groups(statistic)
        total, weight = self.views.joint @ self.target_z, self.views.marginal1
        fine = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
        return float(weight @ (fine - _mean_in_groups(groups, total, weight)) ** 2)

    def _risk_of(self, statistic: ArrayLike, moment: Float) -> float:
        """E(h(T) − U)² of h(t) = Σ_{T(z) = t} moment(z) / P(T = t)."""
        predicted = _mean_in_groups(self._groups(statistic), moment, self.views.marginal1)
        return float(np.sum(self.views.joint * (predicted[:, None] - self.target_pair) ** 2))

    def _groups(self, statistic: ArrayLike) -> Integer:
        return check_labels("statistic", statistic, self.views.shape[0])


def _mean_in_groups(groups: Integer, moment: Float, weight: Float) -> Float:
    """Σ moment / Σ weight over the group of each symbol; 0 for groups that do not occur."""
    total, mass = np.bincount(groups, moment), np.bincount(groups, weight)
    mean: Float = np.divide(total, mass, out=np.zeros_like(total), where=mass > 0)
    return mean[groups]
