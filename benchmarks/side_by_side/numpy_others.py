"""How does NumPy train, sample and embed documents, in the fastest ways that its calls allow?"""

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from side_by_side.formulas import log_closed_by_hand
from side_by_side.library import frequencies, word_counts
from side_by_side.numpy_losses import NAMESPACE, infonce
from side_by_side.problem import Array, Builder, Builders, Call, Problem

DECAY1, DECAY2, FLOOR = 0.9, 0.999, 1e-8


def gaussian_pairs_of(rng: np.random.Generator, n: int, rho: Array) -> tuple[Array, Array]:
    """n pairs of standard normal vectors whose coordinates are correlated by `rho`."""
    normal = rng.standard_normal((n, 2 * len(rho)))
    white, other = normal[:, : len(rho)], normal[:, len(rho) :]
    return white, rho * white + np.sqrt(1 - rho**2) * other


def given_batches(problem: Problem) -> list[tuple[Array, Array]]:
    """The first batches that the seed gives: what every training loop is checked on."""
    options, rng = problem.options, np.random.default_rng(problem.options["seed"])
    rho = problem.arrays["correlations"]
    return [gaussian_pairs_of(rng, options["K"], rho) for _ in range(options["checked_steps"])]


def adam(weight: Array, batches: Any, learning_rate: float) -> Array:
    """The weights after one step for each batch."""
    weight = weight.copy()
    first, second = np.zeros_like(weight), np.zeros_like(weight)
    for step, (z1, z2) in enumerate(batches, start=1):
        _, du, dv = infonce(NAMESPACE, z1 @ weight.T, z2 @ weight.T, 1.0)
        gradient = du.T @ z1 + dv.T @ z2
        first += (1 - DECAY1) * (gradient - first)
        second += (1 - DECAY2) * (gradient * gradient - second)
        pace = np.sqrt(second / (1 - DECAY2**step)) + FLOOR
        weight -= learning_rate / (1 - DECAY1**step) * first / pace
    return weight


def training(count: int | None) -> Builder:
    """A builder of the whole loop, a batch drawn before each step; BLAS on `count` threads."""

    def build(problem: Problem) -> Call:
        options, arrays = problem.options, problem.arrays
        rng = np.random.default_rng(options["seed"])

        def drawn() -> Any:
            for _ in range(options["steps"]):
                yield gaussian_pairs_of(rng, options["K"], arrays["correlations"])

        def trained(batches: Any) -> tuple[Array, ...]:
            with threadpool_limits(count, user_api="blas"):
                return (adam(arrays["weight"], batches, options["learning_rate"]),)

        return Call(lambda: trained(drawn()), tuple, lambda: trained(given_batches(problem)))

    return build


def normals(problem: Problem) -> Call:
    """The Generator alone."""
    n, seed = problem.options["n"], problem.options["seed"]
    shape = (n // (2 * len(problem.arrays["correlations"])), 2 * len(problem.arrays["correlations"]))
    rng = np.random.default_rng(seed)
    check = lambda: (np.random.default_rng(seed).standard_normal(shape),)  # noqa: E731
    return Call(lambda: rng.standard_normal(shape), tuple, check)


def gaussian_pairs(problem: Problem) -> Call:
    """Normal numbers and the correlation."""
    rho, seed = problem.arrays["correlations"], problem.options["seed"]
    n, rng = problem.options["n"] // (2 * len(rho)), np.random.default_rng(seed)
    check = lambda: gaussian_pairs_of(np.random.default_rng(seed), n, rho)  # noqa: E731
    return Call(lambda: gaussian_pairs_of(rng, n, rho), tuple, check)


def documents_by(draw: Any) -> Any:
    """A builder for pairs of half-documents, whose halves `draw(rng, topics, y, words)` gives as counts (n, V)."""

    def build(problem: Problem) -> Call:
        topics, options = problem.arrays["topics"], problem.options
        rng = np.random.default_rng(options["seed"])
        prepared = draw(topics)

        def run() -> Any:
            y = rng.integers(len(topics), size=options["n"])
            return [prepared(rng, y, options["words"]) for _ in range(2)]

        return Call(run, lambda halves: tuple(frequencies(half, topics) for half in halves))

    return build


def multinomial(topics: Array) -> Any:
    """rng.multinomial, one call for each document."""
    return lambda rng, y, words: np.stack([rng.multinomial(words, topics[topic]) for topic in y])


def multinomials(topics: Array) -> Any:
    """rng.multinomial, one call for all documents of a topic."""

    def draw(rng: np.random.Generator, y: Array, words: int) -> Array:
        counts = np.empty((len(y), topics.shape[1]), dtype=np.int64)
        for topic in range(len(topics)):
            members = np.flatnonzero(y == topic)
            counts[members] = rng.multinomial(words, topics[topic], size=len(members))
        return counts

    return draw


def searched(topics: Array) -> Any:
    """Uniform numbers looked up in the distribution function of their topic, and a sparse tally."""
    cumulative = np.cumsum(topics, axis=1)
    cumulative[:, -1] = 1.0
    # One sorted table for all topics: topic y owns the interval (y, y + 1].
    table = (cumulative + np.arange(len(topics))[:, None]).ravel()
    V = topics.shape[1]

    def draw(rng: np.random.Generator, y: Array, words: int) -> Any:
        place = np.searchsorted(table, rng.random((len(y), words)) + y[:, None], side="right")
        return word_counts(np.minimum(place - V * y[:, None], V - 1), V)

    return draw


def aliased(topics: Array) -> Any:
    """Alias tables in NumPy calls, and a dense tally by bincount."""
    from simsuff.models.topic.sampling import alias_tables

    tables, V = alias_tables(topics), topics.shape[1]
    threshold, alias = tables.threshold.ravel(), tables.alias.ravel()

    def draw(rng: np.random.Generator, y: Array, words: int) -> Array:
        scaled = rng.random((len(y), words)) * V
        cell = scaled.astype(np.int64)
        place = cell + V * y[:, None]
        chosen = np.where(scaled - cell < threshold[place], cell, alias[place])
        chosen += V * np.arange(len(y))[:, None]
        return np.bincount(chosen.ravel(), minlength=V * len(y)).reshape(len(y), V)

    return draw


def topic_step(sparse: bool) -> Any:
    """A builder for the step of a softmax encoder on dense or sparse counts, by hand."""

    def build(problem: Problem) -> Call:
        arrays, V = problem.arrays, problem.options["V"]
        counts = [word_counts(arrays[name], V) for name in ("words1", "words2")]
        z1, z2 = counts if sparse else (z.toarray() for z in counts)

        def run() -> Any:
            u, v = (_softmax(z @ arrays["coefficients"] + arrays["bias"]) for z in (z1, z2))
            value, du, dv = log_closed_by_hand(NAMESPACE, u, v)
            du, dv = (p * (g - (p * g).sum(axis=1, keepdims=True)) for p, g in ((u, du), (v, dv)))
            return value, z1.T @ du + z2.T @ dv, du.sum(axis=0) + dv.sum(axis=0)

        return Call(run, lambda result: tuple(np.asarray(part) for part in result))

    return build


def _softmax(logits: Array) -> Array:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    law: Array = weights / weights.sum(axis=1, keepdims=True)
    return law


BUILDERS: Builders = {
    "training": {"1 thread": training(1), "all threads": training(None)},
    "normals": {"standard_normal": normals},
    "gaussian_pairs": {"standard_normal": gaussian_pairs},
    "documents": {
        "alias and bincount": documents_by(aliased),
        "searchsorted": documents_by(searched),
    },
    "documents_multinomial": {
        "multinomial by topic": documents_by(multinomials),
        "multinomial by document": documents_by(multinomial),
    },
    "topic_step": {"scipy.sparse": topic_step(True), "dense counts": topic_step(False)},
}
