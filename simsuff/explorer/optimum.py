"""The least InfoNCE loss on a model with K candidates, what a given encoder reaches, and what no temperature allows."""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.special import log_softmax

from simsuff.models import FiniteModel, GaussianModel
from simsuff.numerics.numbers import Bounded, Estimate
from simsuff.numerics.validation import Float, generator, integer, positive, refuse
from simsuff.population.finite_k import information_k, optimal_score, rounding_bound
from simsuff.sufficiency.excess import Embedding, finite_k_excess
from simsuff.sufficiency.score_excess import pmi_form

# Scores that an estimate looks at: about 0.2 s, for a standard error near 0.005 nats.
ENTRIES = 3_000_000
# Scores in hand, which a processor's cache holds.
SCORES_AT_ONCE = 1 << 17
# Anchors in all and in one batch beyond which precision gains little, and batches that a standard error needs.
MOST_ANCHORS, MOST_IN_BATCH, FEWEST_BATCHES = 65_536, 128, 8


class Draws(NamedTuple):
    """Batches of K pairs, and the anchors of each that are looked at."""

    batches: int
    anchors: int

    @classmethod
    def enough(cls, K: int) -> "Draws":
        """What ENTRIES scores allow with K candidates: fewer anchors than candidates where K is large."""
        anchors = max(1, min(K, MOST_IN_BATCH, ENTRIES // (FEWEST_BATCHES * K)))
        batches = min(ENTRIES // (anchors * K), MOST_ANCHORS // anchors)
        return cls(max(FEWEST_BATCHES, batches), anchors)


class UnitLength:
    """Embeddings of unit length along those of `encoder`, as most code for contrastive learning has them."""

    def __init__(self, encoder: Embedding) -> None:
        self._encoder = encoder

    def embed(self, z1: Any, z2: Any) -> tuple[Float, Float]:
        """Rows over their lengths; ⟨u, v⟩ is the cosine."""
        u, v = self._encoder.embed(z1, z2)
        return u / np.linalg.norm(u, axis=-1, keepdims=True), v / np.linalg.norm(v, axis=-1, keepdims=True)


def temperature_floor(K: int, temperature: float) -> float:
    """log(1 + (K − 1)e^{−1/t}): no unit-length embeddings have a smaller InfoNCE loss with scores ⟨u, v⟩/t, in nats.

    In population, for any law of the views and any two encoders. By Jensen's inequality the loss is at least
    log(1 + (K − 1)e^{m/t}), m the mean ⟨u, v⟩ of negatives less that of positives. With c the latter,
    |Eu − Ev|² ≤ E|u − v|² = 2 − 2c gives ⟨Eu, Ev⟩ ≥ c − 1, so m ≥ −1. It is attained in the limit of many dimensions, by
    views that coincide. So log K less the loss, which bounds the information from below (B2), is never more than 1/t.

    Parameters
    ----------
    K : candidates for each anchor, the positive among them, at least 2.
    temperature : t, positive.

    Examples
    --------
    >>> round(temperature_floor(512, 0.5), 3), round(math.log(512), 3)
    (4.251, 6.238)
    """
    draws, t = _candidates(K), positive("temperature", temperature)
    return float(np.logaddexp(0.0, math.log(draws - 1) - 1 / t))


def infonce_optimum(model: Any, K: int, rng: np.random.Generator | None = None) -> Bounded | Estimate:
    """log K − I_K, the InfoNCE loss of the best score with K candidates (B2), in nats.

    Exact on a `FiniteModel`. On a `GaussianModel` by Monte Carlo: I_K is the mean over z₁ and the candidates of the KL
    divergence between the posterior of the partner's place and the uniform law; its control variate is the
    KL divergence between P(z₂|z₁) and P₂, of mean I, to which it tends with K.

    Parameters
    ----------
    model : a `FiniteModel` or a `GaussianModel`.
    K : candidates for each anchor, the positive among them, at least 2.
    rng : source of the draws; a finite model needs none.

    Raises
    ------
    ValueError : for other models, K < 2, no `rng` where one is needed, and as `population.finite_k.information_k`.

    Examples
    --------
    >>> model = GaussianModel.from_correlations([0.9, 0.6])
    >>> best = infonce_optimum(model, 64, np.random.default_rng(0))
    >>> math.log(64) - model.information("kl") < best.value < math.log(64)
    True
    """
    draws = _candidates(K)
    if isinstance(model, FiniteModel):
        error = rounding_bound(model, optimal_score(model), draws)
        return math.log(draws) - Bounded(information_k(model, draws), error)
    if not isinstance(model, GaussianModel):
        raise refuse(
            "model", model, "be a FiniteModel or a GaussianModel", "call its to_finite() if it has one"
        )
    source, rho = generator("rng", rng), model.canonical_correlations
    law, (batches, anchors) = GaussianModel.from_correlations(rho), Draws.enough(draws)
    # Near 1 where K candidates show nearly all, near 0 where they show little of what the control varies with.
    share = draws / (draws + model.information("chi2").value)
    form, means = pmi_form(law), []
    at_once = max(1, SCORES_AT_ONCE // (anchors * draws))
    for start in range(0, batches, at_once):
        count = min(at_once, batches - start)
        z1, z2 = (z.reshape(count, draws, -1) for z in law.sample(count * draws, source))
        posterior = log_softmax(form.table(z1[:, :anchors], z2), axis=-1)
        shown = math.log(draws) + (np.exp(posterior) * posterior).sum(axis=-1)
        control = (z1[:, :anchors] ** 2 - 1) @ rho**2 / 2
        means.append((shown - share * control).mean(axis=-1))
    return math.log(draws) - Estimate.from_samples(np.concatenate(means))


def unit_length_excess(
    model: GaussianModel, encoder: Embedding, K: int, temperature: float, rng: np.random.Generator
) -> Estimate:
    """E_K of the score ⟨u, v⟩/t with the embeddings of `encoder` at unit length, in nats."""
    draws = Draws.enough(_candidates(K))
    return finite_k_excess(
        model,
        UnitLength(encoder),
        K,
        draws.batches * K,
        rng,
        temperature=temperature,
        anchors=draws.anchors,
    )


def _candidates(K: int) -> int:
    return integer("K", K, 2, "count the positive among the K candidates")
