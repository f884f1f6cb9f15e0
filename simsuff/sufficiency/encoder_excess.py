"""How far from optimal is a trained encoder's score, exactly by enumeration and by Monte Carlo without a limit on K?"""

import math
from typing import Any

import numpy as np

from simsuff.encoders.protocol import Encoder
from simsuff.models.base import Model
from simsuff.models.finite import FiniteModel
from simsuff.numerics.numbers import Estimate
from simsuff.numerics.validation import Float, generator, integer, refuse, require
from simsuff.population.finite_k import STATE_LIMIT, excess_risk
from simsuff.sufficiency.finite_k import finite_k_excess
from simsuff.sufficiency.links import Link, checked_link

# Independent repetitions that a standard error is taken over, and the candidates of each that halving leaves useful.
BLOCKS, SMALLEST_BLOCK = 32, 8

# Scores held at a time.
TABLE_ENTRIES = 1 << 20


def encoder_excess(
    model: Any,
    encoder: Encoder,
    K: float,
    *,
    link: str = "identity",
    temperature: float = 1.0,
    symmetric: bool = False,
    limit: int = STATE_LIMIT,
) -> float:
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
    float
        Non-negative; inf where a score is −∞ at a possible pair.

    Raises
    ------
    ValueError
        For models that cannot be enumerated, and as `population.finite_k.excess_risk`.
    """
    how = checked_link(link, temperature)
    finite, first, second = _enumerated(model)
    u, v = encoder.embed(first, second)
    return excess_risk(finite, how.scores(u @ v.T), K, symmetric=symmetric, limit=limit)


def encoder_excess_estimate(
    model: Model,
    encoder: Encoder,
    K: float,
    n: int,
    rng: np.random.Generator,
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
