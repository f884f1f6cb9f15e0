"""Which random stream does a replicate get? One that depends on nothing but its own name."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from simsuff.studies.grid import canonical, plain


def seed_sequence(
    seed: int, study: str, experiment: str, cell: Mapping[str, Any], replicate: int
) -> np.random.SeedSequence:
    """The seed of one replicate, independent of workers, order, and of the other points of the grid."""
    name = f"{study}:{experiment}{canonical(plain('cell', cell))}"
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]
    return np.random.SeedSequence(seed, spawn_key=(*words, replicate))


def stream(
    seed: int, study: str, experiment: str, cell: Mapping[str, Any], replicate: int
) -> np.random.Generator:
    """The Generator of one replicate."""
    return np.random.default_rng(seed_sequence(seed, study, experiment, cell, replicate))
