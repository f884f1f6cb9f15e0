"""Stacks of finite laws that are quick rather than exact to the last bit: what a search goes through by the million.

Informations are computed once from f alone, and every sufficiency as a difference of two of them, with a generous
bound on the rounding instead of the careful one. What fails by more than that bound is evaluated again by `FiniteStack`.
"""

from typing import Any

import numpy as np

from simsuff.divergences import Divergence, as_divergence
from simsuff.models import FiniteStack
from simsuff.models.finite.tables import Statistic, group_rows, merged, total
from simsuff.numerics.numbers import UNIT, BoundedArray
from simsuff.numerics.validation import Float

# Units that a term f(r) of an information may be off by: a kernel, a ratio, a product and a sum over a few dozen cells.
UNITS = 512


class Screen(FiniteStack):
    """A `FiniteStack` with quick informations."""

    @classmethod
    def of(cls, joints: Float) -> "Screen":
        """The laws of tables (m, n1, n2) that sum to one up to rounding."""
        return cls._normalised(joints)

    def information(self, div: Divergence | str) -> BoundedArray:
        return BoundedArray(*self._information(as_divergence(div)))

    def _information(self, div: Divergence) -> tuple[Float, Float]:
        """E_⊗ f(r) and its rounding: f is off by units of its own size and of |r − 1|, whose mean is below 2."""
        product, seen = self.product, self.joint > 0
        full = bool(seen.all())
        with np.errstate(invalid="ignore"):
            ratio = self.joint / product
        # f(1) = 0: cells without joint mass add nothing here.
        value = np.einsum("mij,mij->m", product, div.f(ratio if full else np.where(seen, ratio, 1.0)))
        lost = np.zeros(len(self)) if full else total(np.where(seen, 0.0, product))
        at_zero = div.at_zero if np.isfinite(div.at_zero) else 0.0
        value = value + at_zero * lost
        infinite = (lost > 0) & ~np.isfinite(div.at_zero)
        return np.where(infinite, np.inf, value), np.where(infinite, 0.0, UNITS * UNIT * (np.abs(value) + 2))

    def sufficiency(
        self,
        statistic: Statistic,
        div: Divergence | str,
        form: str = "information_loss",  # noqa: ARG002
    ) -> BoundedArray:
        """Suff_f(T), shape (m,), as the information lost; NaN where I_f(T; z₂) is infinite."""
        fine, error = self._information(as_divergence(div))
        coarse, other = self.reduced(statistic)._information(as_divergence(div))
        undefined = np.isinf(coarse)
        value = np.where(undefined, np.nan, fine - np.where(undefined, 0.0, coarse))
        return BoundedArray(value, error + other)

    def reduced(self, statistic: Any) -> "Screen":
        classes = group_rows("statistic", statistic, *self.joint.shape[:2])
        return Screen.of(merged(self.joint, classes, int(classes.max()) + 1))

    def swapped(self) -> "Screen":
        return Screen.of(self.joint.swapaxes(1, 2))
