"""How do pairs become batches of K, in which each pair serves as a negative of the others?"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from simsuff.models.pairs import Pairs
from simsuff.numerics.validation import integer, require, require_all


class Sampler(Protocol):
    """A model, as far as training is concerned."""

    def sample(self, n: int, rng: np.random.Generator) -> Pairs:
        """Draw n pairs."""


class PairSource:
    """n fixed pairs in batches of K = `size`."""

    def __init__(self, pairs: Any, batch: int) -> None:
        self._pairs = checked_pairs(pairs)
        self._size = integer("batch", batch, 2, "a contrastive batch needs at least one negative")
        n = len(self._pairs.z1)
        shown = f"batch = {batch}, n = {n}"
        require(self._size <= n, "batch", shown, "not exceed the number of pairs n", "draw more pairs")

    def whole(self) -> Pairs:
        """All ⌊n/K⌋ batches of consecutive pairs, the data of L̂ (G): shapes (B, K, d), or (B, K) for symbols."""
        count = len(self._pairs.z1) // self._size
        z1, z2 = (z[: count * self._size].reshape(count, self._size, *z.shape[1:]) for z in self._pairs)
        return Pairs(z1, z2)

    def stream(self, rng: np.random.Generator) -> Iterator[Pairs]:
        """Endless batches, without replacement within an epoch; each epoch drops its own remainder."""
        while True:
            order = rng.permutation(len(self._pairs.z1))
            for start in range(0, len(order) - self._size + 1, self._size):
                chosen = order[start : start + self._size]
                yield Pairs(self._pairs.z1[chosen], self._pairs.z2[chosen])

    def n_used(self, n_steps: int) -> int:  # noqa: ARG002 - the pairs are the same at each step
        """Pairs that enter L̂."""
        return len(self._pairs.z1) // self._size * self._size


class ModelSource:
    """Fresh batches of K = `size` pairs from a model."""

    def __init__(self, model: Sampler, batch: int) -> None:
        self._model = model
        self._size = integer("batch", batch, 2, "a contrastive batch needs at least one negative")

    def stream(self, rng: np.random.Generator) -> Iterator[Pairs]:
        """Endless batches of new pairs."""
        while True:
            yield self._model.sample(self._size, rng)

    def n_used(self, n_steps: int) -> int:
        """Pairs that were drawn for `n_steps` steps."""
        return n_steps * self._size


def as_source(source: Any, batch: int) -> PairSource | ModelSource:
    """Pairs or a model as a source of batches, or the house's error."""
    return ModelSource(source, batch) if hasattr(source, "sample") else PairSource(source, batch)


def checked_pairs(pairs: Any) -> Pairs:
    """`pairs` as two aligned arrays of finite rows, or the house's error."""
    way_out = "pass model.sample(n, rng), two arrays (z1, z2), or a model"
    require(isinstance(pairs, tuple) and len(pairs) == 2, "pairs", type(pairs), "be a pair of views", way_out)
    z1, z2 = np.asarray(pairs[0]), np.asarray(pairs[1])
    for argument, z in (("z1", z1), ("z2", z2)):
        numeric = np.issubdtype(z.dtype, np.number) and z.ndim >= 1 and z.size > 0
        shown = f"shape, dtype = {z.shape}, {z.dtype}"
        require(numeric, argument, shown, "be a non-empty numeric array", "pass one row for each pair")
        require_all(np.isfinite(z), argument, z, "be finite", "remove NaN and infinite entries")
    rows = f"rows = {len(z1)}, {len(z2)}"
    require(len(z1) == len(z2), "pairs", rows, "have as many z1 as z2", "align the views row by row")
    return Pairs(z1, z2)
