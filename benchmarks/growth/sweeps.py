"""What is made larger, and along which axis?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from side_by_side.inputs import embeddings
from side_by_side.machine import library_threads, processors

import simsuff as ss

Run = Callable[[], Any]


@dataclass(frozen=True)
class Sweep:
    """`build(value)` gives the call to measure at each value of an axis; `memory` where its peak is of interest."""

    name: str
    axis: str
    values: tuple[int, ...]
    build: Callable[[int], Run]
    memory: bool = False


def infonce(K: int, d: int, dtype: str = "float64") -> Run:
    """Identity link."""
    u, v = embeddings(K, d, dtype).values()
    return lambda: ss.losses.infonce(u, v, temperature=0.1)


def log_link(K: int, d: int) -> Run:
    """InfoNCE of non-negative embeddings."""
    u, v = embeddings(K, d, "float64", positive=True).values()
    return lambda: ss.losses.infonce(u, v, link="log")


def spectral(K: int, d: int) -> Run:
    """χ²."""
    u, v = embeddings(K, d, "float64").values()
    return lambda: ss.losses.spectral(u, v)


def f_contrastive(K: int) -> Run:
    """js with the row offset."""
    u, v = embeddings(K, 16, "float64").values()
    return lambda: ss.losses.f_contrastive(u, v, "js", temperature=0.1)


def on_threads(count: int) -> Run:
    """InfoNCE on so many threads."""
    call = infonce(4096, 16)

    def run() -> Any:
        with library_threads(count):
            return call()

    return run


def gaussian() -> ss.GaussianModel:
    """16 + 16 dimensions."""
    return ss.GaussianModel.from_correlations(np.linspace(0.95, 0.05, 16))


def adam(K: int) -> Run:
    """200 steps on fresh pairs."""
    model, encoder = gaussian(), ss.LinearEncoder.random(8, 16, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    return lambda: ss.fit(model, encoder, "infonce", batch=K, optimizer="adam", rng=rng, steps=200)


def lbfgs(n: int) -> Run:
    """20 steps on n pairs."""
    pairs = gaussian().sample(n, np.random.default_rng(0))
    encoder = ss.LinearEncoder.random(8, 16, np.random.default_rng(1))
    return lambda: ss.fit(pairs, encoder, "infonce", batch=100, optimizer="lbfgs", steps=20)


def gaussian_pairs(n: int) -> Run:
    """Sampling."""
    model, rng = gaussian(), np.random.default_rng(0)
    return lambda: model.sample(n, rng)


def documents(n: int, V: int) -> Run:
    """Sampling of half-documents of 100 words."""
    rng = np.random.default_rng(0)
    model = ss.TopicModel.random(20, V, words_per_view=100, rng=rng)
    return lambda: model.sample(n, rng)


def sufficiency(n: int) -> Run:
    """Exact, of a law on n × n symbols."""
    joint = np.random.default_rng(0).exponential(size=(n, n))
    model, div = ss.FiniteModel(joint / joint.sum()), ss.divergence("kl")
    return lambda: model.sufficiency(np.arange(n) // 2, div)


def doublings(first: int, last: int, factor: int = 2) -> tuple[int, ...]:
    """first, first·factor, … up to last."""
    values = [first]
    while values[-1] * factor <= last:
        values.append(values[-1] * factor)
    return tuple(values)


def sweeps() -> list[Sweep]:
    """All of them."""
    large, widths = doublings(1024, 262_144, 4), doublings(4, 64)
    return [
        Sweep("InfoNCE identity, d=16", "K", doublings(256, 8192), lambda K: infonce(K, 16), memory=True),
        Sweep("InfoNCE identity, d=16, f32", "K", doublings(256, 8192), lambda K: infonce(K, 16, "float32")),
        Sweep("InfoNCE identity, K=2048", "d", widths, lambda d: infonce(2048, d)),
        Sweep("InfoNCE identity, K=4096, d=16", "threads", doublings(1, processors()), on_threads),
        Sweep("InfoNCE log link, d=16", "K", large, lambda K: log_link(K, 16), memory=True),
        Sweep("InfoNCE log link, K=16384", "d", widths, lambda d: log_link(16_384, d)),
        Sweep("spectral (χ²), d=16", "K", large, lambda K: spectral(K, 16), memory=True),
        Sweep("spectral (χ²), K=16384", "d", widths, lambda d: spectral(16_384, d)),
        Sweep("f-contrastive js, d=16", "K", doublings(128, 2048), f_contrastive, memory=True),
        Sweep("Adam, 200 steps, d=8", "K", doublings(32, 512), adam),
        Sweep("L-BFGS, 20 steps, K=100", "n", doublings(1000, 16_000), lbfgs),
        Sweep("Gaussian pairs", "n", doublings(1000, 256_000, 4), gaussian_pairs),
        Sweep("documents, V=5000", "n", doublings(500, 8000), lambda n: documents(n, 5000)),
        Sweep("documents, n=1000", "V", doublings(500, 32_000, 4), lambda V: documents(1000, V)),
        Sweep("finite sufficiency", "n", doublings(32, 1024), sufficiency),
    ]
