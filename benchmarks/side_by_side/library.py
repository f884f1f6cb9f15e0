"""How does simsuff itself compute each kind of workload? Through its public names only."""

from typing import Any

import numpy as np
from scipy import sparse

import simsuff as ss
from side_by_side.machine import library_threads
from side_by_side.problem import Array, Builders, Call, Problem, as_arrays


def infonce(problem: Problem) -> Call:
    """InfoNCE, identity link."""
    u, v, temperature = problem.arrays["u"], problem.arrays["v"], problem.options["temperature"]
    return Call(lambda: ss.losses.infonce(u, v, temperature=temperature), as_arrays)


def log_infonce(problem: Problem) -> Call:
    """InfoNCE, log link at temperature 1."""
    u, v = problem.arrays["u"], problem.arrays["v"]
    return Call(lambda: ss.losses.infonce(u, v, link="log"), as_arrays)


def spectral(problem: Problem) -> Call:
    """χ²."""
    u, v = problem.arrays["u"], problem.arrays["v"]
    return Call(lambda: ss.losses.spectral(u, v), as_arrays)


def f_contrastive(problem: Problem) -> Call:
    """Any f with the row offset."""
    u, v, options = problem.arrays["u"], problem.arrays["v"], problem.options
    div = ss.divergence(options["divergence"])
    return Call(lambda: ss.losses.f_contrastive(u, v, div, temperature=options["temperature"]), as_arrays)


def training(problem: Problem) -> Call:
    """`fit` on fresh Gaussian pairs; its first steps are compared on the batches that the seed gives."""
    model = ss.GaussianModel.from_correlations(problem.arrays["correlations"])
    encoder = ss.LinearEncoder(problem.arrays["weight"])
    options = problem.options
    settings: dict[str, Any] = {"batch": options["K"], "learning_rate": options["learning_rate"]}

    def fitted(steps: int) -> Any:
        rng = np.random.default_rng(options["seed"])
        return ss.fit(model, encoder, "infonce", optimizer="adam", rng=rng, steps=steps, **settings)

    def trained(steps: int) -> tuple[Array, ...]:
        return (fitted(steps).encoder.weight,)

    return Call(lambda: fitted(options["steps"]), as_arrays, lambda: trained(options["checked_steps"]))


def normals(problem: Problem) -> Call:
    """The normal numbers of a Gaussian model with independent views, which are its pairs; on one thread."""
    return _sampled(problem, np.zeros(len(problem.arrays["correlations"])), lambda z: (np.hstack(z),))


def gaussian_pairs(problem: Problem) -> Call:
    """Correlated pairs, on one thread."""
    return _sampled(problem, problem.arrays["correlations"], as_arrays)


def _sampled(problem: Problem, correlations: Array, read: Any) -> Call:
    model, seed = ss.GaussianModel.from_correlations(correlations), problem.options["seed"]
    n, rng = problem.options["n"] // (2 * len(correlations)), np.random.default_rng(seed)

    def sample(rng: np.random.Generator) -> Any:
        with library_threads(1):
            return model.sample(n, rng)

    return Call(lambda: sample(rng), read, lambda: read(sample(np.random.default_rng(seed))))


def documents(problem: Problem) -> Call:
    """Pairs of half-documents as word counts, on one thread."""
    topics, options = problem.arrays["topics"], problem.options
    prior = np.full(len(topics), 1 / len(topics))
    model = ss.TopicModel(topics, prior, words_per_view=options["words"])
    rng = np.random.default_rng(options["seed"])

    def run() -> Any:
        with library_threads(1):
            return model.sample(options["n"], rng)

    return Call(run, lambda pairs: tuple(frequencies(counts, topics) for counts in pairs))


def topic_step(problem: Problem) -> Call:
    """Embed, loss and pullback of a softmax encoder on sparse counts."""
    arrays = problem.arrays
    V = problem.options["V"]
    z1, z2 = (word_counts(arrays[name], V) for name in ("words1", "words2"))
    encoder = ss.SoftmaxEncoder(arrays["coefficients"], arrays["bias"], learn_scale=False)

    def run() -> tuple[Any, ...]:
        (u, v), pullback = encoder.linearise(z1, z2)
        value, du, dv = ss.losses.infonce(u, v, link="log")
        return value, pullback(du, dv)

    def read(result: Any) -> tuple[Array, ...]:
        value, gradient = result
        slopes = gradient[: arrays["coefficients"].size].reshape(arrays["coefficients"].shape)
        return np.asarray(value), slopes, gradient[arrays["coefficients"].size :]

    return Call(run, read)


def word_counts(words: Array, V: int) -> Any:
    """Documents (n, N) word by word as sparse counts (n, V) of float64."""
    rows = np.repeat(np.arange(len(words)), words.shape[1])
    counts = sparse.coo_array((np.ones(words.size), (rows, words.ravel())), shape=(len(words), V))
    return sparse.csr_array(counts)


def frequencies(counts: Any, topics: Array) -> Array:
    """The standardised difference of each word's frequency from its law: what two samplers can share."""
    n, length = counts.shape[0], counts.sum() / counts.shape[0]
    law = topics.mean(axis=0)
    # Words of one document share a topic: the variance of a count is that of its mean given the topic, and its own.
    spread = np.sqrt(n * (length * law + length**2 * topics.var(axis=0)))
    scores: Array = (np.asarray(counts.sum(axis=0)).ravel() - n * length * law) / spread
    return scores


BUILDERS: Builders = {
    "infonce": {"infonce": infonce},
    "infonce_shortcut": {"infonce": infonce},
    "log_dense": {"infonce": log_infonce},
    "log_closed": {"infonce": log_infonce},
    "spectral_dense": {"spectral": spectral},
    "spectral_closed": {"spectral": spectral},
    "f_contrastive": {"f_contrastive": f_contrastive},
    "training": {"fit": training},
    "normals": {"GaussianModel.sample": normals},
    "gaussian_pairs": {"GaussianModel.sample": gaussian_pairs},
    "documents": {"TopicModel.sample": documents},
    "documents_multinomial": {"TopicModel.sample": documents},
    "topic_step": {"SoftmaxEncoder": topic_step},
}
