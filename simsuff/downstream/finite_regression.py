"""What does regression on T(z₁) cost on a finite alphabet, exactly, in the quantities of C1–C4?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.models import FiniteModel
from simsuff.numerics.validation import labels as check_labels
from simsuff.numerics.validation import real_array, require

Float = NDArray[np.float64]


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
        require(
            model.prior is not None and model.channel is not None,
            "model",
            "prior = None",
            "know its latent x",
            "build it with FiniteModel.from_views(prior, channel)",
        )
        on_x = real_array("target_x", target_x, 1)
        on_z = real_array("target_z", target_z, 1)
        n_x, n_z = np.asarray(model.channel).shape
        for name, values, size in (("target_x", on_x, n_x), ("target_z", on_z, n_z)):
            shape = f"shape = {values.shape}"
            require(
                values.size == size, name, shape, f"have shape ({size},)", "give one value for each symbol"
            )
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "target_x", on_x)
        object.__setattr__(self, "target_z", on_z)

    @property
    def joint_xz(self) -> Float:
        """The law of (x, z), shape (nx, nz)."""
        product: Float = np.asarray(self.model.prior)[:, None] * np.asarray(self.model.channel)
        return product

    @property
    def augmentation_error(self) -> float:
        """ε = E(h⋆(z) − h⋆(x))²."""
        gap = self.target_z[None, :] - self.target_x[:, None]
        return float(np.sum(self.joint_xz * gap**2))

    @property
    def target_variance(self) -> float:
        """Var h⋆(z)."""
        weight = self.model.marginal1
        centred = self.target_z - weight @ self.target_z
        return float(weight @ centred**2)

    @property
    def half_range(self) -> float:
        """B of C2: half the range of h⋆ on the views that occur."""
        values = self.target_z[self.model.marginal1 > 0]
        return float(values.max() - values.min()) / 2

    @property
    def view_risk(self) -> float:
        """R_z = E Var(U | z₁)."""
        return self.risk(np.arange(self.target_z.size))

    def risk(self, statistic: ArrayLike) -> float:
        """R_T = inf_h E(h(T(z₁)) − U)² for labels T, shape (nz,)."""
        joint = _merge(self.joint_xz, statistic)
        mean = _conditional_mean(joint, self.target_x)
        return float(np.sum(joint * (self.target_x[:, None] - mean[None, :]) ** 2))

    def predictor_risk(self, statistic: ArrayLike) -> float:
        """E(h(T) − U)² of the explicit predictor h(t) = E[h⋆(z₁) | T = t] of C1."""
        groups = check_labels("statistic", statistic, self.target_z.size)
        weight = np.bincount(groups, self.model.marginal1)
        total = np.bincount(groups, self.model.marginal1 * self.target_z)
        predictor = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
        gap = predictor[groups][None, :] - self.target_x[:, None]
        return float(np.sum(self.joint_xz * gap**2))

    def encoder_gap(self, statistic: ArrayLike) -> float:
        """a² = E(E[V₂ | z₁] − E[V₂ | T(z₁)])² for labels T, shape (nz,)."""
        groups = check_labels("statistic", statistic, self.target_z.size)
        fine = _conditional_mean(self.model.joint.T, self.target_z)
        coarse = _conditional_mean(_merge(self.model.joint.T, statistic), self.target_z)[groups]
        return float(self.model.marginal1 @ (fine - coarse) ** 2)


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
