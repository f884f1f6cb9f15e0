"""Random finite models and labels, for studies, property tests and searches."""

import numpy as np
from numpy.typing import NDArray

from simsuff.models.finite import FiniteModel
from simsuff.numerics.validation import Float, RNGLike, generator, integer, positive


def random_model(n1: int, n2: int, rng: RNGLike, concentration: float = 1.0) -> FiniteModel:
    """A `FiniteModel` whose joint table is Dirichlet; a small `concentration` gives near-zero cells."""
    integer("n1", n1, 1, "use at least one symbol")
    integer("n2", n2, 1, "use at least one symbol")
    return FiniteModel(_dirichlet(n1 * n2, 1, generator("rng", rng), concentration).reshape(n1, n2))


def random_views(nx: int, nz: int, rng: RNGLike, concentration: float = 1.0) -> FiniteModel:
    """A model of two views iid given x, with Dirichlet prior and channel rows."""
    integer("nx", nx, 1, "use at least one source symbol")
    integer("nz", nz, 1, "use at least one symbol")
    source = generator("rng", rng)
    prior = _dirichlet(nx, 1, source, 1.0)[0]
    return FiniteModel.from_views(prior, _dirichlet(nz, nx, source, concentration))


def reversible_views(n: int, rng: RNGLike, concentration: float = 1.0) -> FiniteModel:
    """Views in the space of x: a channel of n symbols in detailed balance with the law of x, which it preserves."""
    joint = _symmetric(n, generator("rng", rng), concentration)
    prior = joint.sum(axis=1)
    return FiniteModel.from_views(prior, joint / prior[:, None])


def permutation_views(n: int, count: int, rng: RNGLike) -> FiniteModel:
    """Views of a uniform x by one of `count` random permutations of n symbols: reversible only by chance."""
    integer("n", n, 1, "use at least one symbol")
    source = generator("rng", rng)
    weights = _dirichlet(integer("count", count, 1, "mix at least one permutation"), 1, source, 1.0)[0]
    channel = sum(weight * np.eye(n)[source.permutation(n)] for weight in weights)
    return FiniteModel.from_views(np.full(n, 1 / n), np.asarray(channel))


def stationary_views(n: int, rng: RNGLike, concentration: float = 1.0) -> FiniteModel:
    """Views in the space of x by a random walk after a block of symbols was drawn anew: not reversible, any law."""
    source = generator("rng", rng)
    joint = _symmetric(n, source, concentration)
    prior = joint.sum(axis=1)
    blocks = random_labels(n, max(1, n // 2), source)
    inside = np.where(blocks[:, None] == blocks, prior, 0.0)
    channel = (joint / prior[:, None]) @ (inside / inside.sum(axis=1, keepdims=True))
    return FiniteModel.from_views(prior, channel)


def random_labels(n: int, groups: int, rng: RNGLike) -> NDArray[np.int64]:
    """`n` labels in 0, …, `groups` − 1, each group used where n allows."""
    source = generator("rng", rng)
    labels = np.concatenate([np.arange(min(groups, n)), source.integers(0, groups, size=max(0, n - groups))])
    return source.permutation(labels).astype(np.int64)


def _symmetric(n: int, rng: np.random.Generator, concentration: float) -> Float:
    """A symmetric joint table (n, n)."""
    integer("n", n, 1, "use at least one symbol")
    table = _dirichlet(n * n, 1, rng, concentration).reshape(n, n)
    return (table + table.T) / 2


def _dirichlet(size: int, rows: int, rng: np.random.Generator, concentration: float) -> Float:
    """Dirichlet rows bounded away from the subnormal numbers, so that every ratio stays finite."""
    positive("concentration", concentration, "1 is uniform on the simplex")
    table = rng.gamma(concentration, size=(rows, size)) + 1e-12
    return np.asarray(table / table.sum(axis=1, keepdims=True))
