"""Which sources of pairs run inside a compiled loop, and which buffers do they fill?"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from simsuff.corpora.halves import HalfDocuments
from simsuff.encoders.compiled import CompiledEncoder
from simsuff.kernels.sparse_rows import SparseRows, most_entries
from simsuff.models.drawing import Batch
from simsuff.models.finite.model import FiniteModel
from simsuff.models.gaussian.model import GaussianModel
from simsuff.models.pairs import Pairs
from simsuff.models.topic.base import TopicViews
from simsuff.models.topic.counts import DENSE_VOCABULARY
from simsuff.models.topic.model import TopicModel
from simsuff.models.topic.subsampled import SubsampledTopicModel
from simsuff.models.topic.two_modality import TwoModalityTopicModel
from simsuff.training.pair_draws import pair_draws


class CompiledSource(NamedTuple):
    """Draws and the buffers that they fill with a batch."""

    draws: Any
    z1: Batch
    z2: Batch


def compiled_model(model: Any, batch: int, encoder: CompiledEncoder) -> CompiledSource | None:
    """Fresh pairs of a model that `encoder` takes; None where only the interpreter can draw or refuse them."""
    find = _FORMS.get(type(model))
    return None if find is None else find(model, batch, encoder)


def _gaussian(model: GaussianModel, batch: int, encoder: CompiledEncoder) -> CompiledSource | None:
    if encoder.takes_symbols or model.shape != encoder.inputs:
        return None
    return CompiledSource(model.draws, *(np.empty((batch, size)) for size in model.shape))


def _finite(model: FiniteModel, batch: int, encoder: CompiledEncoder) -> CompiledSource | None:
    fits = all(size <= known for size, known in zip(model.shape, encoder.inputs, strict=True))
    if not (encoder.takes_symbols and fits):
        return None
    return CompiledSource(model.draws, np.empty(batch, dtype=np.int64), np.empty(batch, dtype=np.int64))


def _topic(
    model: TopicModel | SubsampledTopicModel, batch: int, encoder: CompiledEncoder
) -> CompiledSource | None:
    return _documents(model.draws, (model, model), batch, encoder)


def _two_modalities(
    model: TwoModalityTopicModel, batch: int, encoder: CompiledEncoder
) -> CompiledSource | None:
    return _documents(model.draws, (model.first, model.second), batch, encoder)


def _documents(
    draws: Any, views: tuple[TopicViews, TopicViews], batch: int, encoder: CompiledEncoder
) -> CompiledSource | None:
    widths = tuple(view.vocabulary for view in views)
    is_sparse = max(widths) > DENSE_VOCABULARY
    if encoder.takes_symbols or encoder.inputs != widths or (is_sparse and not encoder.takes_sparse):
        return None
    return CompiledSource(draws, *(_counts(view, batch) for view in views))


def _counts(view: TopicViews, batch: int) -> Batch:
    """Buffers of the form that the view's samples have."""
    width, words = view.vocabulary, view.words_per_view
    if width > DENSE_VOCABULARY:
        return SparseRows.buffer(batch, batch * words, width)
    return np.empty((batch, width))


def _half_documents(source: HalfDocuments, batch: int, encoder: CompiledEncoder) -> CompiledSource | None:
    draws, (rows, width) = source.draws, source.shape
    if draws is None or batch > rows or not encoder.takes_sparse or encoder.inputs != (width, width):
        return None
    most = most_entries(draws.starts, batch)
    return CompiledSource(draws, *(SparseRows.buffer(batch, most, width) for _ in range(2)))


_FORMS: dict[type, Callable[[Any, int, CompiledEncoder], CompiledSource | None]] = {
    GaussianModel: _gaussian,
    FiniteModel: _finite,
    TopicModel: _topic,
    SubsampledTopicModel: _topic,
    TwoModalityTopicModel: _two_modalities,
    HalfDocuments: _half_documents,
}


def compiled_pairs(pairs: Pairs, batch: int, encoder: CompiledEncoder) -> CompiledSource | None:
    """Fixed pairs that `encoder` takes, as `compiled_model`."""
    tables = [_table(z, size, encoder) for z, size in zip(pairs, encoder.inputs, strict=True)]
    if any(table is None for table in tables):
        return None
    return CompiledSource(pair_draws(*tables), *(_buffer(table, batch) for table in tables))


def _table(z: Any, inputs: int, encoder: CompiledEncoder) -> Batch | None:
    if sparse.issparse(z):
        fits = encoder.takes_sparse and z.shape[1:] == (inputs,)
        return SparseRows.of(z) if fits else None
    if encoder.takes_symbols:
        known = z.ndim == 1 and z.dtype.kind in "iu" and z.min() >= 0 and z.max() < inputs
        return np.array(z, dtype=np.int64) if known else None
    fits = z.shape[1:] == (inputs,) and z.dtype.kind in "fiu"
    return np.array(z, dtype=np.float64, order="C") if fits else None


def _buffer(table: Batch, batch: int) -> Batch:
    if isinstance(table, SparseRows):
        return SparseRows.buffer(batch, most_entries(table.starts, batch), table.width)
    return np.empty((batch, *table.shape[1:]), dtype=table.dtype)
