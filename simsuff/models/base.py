"""What can every model do? The contract that studies, statements and tests rely on."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences import Divergence
from simsuff.models.pairs import Pairs
from simsuff.numerics.numbers import Bounded


class Model(Protocol):
    """A law of (z₁, z₂) whose truth is known. Information is in nats and may be inf."""

    def sample(self, n: int, rng: np.random.Generator) -> Pairs:
        """`n` iid pairs."""
        ...

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> NDArray[np.float64]:
        """log r(z₁, z₂) of aligned pairs."""
        ...

    def information(self, div: Divergence) -> float:
        """I_f(z₁; z₂)."""
        ...

    def information_bounded(self, div: Divergence) -> Bounded:
        """I_f(z₁; z₂) with a bound or an estimate of its error."""
        ...

    def sufficiency(self, statistic: Any, div: Divergence) -> float:
        """Suff_f(T), T a statistic of z₁ (A1)."""
        ...

    def reduced(self, statistic: Any) -> "Model":
        """The model of (T(z₁), z₂)."""
        ...

    def swapped(self) -> "Model":
        """The model of (z₂, z₁)."""
        ...

    @property
    def canonical_correlations(self) -> NDArray[np.float64]:
        """Decreasing, in [0, 1]."""
        ...

    def optimal_encoder(self, k: int) -> Any:
        """A statistic of dimension `k`: E3 (Gaussian) or E8 (finite)."""
        ...
