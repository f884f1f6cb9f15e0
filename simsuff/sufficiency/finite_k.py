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
from simsuff.numerics.numbers import Estimate
from simsuff.numerics.validation import Float, generator, integer, require
from simsuff.sufficiency.links import Link, checked_link
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
    *,
    link: str = "identity",
    temperature: float = 1.0,
) -> Estimate:
    """Monte Carlo estimate of E_K(S) = L_K(S) − min L_K (B), in nats.

    Given z₁ and K candidates, the truth is a posterior over the place of the partner, ∝ r, and the score
    claims softmax(S); E_K is the mean of their KL divergence. Its terms are non-negative and vanish at the
    optimum, unlike differences of losses. Each batch of K pairs gives K rows (and K columns); the standard
    error is that of the means of independent batches.

    Parameters
    ----------
    model
        Any model with `sample` and `pmi` (or `pmi_table`, which is faster); views may be sparse rows.
    score
        An encoder, whose score is τ(⟨u, v⟩)/temperature, or a `ScoreForm`, which is a score already.
    K
        Number of candidates, K ≥ 2.
    n
        Pairs to draw, n ≥ 2K; ⌊n/K⌋ batches are used, and the estimate's `n` is their number.
    rng
        Source of the draws; equal generators give equal draws, so two encoders can be compared on the same.
    symmetric
        Average of the excess of rows and of columns.
    link, temperature
        τ and the divisor that the encoder was trained with: "identity", or "log" for non-negative embeddings,
        under which a candidate with ⟨u, v⟩ = 0 has score −∞.

    Raises
    ------
    ValueError
        For K < 2, n < 2K, a `rng` that is no Generator, an unknown link, a temperature that is not positive,
        negative inner products under the log link.
    """
    how = checked_link(link, temperature)
    size = integer("K", K, 2, "a contrastive batch needs at least one negative")
    count = integer("n", n, 2 * size, "a standard error needs two batches of K pairs") // size
    terms = [
        _batch_means(true_table(model, pairs, size), score_table(score, pairs, size, how), symmetric)
        for pairs in _stacks(model, size, count, generator("rng", rng))
    ]
    return Estimate.from_samples(np.concatenate(terms))


def score_table(score: Encoder | ScoreForm, pairs: Pairs, size: int, how: Link) -> Float:
    """S(z1_i, z2_j) within each batch of `size` consecutive pairs, shape (B, K, K)."""
    if isinstance(score, ScoreForm):
        way_out = "pass an encoder, or leave the link out"
        require(not how.is_log, "link", "log", "be identity for a ScoreForm", way_out)
        return score.table(*(_stacked(z, size) for z in pairs)) / how.temperature
    u, v = (_stacked(z, size) for z in score.embed(pairs.z1, pairs.z2))
    return how.scores(u @ v.swapaxes(-1, -2))


def true_table(model: Model, pairs: Pairs, size: int) -> Float:
    """log r(z1_i, z2_j) within each batch of `size` consecutive pairs, up to a constant, shape (B, K, K)."""
    if isinstance(model, GaussianModel):
        return pmi_form(model).table(*(_stacked(z, size) for z in pairs))
    count = pairs.z1.shape[0] // size
    if hasattr(model, "pmi_table"):
        parts = [slice(b * size, (b + 1) * size) for b in range(count)]
        return np.stack([model.pmi_table(pairs.z1[part], pairs.z2[part]) for part in parts])
    first = np.arange(count * size).reshape(count, size)
    rows, columns = np.repeat(first, size, axis=1).ravel(), np.tile(first, (1, size)).ravel()
    crossed = model.pmi(pairs.z1[rows], pairs.z2[columns])
    return np.asarray(crossed, dtype=np.float64).reshape(count, size, size)


def _stacked(rows: Any, size: int) -> Any:
    """Rows (B·K, d) as batches (B, K, d)."""
    return rows.reshape(-1, size, *rows.shape[1:])


def _stacks(model: Model, size: int, count: int, rng: np.random.Generator) -> Iterator[Pairs]:
    """`count` batches of `size` fresh pairs, a few at a time, one after the other in the rows of Pairs."""
    at_once = max(1, TABLE_ENTRIES // size**2)
    for start in range(0, count, at_once):
        yield model.sample(min(at_once, count - start) * size, rng)


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
