"""Excess risk of an encoder's score (B): exact by enumeration; by Monte Carlo for any model and number of candidates."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.special import log_softmax

from simsuff.encoders.protocol import Encoder, ScoreForm
from simsuff.models.base import Model, Pairs
from simsuff.models.finite import FiniteModel
from simsuff.models.gaussian import GaussianModel
from simsuff.numerics.numbers import UNIT, Bounded, Estimate
from simsuff.numerics.validation import (
    Float,
    RNGLike,
    generator,
    integer,
    one_of,
    positive,
    refuse,
    require,
    require_all,
)
from simsuff.population.finite_k import STATE_LIMIT, excess_risk, rounding_bound
from simsuff.sufficiency.score_excess import pmi_form

# Independent repetitions that a standard error is taken over, and the candidates of each that halving leaves useful.
BLOCKS, SMALLEST_BLOCK = 32, 8

# Scores held at a time: 8 MB for each table of doubles.
TABLE_ENTRIES = 1 << 20


class Embedding(Protocol):
    """All that a score needs of an encoder."""

    def embed(self, z1: Any, z2: Any) -> tuple[Float, Float]:
        """Embeddings u, v such that ⟨u_i, v_j⟩ is the score of (z1_i, z2_j)."""


class Link(NamedTuple):
    """S = τ(⟨u, v⟩)/temperature, τ the identity or the logarithm."""

    is_log: bool
    temperature: float

    def scores(self, inner: Float) -> Float:
        """The scores of a table of inner products; log 0 = −∞, ValueError for negative ones under the log link."""
        if not self.is_log:
            return inner / self.temperature
        way_out = 'use an encoder with non-negative outputs, or link="identity"'
        require_all(inner >= 0, "score", inner, "have inner products >= 0 under the log link", way_out)
        with np.errstate(divide="ignore"):
            values: Float = np.log(inner) / self.temperature
        return values


def checked_link(link: str, temperature: float) -> Link:
    """The options `link` and `temperature` of a loss, or the house's error."""
    one_of("link", link, ("identity", "log"), "or pass the table of scores to score_excess for e^{s/t}")
    return Link(link == "log", positive("temperature", temperature))


def encoder_excess(
    model: Any,
    encoder: Encoder,
    K: float,
    *,
    link: str = "identity",
    temperature: float = 1.0,
    symmetric: bool = False,
    limit: int = STATE_LIMIT,
) -> Bounded:
    """E_K(S) of an encoder's score S = τ(⟨u, v⟩)/temperature in nats, exactly, on a model that can be enumerated.

    Parameters
    ----------
    model
        A `FiniteModel`, or a model with `to_finite()` and `states` such as `TopicModel` (a pair of them for two
        modalities).
    encoder
        Any encoder of the model's views; exact truth for few outputs, hidden layers, two encoders alike.
    K
        Number of candidates, an integer ≥ 1, or math.inf: E KL(P(z₂|z₁) ‖ P_S) (A4).
    link, temperature, symmetric
        As in the loss.
    limit
        As in `population.finite_k.excess_risk`.

    Returns
    -------
    Bounded
        With the rounding of the scores and of the sum over candidates; inf where a score is −∞ at a possible pair.

    Raises
    ------
    ValueError
        For models that cannot be enumerated, and as `population.finite_k.excess_risk`.

    Examples
    --------
    >>> import simsuff as ss
    >>> model = ss.FiniteModel.from_views([0.5, 0.5], [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
    >>> encoder = ss.LookupEncoder([[1.0], [0.0], [-1.0]])
    >>> at_two, at_infinity = (float(ss.encoder_excess(model, encoder, K)) for K in (2, float("inf")))
    >>> 0 < at_two < at_infinity  # B3
    True
    """
    how = checked_link(link, temperature)
    finite, first, second = _enumerated(model)
    u, v = encoder.embed(first, second)
    inner = u @ v.T
    scores = how.scores(inner)
    value = excess_risk(finite, scores, K, symmetric=symmetric, limit=limit)
    if math.isinf(value):
        return Bounded(value, 0.0)
    # A score that is off by ε moves a risk by at most 2ε.
    slip = (u.shape[1] + 2) * UNIT * (np.abs(u) @ np.abs(v).T) / how.temperature
    if how.is_log:
        slip = np.divide(slip, inner, out=np.zeros_like(inner), where=inner > 0)
    error = 2 * float(slip.max()) + rounding_bound(finite, scores, K)
    if symmetric:
        error += rounding_bound(finite.swapped(), scores.T, K)
    return Bounded(float(value), error)


def encoder_excess_estimate(
    model: Model,
    encoder: Encoder,
    K: float,
    n: int,
    rng: RNGLike,
    *,
    link: str = "identity",
    temperature: float = 1.0,
    symmetric: bool = False,
) -> Estimate:
    """Monte Carlo estimate of E_K(S) for any model with `sample` and `pmi`, K an integer ≥ 2 or math.inf, in nats.

    Finite K is `finite_k_excess`. For K = ∞, E_∞(S) = E₁₂[log r − S] + E log E_{P₂} e^S, from `BLOCKS` independent
    blocks of n/`BLOCKS` pairs. In a block each anchor meets the z₂ of the other pairs as negatives, independent of
    it; the logarithm of their mean is corrected for its bias by halving (jackknife), which leaves a bias of the
    order of the squared variance of that mean. The value is signed, never clipped.

    Parameters
    ----------
    n
        Pairs to draw: at least 2K, or BLOCKS · SMALLEST_BLOCK for K = ∞.
    rng, link, temperature, symmetric
        As in `finite_k_excess`.

    Returns
    -------
    Estimate
        Its `n` counts batches (finite K) or blocks. inf where a drawn pair has score −∞.

    Raises
    ------
    ValueError
        As `finite_k_excess`.
    """
    if not math.isinf(K):
        options: dict[str, Any] = {"link": link, "temperature": temperature}
        return finite_k_excess(
            model, encoder, integer("K", K, 2, "or pass math.inf"), n, rng, symmetric, **options
        )
    how, source = checked_link(link, temperature), generator("rng", rng)
    count = integer("n", n, BLOCKS * SMALLEST_BLOCK, "a standard error needs blocks of pairs") // BLOCKS
    values = np.array([_block(model, encoder, how, count, source, symmetric) for _ in range(BLOCKS)])
    if np.isinf(values).any():
        return Estimate(math.inf, 0.0, BLOCKS)
    return Estimate.from_samples(values)


def _enumerated(model: Any) -> tuple[FiniteModel, Any, Any]:
    """The finite law of a model, and the inputs of an encoder that its rows and columns stand for."""
    if isinstance(model, FiniteModel):
        rows, columns = model.joint.shape
        return model, np.arange(rows), np.arange(columns)
    if not (hasattr(model, "to_finite") and hasattr(model, "states")):
        way_out = "use encoder_excess_estimate, or score_excess for Gaussian models"
        raise refuse("model", model, "be finite or have to_finite() and states", way_out)
    finite, states = model.to_finite(), model.states
    return (finite, *states) if isinstance(states, tuple) else (finite, states, states)


def _block(
    model: Model, encoder: Encoder, how: Link, count: int, rng: np.random.Generator, symmetric: bool
) -> float:
    """One signed estimate of E_∞(S) from `count` pairs; +∞ where a pair has score −∞."""
    z1, z2 = model.sample(count, rng)
    u, v = encoder.embed(z1, z2)
    gap = np.asarray(model.pmi(z1, z2)) - how.scores(np.einsum("ij,ij->i", u, v))
    if np.isposinf(gap).any():
        return math.inf
    value = float(gap.mean() + _log_partition(u, v, how))
    if symmetric:
        value = (value + float(gap.mean() + _log_partition(v, u, how))) / 2
    return value


def _log_partition(u: Float, v: Float, how: Link) -> float:
    """Mean over i of log E e^S(u_i, ·) from the v_j with j ≠ i, minus its bias of first order by halving."""
    count = len(u)
    total = 0.0
    step = max(1, TABLE_ENTRIES // count)
    for start in range(0, count, step):
        rows = np.arange(start, min(start + step, count))
        scores = how.scores(u[rows] @ v.T)
        scores[rows - start, rows] = -np.inf
        total += float(_corrected(scores, rows).sum())
    return total / count


def _corrected(scores: Float, anchors: Any) -> Float:
    """2 log mean − ½(log mean of the even + log mean of the odd candidates), without each row's own pair."""
    top = scores.max(axis=1, keepdims=True)
    require(np.isfinite(top).all(), "score", "a row = -inf", "be finite somewhere", "raise n")
    weights = np.exp(scores - top)
    columns = scores.shape[1]
    own_half = anchors % 2 == np.array([[0], [1]])
    sizes = np.array([[(columns + 1) // 2], [columns // 2]]) - own_half
    sums = np.stack([weights[:, half::2].sum(axis=1) for half in (0, 1)])
    with np.errstate(divide="ignore"):
        mean_half = np.log(sums / sizes).mean(axis=0)
    whole = np.log(sums.sum(axis=0) / (columns - 1))
    # Where one half has no mass at all there is nothing to correct by.
    corrected = np.where(np.isfinite(mean_half), 2 * whole - mean_half, whole)
    return np.asarray(corrected + top[:, 0])


def finite_k_excess(
    model: Model,
    score: Embedding | ScoreForm,
    K: int,
    n: int,
    rng: RNGLike,
    symmetric: bool = False,
    *,
    link: str = "identity",
    temperature: float = 1.0,
    anchors: int | None = None,
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
        An encoder or whatever else has its `embed`, for the score τ(⟨u, v⟩)/temperature, or a `ScoreForm`.
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
    anchors
        Rows of each batch to look at, where K are more than precision asks for; not for both directions.

    Raises
    ------
    ValueError
        For K < 2, n < 2K, a `rng` that is neither Generator nor seed, an unknown link, a temperature that is
        not positive, negative inner products under the log link, anchors outside [1, K] or together with symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> model = ss.GaussianModel.from_correlations([0.8, 0.5])
    >>> best = ss.LinearEncoder(model.optimal_encoder(2).weight)
    >>> excess = ss.finite_k_excess(model, best, K=16, n=1600, rng=np.random.default_rng(0))
    >>> excess.n, excess.value > 5 * excess.stderr  # a bilinear score is no pmi (E6)
    (100, True)
    """
    how = checked_link(link, temperature)
    size = integer("K", K, 2, "a contrastive batch needs at least one negative")
    count = integer("n", n, 2 * size, "a standard error needs two batches of K pairs") // size
    rows = size if anchors is None else integer("anchors", anchors, 1, "a batch has K rows", high=size)
    way_out = "leave anchors out: columns are over all of them"
    require(not symmetric or rows == size, "anchors", anchors, "be K where symmetric", way_out)
    terms = [
        _batch_means(
            true_table(model, pairs, size, rows), score_table(score, pairs, size, how, rows), symmetric
        )
        for pairs in _stacks(model, size, count, generator("rng", rng), rows)
    ]
    return Estimate.from_samples(np.concatenate(terms))


def score_table(score: Embedding | ScoreForm, pairs: Pairs, size: int, how: Link, rows: int) -> Float:
    """S(z1_i, z2_j), i ≤ `rows`, within each batch of `size` consecutive pairs, shape (B, rows, K)."""
    if isinstance(score, ScoreForm):
        way_out = "pass an encoder, or leave the link out"
        require(not how.is_log, "link", "log", "be identity for a ScoreForm", way_out)
        z1, z2 = (_stacked(z, size) for z in pairs)
        return score.table(z1[:, :rows], z2) / how.temperature
    u, v = (_stacked(z, size) for z in score.embed(pairs.z1, pairs.z2))
    return how.scores(u[:, :rows] @ v.swapaxes(-1, -2))


def true_table(model: Model, pairs: Pairs, size: int, rows: int) -> Float:
    """log r(z1_i, z2_j), i ≤ `rows`, within each batch of `size` consecutive pairs, up to a constant, (B, rows, K)."""
    if isinstance(model, GaussianModel):
        z1, z2 = (_stacked(z, size) for z in pairs)
        return pmi_form(model).table(z1[:, :rows], z2)
    count = pairs.z1.shape[0] // size
    if hasattr(model, "pmi_table"):
        starts = range(0, count * size, size)
        tables = [model.pmi_table(pairs.z1[at : at + rows], pairs.z2[at : at + size]) for at in starts]
        return np.stack(tables)
    first = np.arange(count * size).reshape(count, size)
    crossed = model.pmi(
        pairs.z1[np.repeat(first[:, :rows], size, axis=1).ravel()],
        pairs.z2[np.tile(first, (1, rows)).ravel()],
    )
    return np.asarray(crossed, dtype=np.float64).reshape(count, rows, size)


def _stacked(rows: Any, size: int) -> Any:
    """Rows (B·K, d) as batches (B, K, d)."""
    return rows.reshape(-1, size, *rows.shape[1:])


def _stacks(model: Model, size: int, count: int, rng: np.random.Generator, rows: int) -> Iterator[Pairs]:
    """`count` batches of `size` fresh pairs, a few at a time, one after the other in the rows of Pairs."""
    at_once = max(1, TABLE_ENTRIES // (size * rows))
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
