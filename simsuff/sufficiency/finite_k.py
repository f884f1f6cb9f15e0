"""How far from optimal is a score when it is judged with K candidates?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import log_softmax

from simsuff.encoders.protocol import Encoder
from simsuff.encoders.score_form import ScoreForm
from simsuff.models.base import Model
from simsuff.models.gaussian import GaussianModel
from simsuff.models.pairs import Pairs
from simsuff.numerics.estimate import Estimate
from simsuff.numerics.validation import Float, generator, integer
from simsuff.sufficiency.score_excess import pmi_form

# Scores held at a time: 8 MB for each table of doubles.
TABLE_ENTRIES = 1 << 20


def finite_k_excess(
    model: Model,
    score: Encoder | ScoreForm,
    K: int,
    n: int,
    rng: np.random.Generator,
    symmetric: bool = False,
) -> Estimate:
    """Monte Carlo estimate of E_K(S) = L_K(S) − min L_K (B), in nats.

    Given z₁ and K candidates, the truth is a posterior over the place of the partner, ∝ r, and the score
    claims softmax(S); E_K is the mean of their KL divergence. Its terms are non-negative and vanish at the
    optimum, unlike differences of losses. Each batch of K pairs gives K rows (and K columns); the standard
    error is that of the means of independent batches.

    Parameters
    ----------
    model
        Any model with `sample` and `pmi`.
    score
        An encoder, whose score is ⟨u, v⟩, or a `ScoreForm`.
    K
        Number of candidates, K ≥ 2.
    n
        Pairs to draw, n ≥ 2K; ⌊n/K⌋ batches are used, and the estimate's `n` is their number.
    rng
        Source of the draws; equal generators give equal draws, so two encoders can be compared on the same.
    symmetric
        Average of the excess of rows and of columns.

    Raises
    ------
    ValueError
        For K < 2, n < 2K, or a `rng` that is no Generator.
    """
    size = integer("K", K, 2, "a contrastive batch needs at least one negative")
    count = integer("n", n, 2 * size, "a standard error needs two batches of K pairs") // size
    terms = [
        _batch_means(true_table(model, pairs), score_table(score, pairs), symmetric)
        for pairs in _stacks(model, size, count, generator("rng", rng))
    ]
    return Estimate.from_samples(np.concatenate(terms))


def score_table(score: Encoder | ScoreForm, pairs: Pairs) -> Float:
    """S(z1_i, z2_j) within each batch, shape (B, K, K)."""
    if isinstance(score, ScoreForm):
        return score.table(pairs.z1, pairs.z2)
    u, v = score.embed(pairs.z1, pairs.z2)
    table: Float = u @ v.swapaxes(-1, -2)
    return table


def true_table(model: Model, pairs: Pairs) -> Float:
    """log r(z1_i, z2_j) within each batch, up to a constant, shape (B, K, K)."""
    if isinstance(model, GaussianModel):
        return pmi_form(model).table(pairs.z1, pairs.z2)
    count, size = pairs.z1.shape[:2]
    rows, columns = _crossed(pairs.z1, 2), _crossed(pairs.z2, 1)
    return np.asarray(model.pmi(rows, columns), dtype=np.float64).reshape(count, size, size)


def _crossed(z: Any, axis: int) -> Any:
    """The views (B, K, …) repeated K times along the new `axis`, then flattened to rows."""
    repeated = np.repeat(np.expand_dims(z, axis), z.shape[1], axis=axis)
    return repeated.reshape(-1, *z.shape[2:])


def _stacks(model: Model, size: int, count: int, rng: np.random.Generator) -> Iterator[Pairs]:
    """`count` batches of `size` fresh pairs, a few at a time."""
    at_once = max(1, TABLE_ENTRIES // size**2)
    for start in range(0, count, at_once):
        batches = min(at_once, count - start)
        z1, z2 = model.sample(batches * size, rng)
        yield Pairs(z1.reshape(batches, size, *z1.shape[1:]), z2.reshape(batches, size, *z2.shape[1:]))


def _batch_means(truth: Float, claim: Float, symmetric: bool) -> Float:
    """Mean KL(softmax truth ‖ softmax claim) over the rows (and columns) of each batch, shape (B,)."""
    rows = _divergence(truth, claim, axis=-1)
    return (rows + _divergence(truth, claim, axis=-2)) / 2 if symmetric else rows


def _divergence(truth: Float, claim: Float, axis: int) -> Float:
    log_p, log_q = log_softmax(truth, axis=axis), log_softmax(claim, axis=axis)
    # A candidate of posterior 0 contributes 0, whatever the score claims.
    possible = np.isfinite(log_p)
    gap = np.subtract(log_p, log_q, out=np.zeros_like(log_p), where=possible)
    mean: Float = (np.exp(log_p) * gap).sum(axis=axis).mean(axis=-1)
    return mean
