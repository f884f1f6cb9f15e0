"""Random finite models and labels, for studies, property tests and searches."""

import numpy as np
from numpy.typing import NDArray

from simsuff.models.finite import FiniteModel
from simsuff.numerics.validation import generator, integer, positive

Float = NDArray[np.float64]


def random_model(n1: int, n2: int, rng: np.random.Generator, concentration: float = 1.0) -> FiniteModel:
    """A `FiniteModel` whose joint table is Dirichlet; a small `concentration` gives near-zero cells."""
    integer("n1", n1, 1, "use at least one symbol")
    integer("n2", n2, 1, "use at least one symbol")
    return FiniteModel(_dirichlet(n1 * n2, 1, rng, concentration).reshape(n1, n2))


def random_views(nx: int, nz: int, rng: np.random.Generator, concentration: float = 1.0) -> FiniteModel:
    """A model of two views iid given x, with Dirichlet prior and channel rows."""
    integer("nx", nx, 1, "use at least one source symbol")
    integer("nz", nz, 1, "use at least one symbol")
    prior = _dirichlet(nx, 1, rng, 1.0)[0]
    return FiniteModel.from_views(prior, _dirichlet(nz, nx, rng, concentration))


def random_labels(n: int, groups: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`n` labels in 0, …, `groups` − 1, each group used where n allows."""
    labels = np.concatenate([np.arange(min(groups, n)), rng.integers(0, groups, size=max(0, n - groups))])
    shuffled: NDArray[np.int64] = rng.permutation(labels).astype(np.int64)
    return shuffled


def _dirichlet(size: int, rows: int, rng: np.random.Generator, concentration: float) -> Float:
    """Dirichlet rows bounded away from the subnormal numbers, so that every ratio stays finite."""
    positive("concentration", concentration, "1 is uniform on the simplex")
    table = generator("rng", rng).gamma(concentration, size=(rows, size)) + 1e-12
    normalised: Float = table / table.sum(axis=1, keepdims=True)
    return normalised
