"""What changes when z₂ is drawn given T(z₁) in place of z₁: the law, and its mean distance in total variation."""

import numpy as np
from numpy.typing import ArrayLike

from simsuff.models import FiniteModel
from simsuff.models.finite.tables import through
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float
from simsuff.numerics.validation import labels as check_labels


def resampled_law(model: FiniteModel, statistic: ArrayLike) -> Float:
    """The law P(z₁) P(z₂ | T(z₁)) of (z̃, z₂), z̃ drawn anew given T, shape (n1, n2), for labels T, shape (n1,)."""
    groups = check_labels("statistic", statistic, model.shape[0])
    reduced = model.reduced(groups)
    weight = reduced.marginal1[:, None]
    coarse = np.divide(reduced.joint, weight, out=np.zeros_like(reduced.joint), where=weight > 0)
    return model.marginal1[:, None] * through(coarse, groups)


def conditional_variation(model: FiniteModel, statistic: ArrayLike) -> Bounded:
    """E TV(P(z₂ | z₁), P(z₂ | T(z₁))) for labels T, shape (n1,)."""
    value = float(np.abs(model.joint - resampled_law(model, statistic)).sum()) / 2
    return Bounded(value, (2 * sum(model.shape) + model.joint.size + 16) * UNIT)
