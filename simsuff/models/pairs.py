"""What does one sample of a model look like? Two aligned arrays of views."""

from typing import Any, NamedTuple

from numpy.typing import NDArray


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
