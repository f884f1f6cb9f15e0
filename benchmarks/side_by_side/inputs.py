"""On which inputs do all contenders work? Drawn from a fixed seed, at the shapes that a row names."""

from typing import Any

import numpy as np

from side_by_side.problem import Array, Problem

SEED = 20_240_517

# Digits that all contenders must share.
TOLERANCE = {"float64": 1e-6, "float32": 1e-4}

TEMPERATURE = 0.1

# Steps of training that all contenders repeat on given batches; `fit` leaves runs below 100 to the interpreter.
CHECKED_STEPS = 150

# Square root of the factor on scores: from at most 10 for unit vectors to at most 500.
ROBUST_SCALE = 50**0.5


def embeddings(K: int, d: int, dtype: str, scale: float = 1.0, positive: bool = False) -> dict[str, Array]:
    """u and v (K, d) of norm `scale`, v a noisy copy of u; `positive` takes absolute values."""
    rng = np.random.default_rng(SEED)
    u = _unit(rng.standard_normal((K, d)))
    v = _unit(u + rng.standard_normal((K, d)) / d**0.5)
    if positive:
        u, v = np.abs(u), np.abs(v)
    return {name: np.ascontiguousarray(scale * x, dtype=dtype) for name, x in (("u", u), ("v", v))}


def _unit(x: Array) -> Array:
    unit: Array = x / np.linalg.norm(x, axis=1, keepdims=True)
    return unit


def loss_problem(kind: str, K: int, d: int, dtype: str = "float64", **options: Any) -> Problem:
    """A loss of `kind` on K pairs: unit vectors at temperature 0.1, scaled up for the robust path."""
    scale = ROBUST_SCALE if options.pop("robust", False) else 1.0
    arrays = embeddings(K, d, dtype, scale, positive=kind.startswith("log"))
    shared = {"K": K, "d": d, "dtype": dtype, "temperature": TEMPERATURE, "scale": scale}
    return Problem(kind, arrays, shared | options, TOLERANCE[dtype])


def training_problem(K: int, steps: int, inputs: int = 16, dim: int = 8) -> Problem:
    """A linear encoder on Gaussian pairs with correlations from 0.95 down to 0.05, Adam at 0.01."""
    rng = np.random.default_rng(SEED)
    weight = rng.standard_normal((dim, inputs)) / inputs**0.5
    arrays = {"weight": weight, "correlations": np.linspace(0.95, 0.05, inputs)}
    options = {
        "K": K,
        "d": dim,
        "steps": steps,
        "learning_rate": 0.01,
        "checked_steps": CHECKED_STEPS,
        "seed": SEED,
    }
    return Problem("training", arrays, options)


def normals_problem(n: int, inputs: int = 16, kind: str = "normals") -> Problem:
    """n standard normal numbers, or n/(2·inputs) Gaussian pairs."""
    options = {"n": n, "seed": SEED}
    return Problem(kind, {"correlations": np.linspace(0.95, 0.05, inputs)}, options)


def topic_law(M: int, V: int) -> Array:
    """M topics on V words, Dirichlet(1) each."""
    rng = np.random.default_rng(SEED)
    weights = rng.gamma(1.0, size=(M, V)) + 1e-12
    law: Array = weights / weights.sum(axis=1, keepdims=True)
    return law


def documents_problem(
    V: int, n: int = 2_000, M: int = 20, words: int = 100, kind: str = "documents"
) -> Problem:
    """Pairs of word counts of n documents, `words` words in each half."""
    options = {"n": n, "words": words, "seed": SEED}
    return Problem(kind, {"topics": topic_law(M, V)}, options)


def topic_step_problem(K: int, V: int = 2_000, M: int = 20, words: int = 100) -> Problem:
    """K pairs of documents word by word, and a softmax encoder with M outputs."""
    rng = np.random.default_rng(SEED)
    topics = topic_law(M, V)
    chosen = rng.integers(M, size=K)
    halves = [np.stack([rng.choice(V, words, p=topics[y]) for y in chosen]) for _ in range(2)]
    coefficients = rng.standard_normal((V, M)) / V**0.5
    arrays = {"words1": halves[0], "words2": halves[1], "coefficients": coefficients, "bias": np.zeros(M)}
    return Problem("topic_step", arrays, {"K": K, "V": V, "M": M})
