"""All batches and samples of pairs of a finite law: how far losses are from their means, and minimisers from the best."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import bdtr, stdtrit

from simsuff.models.finite import FiniteModel
from simsuff.numerics.numbers import UNIT, Bounded, Estimate
from simsuff.numerics.validation import (
    Float,
    Integer,
    RNGLike,
    generator,
    integer,
    plain_array,
    real_array,
    refuse,
    require,
)
from simsuff.population.bounded_difference import TableLoss, change, infonce_loss, rounding_of_losses
from simsuff.population.sharpness import count_vectors, multinomial

# Outcomes that are held at once: a million means of a handful of scores.
OUTCOME_LIMIT = 1_000_000

# The error probability of the interval between two order statistics that tells the spread of a quantile.
QUANTILE_LEVEL = 0.01

# Scores whose half-range is below this are constant for every purpose; the constants of G need a positive bound.
SMALLEST_RANGE = 1e-12


@dataclass(frozen=True, eq=False)
class BatchLaw:
    """All batches of K iid pairs, without order, which no in-batch loss sees.

    Attributes
    ----------
    z1, z2 : the symbols of the pairs of each batch, shape (batches, K).
    probability : the law of the batches, shape (batches,).
    """

    z1: Integer
    z2: Integer
    probability: Float

    @classmethod
    def of(cls, model: FiniteModel, K: int) -> "BatchLaw":
        """All batches of K pairs of `model`.

        Raises
        ------
        ValueError : K < 1, or more batches than `OUTCOME_LIMIT`.
        """
        size = integer("K", K, 1, "a batch holds a pair")
        first, second = np.nonzero(model.joint)
        count = math.comb(len(first) + size - 1, size)
        shown = f"K = {size} with {len(first)} cells"
        allowed = f"give at most {OUTCOME_LIMIT} batches, not {count}"
        require(count <= OUTCOME_LIMIT, "K", shown, allowed, "merge symbols, or lower K")
        counts = count_vectors(len(first), size)
        cells = np.repeat(np.tile(np.arange(len(first)), len(counts)), counts.ravel()).reshape(-1, size)
        return cls(first[cells], second[cells], multinomial(counts, model.joint[first, second]))

    def losses(self, loss: TableLoss, score: Float) -> Float:
        """The loss of each batch, shape (batches,) for S (n1, n2) and (k, batches) for k scores (k, n1, n2)."""
        return loss(self.tables(plain_array(score)))

    def tables(self, values: Float) -> Float:
        """The table (…, batches, K, K) of each batch, of a function of (z₁, z₂) as tables (…, n1, n2)."""
        return values[..., self.z1[:, :, None], self.z2[:, None, :]]


class SampleLaw(NamedTuple):
    """The losses of a sample of some batches under k scores: L̂ (k, outcomes), its law (outcomes,), L (k,), its error.

    `error` bounds the rounding of every entry of `losses` and `risks`.
    """

    losses: Float
    probability: Float
    risks: Float
    error: float


def sample_law(
    model: FiniteModel, scores: Float, K: int, batches: int, loss: TableLoss = infonce_loss
) -> SampleLaw:
    """The joint law of the losses of `scores`, shape (k, n1, n2), on a sample of n = K · batches pairs.

    Raises
    ------
    ValueError : K < 1, or more batches or samples than can be enumerated.
    """
    law = BatchLaw.of(model, K)
    losses = law.losses(loss, scores)
    values, probability = means(losses, law.probability, batches)
    error = 4 * rounding_of_losses(K, float(np.abs(scores).max()))
    return SampleLaw(values, probability, losses @ law.probability, error)


def simulated_law(
    model: FiniteModel, scores: Float, K: int, batches: int, draws: int, rng: RNGLike
) -> SampleLaw:
    """`sample_law` by `draws` samples of equal weight, for any number of batches; the risks are exact.

    A sample is the numbers of its batches of each kind, which are multinomial.
    """
    law = BatchLaw.of(model, K)
    losses = law.losses(infonce_loss, scores)
    counts = generator("rng", rng).multinomial(batches, law.probability / law.probability.sum(), size=draws)
    error = 4 * rounding_of_losses(K, float(np.abs(scores).max()))
    share = np.full(draws, 1 / draws)
    return SampleLaw(losses @ counts.T / batches, share, losses @ law.probability, error)


def quantile(draws: Float, level: float) -> Estimate:
    """The `level`-quantile of independent draws, shape (n,), with an error that holds for every law.

    The Student interval of the answer at level `QUANTILE_LEVEL` reaches as far as the longer arm of the interval between
    two order statistics that holds the quantile with that certainty; inf where the draws are too few for one.
    """
    ordered, count = np.sort(real_array("draws", draws, 1)), len(draws)
    tail = QUANTILE_LEVEL / 2
    # The k-th order statistic is above the quantile if fewer than k draws are below it: a binomial chance.
    chances = bdtr(np.arange(count), count, level)
    low, high = int(np.searchsorted(chances, tail)), int(np.searchsorted(chances, 1 - tail)) + 1
    value = float(ordered[min(count - 1, math.ceil(level * count) - 1)])
    arm = math.inf
    if low >= 1 and high < count:
        arm = max(value - float(ordered[low - 1]), float(ordered[high]) - value)
    return Estimate(value, arm / float(stdtrit(count - 1, 1 - tail)), count)


def expected_loss(model: FiniteModel, score: Float, K: int, loss: TableLoss) -> Bounded:
    """The mean of the loss of one batch of K pairs."""
    law = sample_law(model, score[None], K, 1, loss)
    return Bounded(float(law.risks[0]), law.error)


def deviation_chance(
    model: FiniteModel, scores: Float, K: int, batches: int, t: float, loss: TableLoss = infonce_loss
) -> Bounded:
    """P(max_S |L̂(S) − L(S)| ≥ t) for n = K · batches pairs; arguments as of `sample_law`."""
    law = sample_law(model, scores, K, batches, loss)
    furthest = np.abs(law.losses - law.risks[:, None]).max(axis=0)
    # What lies as close to t as its rounding may count or not.
    sure, possible = (
        float(law.probability[furthest >= t + slack].sum()) for slack in (2 * law.error, -2 * law.error)
    )
    return between(sure, possible)


def minimiser_chance(
    model: FiniteModel, scores: Float, K: int, batches: int, t: float, loss: TableLoss = infonce_loss
) -> Bounded:
    """P(L(Ŝ) − min L ≥ t) for the minimiser Ŝ of L̂ on n = K · batches pairs, the worst one where several tie."""
    law = sample_law(model, scores, K, batches, loss)
    excess = law.risks - law.risks.min()
    lowest = law.losses.min(axis=0)
    # Losses closer than their rounding may tie, and an excess that close to t may reach it.
    sides = []
    for slack in (-2 * law.error, 2 * law.error):
        reaches = (excess >= t - slack)[:, None] & (law.losses <= lowest + max(slack, 0.0))
        sides.append(float(law.probability[reaches.any(axis=0)].sum()))
    return between(*sides)


def change_on(
    model: FiniteModel, K: int, loss: TableLoss, score: Float, other: Float | None = None
) -> Bounded:
    """The exact constant c of the loss of S, or of the difference of those of S and `other`, on the pairs of `model`.

    The largest K·|change| over all other pairs of the batch and all replacements of one pair.
    """
    rest = BatchLaw.of(model, K - 1)
    first, second = np.nonzero(model.joint)
    shape = (len(rest.probability), len(first))
    z1 = np.empty((*shape, K), dtype=np.int64)
    z2 = np.empty_like(z1)
    z1[..., 1:], z2[..., 1:] = rest.z1[:, None, :], rest.z2[:, None, :]
    z1[..., 0], z2[..., 0] = first, second
    cells = z1[..., :, None], z2[..., None, :]
    values = loss(score[cells])
    largest = float(np.abs(score).max())
    if other is not None:
        values = values - loss(other[cells])
        largest = max(largest, float(np.abs(other).max()))
    return change(values, K, largest)


def half_range(model: FiniteModel, score: Float) -> float:
    """The least B of |S − constant| ≤ B on the symbols that occur; no in-batch InfoNCE loss sees the constant."""
    seen = plain_array(score)[..., model.marginal1 > 0, :][..., model.marginal2 > 0]
    return max(float((seen.max(axis=(-1, -2)) - seen.min(axis=(-1, -2))).max()) / 2, SMALLEST_RANGE)


def mcdiarmid(n: int, t: float, c: float) -> Bounded:
    """exp(−2nt²/c²), which bounds the probability of a deviation t to one side at bounded differences c/n."""
    ratio = Bounded(t, 0.0) / c
    bound: Bounded = np.exp(-2 * n * ratio * ratio)
    return bound


def means(losses: Float, probability: Float, batches: int) -> tuple[Float, Float]:
    """The law of the mean of `batches` iid batch losses: values (..., outcomes) of losses (..., b), and probabilities.

    Raises
    ------
    ValueError : more than `OUTCOME_LIMIT` outcomes.
    """
    count = math.comb(len(probability) + batches - 1, batches)
    if count > OUTCOME_LIMIT:
        shown = f"batches = {batches} of {len(probability)} kinds"
        allowed = f"have at most {OUTCOME_LIMIT} outcomes, not {count}"
        raise refuse("batches", shown, allowed, "take fewer batches")
    if batches == 1:
        return losses, probability
    if batches == 2:
        first, second = np.triu_indices(len(probability))
        weight = np.where(first == second, 1.0, 2.0) * probability[first] * probability[second]
        return (losses[..., first] + losses[..., second]) / 2, weight
    counts = count_vectors(len(probability), batches)
    return losses @ (counts.T / batches), multinomial(counts, probability)


def between(low: float, high: float) -> Bounded:
    """A probability in [low, high], with the rounding of both.

    Probabilities are normalised exponentials of sums of logarithms of size 20 or less, and a million of them are added.
    """
    return Bounded((low + high) / 2, (high - low) / 2 + 1024 * UNIT * high)
