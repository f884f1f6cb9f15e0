"""Many joint tables of one shape at once: what `FiniteModel` says of one law, without a loop over them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences import Divergence, as_divergence
from simsuff.models.finite.cells import Cells, cells_of, information
from simsuff.models.finite.forms import reduced_cells, sufficiency
from simsuff.models.finite.model import FiniteModel, require_marginal
from simsuff.models.finite.symbols import Integer, Statistic, group_rows
from simsuff.models.finite.tables import Float, merged, outer, ratio_of, total
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import BoundedArray
from simsuff.numerics.validation import normalisation_slack, plain_array, real_array, refuse, require_all

# The arrays of one step on this many cells (128 kB each) share a second-level cache of one megabyte.
BLOCK_CELLS = 16384


class FiniteStack(Shown):
    """m laws of (z₁, z₂) on the symbols 0, …, n1 − 1 and 0, …, n2 − 1; `stack[i]` is one of them, to the last bit.

    What `FiniteModel` returns as a number is an array (m,) here, with the same bits. Statements that speak about a
    finite law are evaluated on all of them at once by `Statement.evaluate_each`.

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
        self._describe(_checked(joints))
        require_marginal("marginal1", self.marginal1)
        require_marginal("marginal2", self.marginal2)

    def _describe(self, joint: Float) -> None:
        self.joint: Float = np.ascontiguousarray(joint)
        self.marginal1: Float = self.joint.sum(axis=2)
        self.marginal2: Float = self.joint.sum(axis=1)
        self._last: tuple[NDArray[Any], list[tuple[Integer, Cells]]] | None = None

    @classmethod
    def _normalised(cls, joint: Float) -> Self:
        """The stack of tables that have been checked and normalised, to the last bit."""
        stack = cls.__new__(cls)
        stack._describe(joint)
        return stack

    def __repr__(self) -> str:
        return f"{type(self).__name__}(m={len(self)}, shape={self.shape})"

    def _facts(self) -> Mapping[str, Any]:
        return {"laws": len(self), "symbols": f"{self.shape[0]} and {self.shape[1]}"}

    def __len__(self) -> int:
        return len(self.joint)

    def __getitem__(self, index: int) -> FiniteModel:
        """The law number `index`."""
        return FiniteModel._normalised(self.joint[index])

    @property
    def shape(self) -> tuple[int, int]:
        """(n1, n2), the sizes of the two alphabets."""
        _, rows, columns = self.joint.shape
        return rows, columns

    @cached_property
    def ratio(self) -> Float:
        """r = dP₁₂/d(P₁⊗P₂), shape (m, n1, n2), 0 where a marginal is 0."""
        return ratio_of(self.joint, self.marginal1, self.marginal2, empty=0.0)

    @property
    def product(self) -> Float:
        """P₁⊗P₂, shape (m, n1, n2)."""
        return outer(self.marginal1, self.marginal2)

    def information(self, div: Divergence | str) -> BoundedArray:
        """I_f(z₁; z₂) in nats, shape (m,), with the errors that each law alone has; inf where it is infinite."""
        sums = [information(cells, as_divergence(div)) for _, cells in self._blocks]
        return BoundedArray(*(np.concatenate(pieces) for pieces in zip(*sums, strict=True)))

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
        losses = [
            sufficiency(cells, reduced, classes, as_divergence(div), form)
            for (_, cells), (classes, reduced) in zip(self._blocks, self._reductions(statistic), strict=True)
        ]
        value, error, _ = (np.concatenate(pieces) for pieces in zip(*losses, strict=True))
        return BoundedArray(value, error)

    def reduced(self, statistic: Statistic) -> "FiniteStack":
        """The laws of (T(z₁), z₂); with labels (m, n1), symbols that a law does not use have no mass there."""
        classes = group_rows("statistic", statistic, *self._labelled)
        return FiniteStack._normalised(merged(self.joint, classes, int(classes.max()) + 1))

    def swapped(self) -> "FiniteStack":
        """The laws of (z₂, z₁)."""
        return FiniteStack._normalised(self.joint.swapaxes(1, 2))

    @property
    def _labelled(self) -> tuple[int, int]:
        tables, rows, _ = self.joint.shape
        return tables, rows

    @cached_property
    def _blocks(self) -> list[tuple[slice, Cells]]:
        """The cells of as many laws at a time as stay in cache."""
        size = max(1, BLOCK_CELLS // self.joint[0].size)
        parts = [slice(begin, begin + size) for begin in range(0, len(self), size)]
        joint, first, second = self.joint, self.marginal1, self.marginal2
        return [(part, cells_of(joint[part], first[part], second[part])) for part in parts]

    def _reductions(self, statistic: Statistic) -> list[tuple[Integer, Cells]]:
        """The classes and the cells of the laws of (T(z₁), z₂), block by block; those of the last T are kept."""
        labels = np.empty(0) if callable(statistic) else np.array(plain_array(statistic))
        if self._last is None or not _same(self._last[0], labels):
            classes = group_rows("statistic", statistic, *self._labelled)
            each = np.broadcast_to(classes, self._labelled)
            pieces = [(each[part], reduced_cells(cells, each[part])) for part, cells in self._blocks]
            self._last = labels, pieces
        return self._last[1]

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.__dict__.items() if name != "_blocks"}
        return kept | {"_last": None}


FiniteLaw = FiniteModel | FiniteStack


def _same(last: NDArray[Any], labels: NDArray[Any]) -> bool:
    """Whether these labels are the last ones; a callable, which has none, never is."""
    return labels.size > 0 and labels.dtype == last.dtype and np.array_equal(labels, last)


def _checked(joints: ArrayLike) -> Float:
    """Tables (m, n1, n2) with non-negative entries, each divided by its sum, which must be one up to rounding."""
    tables = np.ascontiguousarray(real_array("joints", joints, 3))
    require_all(tables >= 0, "joints", tables, "be non-negative", "probabilities cannot be negative")
    sums = total(tables)
    good = np.abs(sums - 1) <= normalisation_slack(joints, tables[0].size)
    if not good.all():
        worst = int(np.argmin(good))
        shown = f"sum of joints[{worst}] = {float(sums[worst])!r}"
        raise refuse("joints", shown, "sum to 1 table by table", "divide each table by its sum")
    return np.asarray(tables / sums[:, None, None])
