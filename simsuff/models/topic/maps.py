"""Statistics of a document: posteriors, their rescaling, spectral features, log odds, tables on count vectors."""

import numpy as np
from scipy import sparse

from simsuff.models.topic.counts import Counts, as_counts
from simsuff.models.topic.law import TopicLaw
from simsuff.numerics.validation import Float, Integer, require_all

# Log odds are sums of counts times logarithms: equal ones agree to about 1e-14, and are merged at this step.
LOG_ODDS_DIGITS = 12


class PosteriorMap:
    """z ↦ p(z) W, linear in the posterior: shape (n, k) for counts (n, V).

    Parameters
    ----------
    law : topics and prior.
    weight : W, shape (M, k). diag(π)^{−1/2} gives the encoder of F1, whose Gram matrix is r.
    constant_first : the first column is the constant 1 exactly, not up to rounding.
    """

    def __init__(self, law: TopicLaw, weight: Float, constant_first: bool = False) -> None:
        self._law, self._constant_first = law, constant_first
        self._weight = weight.copy()
        self._weight.setflags(write=False)

    @property
    def weight(self) -> Float:
        """W, shape (M, k), read-only."""
        return self._weight

    def __call__(self, counts: Counts) -> Float:
        """The features of each document."""
        checked = as_counts("counts", counts, self._law.topics.shape[1])
        features: Float = np.exp(self._law.log_posterior("counts", checked)) @ self._weight
        if self._constant_first:
            features[:, 0] = 1.0
        return features

    def __repr__(self) -> str:
        return f"{type(self).__name__}(topics={self._weight.shape[0]}, outputs={self._weight.shape[1]})"


class LogOdds:
    """z ↦ (log P(y | z) − log P(y* | z))_y, y* the likeliest topic: F3's sufficient statistic, shape (n, M).

    Values are rounded to `LOG_ODDS_DIGITS` decimals, so that documents with the same posterior share one value.
    """

    def __init__(self, law: TopicLaw) -> None:
        self._law = law

    def __call__(self, counts: Counts) -> Float:
        """The log odds of each document; −inf for impossible topics."""
        checked = as_counts("counts", counts, self._law.topics.shape[1])
        log_law = self._law.log_posterior("counts", checked)
        likeliest = np.argmax(np.round(log_law, LOG_ODDS_DIGITS), axis=1)[:, None]
        odds = log_law - np.take_along_axis(log_law, likeliest, axis=1)
        return np.round(odds, LOG_ODDS_DIGITS)


class StateMap:
    """A table on the count vectors of a view: z ↦ table[index of z], shape (n, k) for counts (n, V).

    Parameters
    ----------
    states : count vectors, shape (S, V), distinct.
    table : shape (S, k).
    """

    def __init__(self, states: Integer, table: Float) -> None:
        self._index = {row.tobytes(): i for i, row in enumerate(states)}
        self._words, self._vocabulary = int(states[0].sum()), states.shape[1]
        self.table = table

    def __call__(self, counts: Counts) -> Float:
        """The row of each count vector.

        Raises
        ------
        ValueError : for a row that is no count vector of the table's length.
        """
        checked = as_counts("counts", counts, self._vocabulary)
        rows = checked.toarray() if sparse.issparse(checked) else checked
        totals = rows.sum(axis=1)
        allowed = f"have {self._words} words in each row"
        require_all(totals == self._words, "words of counts", totals, allowed, "pass whole views")
        return self.table[[self._index[row.tobytes()] for row in np.ascontiguousarray(rows)]]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(states={self.table.shape[0]}, outputs={self.table.shape[1]})"
