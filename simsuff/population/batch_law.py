"""All batches of K pairs of a finite law with their probabilities, and what one replaced pair changes there."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simsuff.models.finite import FiniteModel
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import Float, integer, plain_array, require
from simsuff.population.bounded_difference import TableLoss, change
from simsuff.population.sharpness import count_vectors, multinomial

# Outcomes that are held at once: a million means of a handful of scores.
OUTCOME_LIMIT = 1_000_000


@dataclass(frozen=True, eq=False)
class BatchLaw:
    """All batches of K iid pairs, without order, which no in-batch loss sees.

    Attributes
    ----------
    z1, z2 : the symbols of the pairs of each batch, shape (batches, K).
    probability : the law of the batches, shape (batches,).
    """

    z1: NDArray[np.int64]
    z2: NDArray[np.int64]
    probability: Float

    @classmethod
    def of(cls, model: FiniteModel, K: int) -> "BatchLaw":
        """All batches of K pairs of `model`.

        Raises
        ------
        ValueError : K < 1, or more batches than `OUTCOME_LIMIT`.
        """
        size = integer("K", K, 1, "a batch holds a pair")
        first, second = np.nonzero(model.joint)
        count = math.comb(len(first) + size - 1, size)
        shown = f"K = {size} with {len(first)} cells"
        allowed = f"give at most {OUTCOME_LIMIT} batches, not {count}"
        require(count <= OUTCOME_LIMIT, "K", shown, allowed, "merge symbols, or lower K")
        counts = count_vectors(len(first), size)
        cells = np.repeat(np.tile(np.arange(len(first)), len(counts)), counts.ravel()).reshape(-1, size)
        return cls(first[cells], second[cells], multinomial(counts, model.joint[first, second]))

    def losses(self, loss: TableLoss, score: Float) -> Float:
        """The loss of each batch, shape (batches,) for S (n1, n2) and (k, batches) for k scores (k, n1, n2)."""
        return loss(self.tables(plain_array(score)))

    def tables(self, values: Float) -> Float:
        """The table (…, batches, K, K) of each batch, of a function of (z₁, z₂) as tables (…, n1, n2)."""
        return values[..., self.z1[:, :, None], self.z2[:, None, :]]


def change_on(
    model: FiniteModel, K: int, loss: TableLoss, score: Float, other: Float | None = None
) -> Bounded:
    """The exact constant c of the loss of S, or of the difference of those of S and `other`, on the pairs of `model`.

    The largest K·|change| over all other pairs of the batch and all replacements of one pair.
    """
    rest = BatchLaw.of(model, K - 1)
    first, second = np.nonzero(model.joint)
    shape = (len(rest.probability), len(first))
    z1 = np.empty((*shape, K), dtype=np.int64)
    z2 = np.empty_like(z1)
    z1[..., 1:], z2[..., 1:] = rest.z1[:, None, :], rest.z2[:, None, :]
    z1[..., 0], z2[..., 0] = first, second
    cells = z1[..., :, None], z2[..., None, :]
    values = loss(score[cells])
    largest = float(np.abs(score).max())
    if other is not None:
        values = values - loss(other[cells])
        largest = max(largest, float(np.abs(other).max()))
    return change(values, K, largest)
