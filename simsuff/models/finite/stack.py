"""Many joint tables of one shape at once: what `FiniteModel` says of one law, without a loop over them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences import Divergence, as_divergence
from simsuff.models.finite.cells import Cells, information
from simsuff.models.finite.forms import reduced_cells, sufficiency
from simsuff.models.finite.model import FiniteModel, JointTables
from simsuff.models.finite.tables import Statistic, group_rows, merged, total
from simsuff.numerics.numbers import BoundedArray
from simsuff.numerics.validation import (
    Float,
    Integer,
    normalisation_slack,
    plain_array,
    real_array,
    refuse,
    require_all,
)


class FiniteStack(JointTables):
    """m laws of (z₁, z₂) on the symbols 0, …, n1 − 1 and 0, …, n2 − 1; `stack[i]` is one of them, to the last bit.

    What `FiniteModel` returns as a number is an array (m,) here, with the same bits. Statements that speak about a
    finite law are evaluated on all of them at once by `Statement.evaluate_each`. A call holds some ten tables of
    doubles for each law: 700 bytes at 3 × 3, so that a million laws belong in several stacks.

    Parameters
    ----------
    joints : P₁₂ of each law, shape (m, n1, n2), non-negative; each table sums to one. Zeros are allowed anywhere,
        so that laws on fewer symbols can be padded.

    Attributes
    ----------
    joint : (m, n1, n2), exactly normalised. `marginal1` (m, n1), `marginal2` (m, n2).

    Raises
    ------
    ValueError : as `FiniteModel`, naming the table.

    Examples
    --------
    >>> import simsuff as ss
    >>> stack = ss.FiniteStack([[[0.4, 0.1], [0.1, 0.4]], [[0.25, 0.25], [0.25, 0.25]]])
    >>> stack.information("kl").round(6)
    array([0.192745, 0.      ])
    >>> stack[0].information("kl") == stack.information("kl")[0]
    True
    """

    def __init__(self, joints: ArrayLike) -> None:
        tables = np.ascontiguousarray(real_array("joints", joints, 3))
        require_all(tables >= 0, "joints", tables, "be non-negative", "probabilities cannot be negative")
        sums = total(tables)
        good = np.abs(sums - 1) <= normalisation_slack(joints, tables[0].size)
        if not good.all():
            worst = int(np.argmin(good))
            shown = f"sum of joints[{worst}] = {float(sums[worst])!r}"
            raise refuse("joints", shown, "sum to 1 table by table", "divide each table by its sum")
        self._describe(tables / sums[:, None, None])
        self._check_marginals()

    def _describe(self, joint: Float) -> None:
        super()._describe(joint)
        self._last: tuple[NDArray[Any], Integer, Cells] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(m={len(self)}, shape={self.shape})"

    def _facts(self) -> Mapping[str, Any]:
        return {"laws": len(self), "symbols": f"{self.shape[0]} and {self.shape[1]}"}

    def __len__(self) -> int:
        return len(self.joint)

    def __getitem__(self, index: int) -> FiniteModel:
        """The law number `index`."""
        return FiniteModel._normalised(self.joint[index])

    def information(self, div: Divergence | str) -> BoundedArray:
        """I_f(z₁; z₂) in nats, shape (m,), with the errors that each law alone has; inf where it is infinite."""
        return BoundedArray(*(part.copy() for part in information(self._cells, as_divergence(div))))

    def sufficiency(
        self, statistic: Statistic, div: Divergence | str, form: str = "information_loss"
    ) -> BoundedArray:
        """Suff_f(T) in nats, shape (m,), in one of the three forms of A1.

        Parameters
        ----------
        statistic : integer labels, shape (n1,) for all laws or (m, n1) for each its own, or a callable on symbols.
        form : "information_loss", "bregman" or "variational", as for `FiniteModel`.

        Returns
        -------
        The losses with their errors; inf where I_f(z₁; z₂) is infinite and I_f(T; z₂) is not. Where I_f(T; z₂) is
        infinite too, A1 says nothing and `FiniteModel` refuses: those entries are NaN, so that they do not cost the
        others, and `compare` calls them not defined.
        """
        f, last = as_divergence(div), self._last
        # What the last statistic made is kept. A callable, which has no labels, is never the last one.
        labels = np.empty(0) if callable(statistic) else np.array(plain_array(statistic))
        if (
            last is None
            or labels.dtype != last[0].dtype
            or not np.array_equal(labels, last[0])
            or not labels.size
        ):
            classes = group_rows("statistic", statistic, *self.joint.shape[:2])
            last = self._last = labels, classes, reduced_cells(self._cells, classes)
        _, classes, reduced = last
        loss = sufficiency(self._cells, reduced, classes, f, form)
        return BoundedArray(loss.value, loss.error)

    def reduced(self, statistic: Statistic) -> "FiniteStack":
        """The laws of (T(z₁), z₂); with labels (m, n1), symbols that a law does not use have no mass there."""
        classes = group_rows("statistic", statistic, *self.joint.shape[:2])
        return FiniteStack._normalised(merged(self.joint, classes, int(classes.max()) + 1))

    def swapped(self) -> "FiniteStack":
        """The laws of (z₂, z₁)."""
        return FiniteStack._normalised(self.joint.swapaxes(1, 2))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_cells"} | {"_last": None}


FiniteLaw = FiniteModel | FiniteStack
