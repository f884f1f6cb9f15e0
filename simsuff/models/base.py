"""What every model offers: pairs of views, the methods that studies rely on, and draws into buffers of compiled loops."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simsuff.divergences import Divergence
from simsuff.kernels.specialised import Specialised
from simsuff.numerics.numbers import Bounded


class Pairs(NamedTuple):
    """n draws of (z₁, z₂): row i of `z1` and row i of `z2` come from the same draw.

    Symbols are int64 arrays of shape (n,), vectors are float64 arrays of shape (n, d).

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> pairs = ss.SphereModel(3, 2.0).sample(100, np.random.default_rng(0))
    >>> pairs.z1.shape, pairs.z2.shape
    ((100, 3), (100, 3))
    >>> z1, z2 = pairs
    """

    z1: NDArray[Any]
    z2: NDArray[Any]


class Model(Protocol):
    """A law of (z₁, z₂) whose truth is known. Information is in nats and may be inf."""

    def sample(self, n: int, rng: np.random.Generator) -> Pairs:
        """`n` iid pairs."""

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> NDArray[np.float64]:
        """log r(z₁, z₂) of aligned pairs."""

    def information(self, div: Divergence) -> float:
        """I_f(z₁; z₂)."""

    def information_bounded(self, div: Divergence) -> Bounded:
        """I_f(z₁; z₂) with a bound or an estimate of its error."""

    def sufficiency(self, statistic: Any, div: Divergence) -> float:
        """Suff_f(T), T a statistic of z₁ (A1)."""

    def reduced(self, statistic: Any) -> "Model":
        """The model of (T(z₁), z₂)."""

    def swapped(self) -> "Model":
        """The model of (z₂, z₁)."""

    @property
    def canonical_correlations(self) -> NDArray[np.float64]:
        """Decreasing, in [0, 1]."""

    def optimal_encoder(self, k: int) -> Any:
        """A statistic of dimension `k`: E3 (Gaussian) or E8 (finite)."""


# draw(source, rng, z1, z2) fills the rows of z1 and z2, arrays or `SparseRows`, with the bits that `model.sample`
# gives, and advances `rng`.
DRAW = Specialised("draw")
draw = DRAW.function

# A batch of one view: a float64 array (K, d), int64 symbols (K,), or `SparseRows`.
Batch = Any
