"""Laws and scores that the tests of population risks share."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from simsuff.models.finite import FiniteModel

Float = NDArray[np.float64]


def _random_case(seed: int, columns: int = 3) -> tuple[FiniteModel, Float]:
    """A law, often with cells near or equal to 0, and a score that is -inf in some of the empty cells."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(2, 4))
    joint = rng.dirichlet(np.full(rows * columns, rng.choice([0.1, 0.5, 2.0]))).reshape(rows, columns)
    joint[joint < rng.choice([0.0, 1e-3])] = 0
    score = rng.normal(scale=rng.choice([0.1, 1.0, 4.0]), size=joint.shape)
    score[(joint == 0) & (rng.random(joint.shape) < 0.5)] = -np.inf
    return FiniteModel(joint / joint.sum()), score


@pytest.fixture(scope="session")
def random_case() -> Callable[..., tuple[FiniteModel, Float]]:
    return _random_case
