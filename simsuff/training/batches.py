"""How do pairs become batches of K, in which each pair serves as a negative of the others?"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from simsuff.encoders.compiled import CompiledEncoder
from simsuff.models.pairs import Pairs
from simsuff.numerics.validation import integer, require, require_all
from simsuff.training.compiled_source import CompiledSource, compiled_model, compiled_pairs


class Sampler(Protocol):
    """A model, as far as training is concerned."""

    def sample(self, n: int, rng: np.random.Generator) -> Pairs:
        """Draw n pairs."""


class PairSource:
    """n fixed pairs in batches of K = `size`."""

    def __init__(self, pairs: Any, batch: int) -> None:
        self._pairs = checked_pairs(pairs)
        self.size = integer("batch", batch, 2, "a contrastive batch needs at least one negative")
        n = self._n = int(self._pairs.z1.shape[0])
        shown = f"batch = {batch}, n = {n}"
        require(self.size <= n, "batch", shown, "not exceed the number of pairs n", "draw more pairs")

    def whole(self) -> Pairs:
        """All ⌊n/K⌋ batches of consecutive pairs, the data of L̂ (G): shapes (B, K, d), or (B, K) for symbols.

        Sparse rows know two axes only and stay (B·K, d); the objective cuts their embeddings.
        """
        count = self._n // self.size
        z1, z2 = (_stacked(z[: count * self.size], count) for z in self._pairs)
        return Pairs(z1, z2)

    def stream(self, rng: np.random.Generator) -> Iterator[Pairs]:
        """Endless batches, without replacement within an epoch; each epoch drops its own remainder."""
        while True:
            order = rng.permutation(self._n)
            for start in range(0, len(order) - self.size + 1, self.size):
                chosen = order[start : start + self.size]
                yield Pairs(self._pairs.z1[chosen], self._pairs.z2[chosen])

    def compiled(self, encoder: CompiledEncoder) -> CompiledSource | None:
        """The stream as a compiled loop draws it, or None."""
        return compiled_pairs(self._pairs, self.size, encoder)

    def n_used(self, n_steps: int) -> int:  # noqa: ARG002 - the pairs are the same at each step
        """Pairs that enter L̂."""
        return self._n // self.size * self.size


class ModelSource:
    """Fresh batches of K = `size` pairs from a model."""

    def __init__(self, model: Sampler, batch: int) -> None:
        self._model = model
        self.size = integer("batch", batch, 2, "a contrastive batch needs at least one negative")

    def stream(self, rng: np.random.Generator) -> Iterator[Pairs]:
        """Endless batches of new pairs."""
        while True:
            yield self._model.sample(self.size, rng)

    def compiled(self, encoder: CompiledEncoder) -> CompiledSource | None:
        """The stream as a compiled loop draws it, or None."""
        return compiled_model(self._model, self.size, encoder)

    def n_used(self, n_steps: int) -> int:
        """Pairs that were drawn for `n_steps` steps."""
        return n_steps * self.size


def as_source(source: Any, batch: int) -> PairSource | ModelSource:
    """Pairs or a model as a source of batches, or the house's error."""
    return ModelSource(source, batch) if hasattr(source, "sample") else PairSource(source, batch)


def _stacked(z: Any, count: int) -> Any:
    return z if sparse.issparse(z) else z.reshape(count, -1, *z.shape[1:])


def checked_pairs(pairs: Any) -> Pairs:
    """`pairs` as two aligned arrays of finite rows, dense or CSR, or the house's error."""
    way_out = "pass model.sample(n, rng), two arrays (z1, z2), or a model"
    require(isinstance(pairs, tuple) and len(pairs) == 2, "pairs", type(pairs), "be a pair of views", way_out)
    z1, z2 = _checked_view("z1", pairs[0]), _checked_view("z2", pairs[1])
    rows = f"rows = {z1.shape[0]}, {z2.shape[0]}"
    same = z1.shape[0] == z2.shape[0]
    require(same, "pairs", rows, "have as many z1 as z2", "align the views row by row")
    return Pairs(z1, z2)


def _checked_view(argument: str, view: Any) -> Any:
    """Rows of one view; sparse ones as float64, so that no step converts them again."""
    is_sparse = sparse.issparse(view)
    z: Any = sparse.csr_array(view, dtype=np.float64) if is_sparse else np.asarray(view)
    entries = z.data if is_sparse else z
    filled = z.ndim >= 1 and np.prod(z.shape) > 0
    shown = f"shape, dtype = {z.shape}, {z.dtype}"
    numeric = np.issubdtype(z.dtype, np.number) and filled
    require(numeric, argument, shown, "be a non-empty numeric array", "pass one row for each pair")
    require_all(np.isfinite(entries), argument, entries, "be finite", "remove NaN and infinite entries")
    return z
