"""Sources of batches of K pairs, in which each pair serves as a negative of the others: fixed pairs, or a model."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy import sparse

from simsuff.encoders.compiled import CompiledEncoder, rows_for
from simsuff.kernels.jit import jit
from simsuff.kernels.random_numbers import permute
from simsuff.kernels.sparse_rows import SparseRows, most_entries, row_count
from simsuff.kernels.specialised import Specialised
from simsuff.models.base import DRAW, Batch, Pairs
from simsuff.numerics.validation import Integer, integer, plain_array, require, require_all

# Draws, for which `DRAW` has a function, and the buffers of z₁ and z₂ that they fill with a batch.
CompiledSource = tuple[Any, Batch, Batch]


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
        used = (z[: count * self.size] for z in self._pairs)
        return Pairs(*(z if sparse.issparse(z) else z.reshape(count, -1, *z.shape[1:]) for z in used))

    def stream(self, rng: np.random.Generator) -> Iterator[Pairs]:
        """Endless batches, without replacement within an epoch; each epoch drops its own remainder."""
        while True:
            order = rng.permutation(self._n)
            for start in range(0, len(order) - self.size + 1, self.size):
                chosen = order[start : start + self.size]
                yield Pairs(self._pairs.z1[chosen], self._pairs.z2[chosen])

    def compiled(self, form: CompiledEncoder) -> CompiledSource | None:
        """The stream as a compiled loop draws it; None where only the interpreter can embed the views."""
        if any(z.ndim != (1 if form.takes_symbols else 2) for z in self._pairs):
            return None
        first, second = rows_for(form, "z1", self._pairs.z1, 0)[0], rows_for(form, "z2", self._pairs.z2, 1)[0]
        draws = PairDraws(first, second, np.arange(self._n), np.full(1, self._n))
        return draws, _buffer(first, self.size), _buffer(second, self.size)

    def n_used(self, n_steps: int) -> int:  # noqa: ARG002 - the pairs are the same at each step
        """Pairs that enter L̂."""
        return self._n // self.size * self.size


class ModelSource:
    """Fresh batches of K = `size` pairs from a model."""

    def __init__(self, model: Sampler, batch: int) -> None:
        self._model: Any = model
        self.size = integer("batch", batch, 2, "a contrastive batch needs at least one negative")

    def stream(self, rng: np.random.Generator) -> Iterator[Pairs]:
        """Endless batches of new pairs."""
        while True:
            yield self._model.sample(self.size, rng)

    def compiled(self, form: CompiledEncoder) -> CompiledSource | None:
        """The stream as a compiled loop draws it; None where only the interpreter can draw it.

        A model takes part by a property `draws` whose class is registered with `DRAW`, and, where its views are sparse,
        by a method ``capacity(n)``, the most entries of n rows of either. A class that defines `sample` anew without
        `draws` is left to the interpreter.
        """
        draws = self._model.draws if _draws_as_it_samples(type(self._model)) else None
        if not DRAW.handles(type(draws)):
            return None
        buffers: list[Batch] = []
        # One batch from a generator of its own shows which form the views have, and whether the encoder takes them.
        sample = self._model.sample(self.size, np.random.default_rng(0))
        for side, (name, z) in enumerate(zip(("z1", "z2"), sample, strict=True)):
            rows, _ = rows_for(form, name, z, side)
            if form.takes_symbols and self._model.shape[side] > form.inputs[side]:
                return None
            if sparse.issparse(z):
                capacity = self._model.capacity(self.size)[side]
                buffers.append(SparseRows.buffer(self.size, capacity, z.shape[1]))
            else:
                buffers.append(np.empty_like(rows))
        return draws, buffers[0], buffers[1]

    def n_used(self, n_steps: int) -> int:
        """Pairs that were drawn for `n_steps` steps."""
        return n_steps * self.size


def as_source(source: Any, batch: int) -> PairSource | ModelSource:
    """Pairs or a model as a source of batches, or the house's error."""
    return ModelSource(source, batch) if hasattr(source, "sample") else PairSource(source, batch)


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
    z: Any = sparse.csr_array(view, dtype=np.float64) if is_sparse else plain_array(view)
    if is_sparse:
        SparseRows.of(z, argument)
    entries = z.data if is_sparse else z
    filled = z.ndim >= 1 and np.prod(z.shape) > 0
    shown = f"shape, dtype = {z.shape}, {z.dtype}"
    numeric = np.issubdtype(z.dtype, np.number) and filled
    require(numeric, argument, shown, "be a non-empty numeric array", "pass one row for each pair")
    require_all(np.isfinite(entries), argument, entries, "be finite", "remove NaN and infinite entries")
    return z


def _draws_as_it_samples(kind: type) -> bool:
    """Is `draws` of a model defined by the class that defines `sample`, or by one that derives from it?"""
    places = [
        next((i for i, c in enumerate(kind.__mro__) if name in vars(c)), None) for name in ("draws", "sample")
    ]
    return None not in places and places[0] <= places[1]  # type: ignore[operator]


class PairDraws(NamedTuple):
    """Views of n pairs, the order of the current epoch (n,), and the place in it, `place`[0]."""

    z1: Any
    z2: Any
    order: Integer
    place: Integer


# take(table, chosen, out): row i of `out` becomes row `chosen`[i] of `table`.
TAKE = Specialised("take")
take = TAKE.function


@TAKE.register(SparseRows)
@jit
def _take_sparse(table: SparseRows, chosen: Integer, out: SparseRows) -> None:
    place = 0
    for i in range(chosen.size):
        for p in range(table.starts[chosen[i]], table.starts[chosen[i] + 1]):
            out.columns[place] = table.columns[p]
            out.entries[place] = table.entries[p]
            place += 1
        out.starts[i + 1] = place


@TAKE.register(np.ndarray)
def _take_array(table: Any, chosen: Integer, out: Any) -> None:
    for i in range(chosen.size):
        out[i] = table[chosen[i]]


@jit
def next_batch(rng: np.random.Generator, order: Integer, place: Integer, size: int) -> Integer:
    """The next `size` pairs; a new epoch, in a new order, begins where fewer are left."""
    if place[0] + size > order.size:
        permute(rng, order)
        place[0] = 0
    place[0] += size
    return order[place[0] - size : place[0]]


@DRAW.register(PairDraws)
def _draw_pairs(source: PairDraws, rng: np.random.Generator, z1: Any, z2: Any) -> None:
    chosen = next_batch(rng, source.order, source.place, row_count(z1))
    take(source.z1, chosen, z1)
    take(source.z2, chosen, z2)


def _buffer(table: Batch, batch: int) -> Batch:
    if isinstance(table, SparseRows):
        return SparseRows.buffer(batch, most_entries(table.starts, batch), table.width)
    return np.empty((batch, *table.shape[1:]), dtype=table.dtype)
