"""Which finite laws, statistics and scores should a property be tried on? Near-zeros and near-ties included."""

import numpy as np
from hypothesis import strategies as st

from simsuff.models import FiniteModel
from simsuff.numerics.validation import Float, Integer

# Weights that cover nine orders of magnitude, with ties and near-ties of the common value 1.
_WEIGHTS = st.one_of(
    st.just(1.0),
    st.floats(0.05, 1.0),
    st.floats(-9.0, 0.0).map(lambda exponent: 10.0**exponent),
    st.floats(-12.0, -6.0).map(lambda exponent: 1.0 + 10.0**exponent),
)


@st.composite
def probability_vectors(draw: st.DrawFn, size: int, zeros: bool = False) -> Float:
    """A probability vector, shape (size,); with `zeros`, some entries may be exactly zero."""
    entries = st.one_of(_WEIGHTS, st.just(0.0)) if zeros else _WEIGHTS
    weights = np.array(draw(st.lists(entries, min_size=size, max_size=size)))
    if weights.sum() == 0:
        weights[draw(st.integers(0, size - 1))] = 1.0
    vector: Float = weights / weights.sum()
    return vector


@st.composite
def joint_tables(draw: st.DrawFn, max_rows: int = 4, max_columns: int = 4, zeros: bool = False) -> Float:
    """A joint probability table (n1, n2) with at least two rows and columns."""
    rows, columns = draw(st.integers(2, max_rows)), draw(st.integers(2, max_columns))
    return draw(probability_vectors(rows * columns, zeros=zeros)).reshape(rows, columns)


@st.composite
def channels(draw: st.DrawFn, inputs: int, outputs: int, zeros: bool = False) -> Float:
    """A channel, shape (inputs, outputs), whose rows are probability vectors."""
    return np.stack([draw(probability_vectors(outputs, zeros=zeros)) for _ in range(inputs)])


@st.composite
def view_models(
    draw: st.DrawFn, max_sources: int = 4, max_symbols: int = 4, zeros: bool = False
) -> FiniteModel:
    """A model of two views iid given x, with at least two sources and two symbols."""
    nx, nz = draw(st.integers(2, max_sources)), draw(st.integers(2, max_symbols))
    return FiniteModel.from_views(draw(probability_vectors(nx)), draw(channels(nx, nz, zeros=zeros)))


@st.composite
def label_vectors(draw: st.DrawFn, size: int) -> Integer:
    """Labels of a statistic of `size` symbols, shape (size,), numbered 0, 1, … without gaps."""
    labels = draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size))
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


@st.composite
def score_tables(draw: st.DrawFn, shape: tuple[int, ...], bound: float = 8.0) -> Float:
    """Scores in [−bound, bound], of any shape."""
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.floats(-bound, bound), min_size=size, max_size=size))).reshape(shape)
