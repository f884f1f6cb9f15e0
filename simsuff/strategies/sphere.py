"""Which von Mises–Fisher pairs, and which points of the sphere, should a property be tried on?"""

import numpy as np
from hypothesis import strategies as st

from simsuff.models import NoisySphereModel, SphereModel
from simsuff.models.sphere.sampling import uniform
from simsuff.numerics.validation import Float

_LARGEST_DIMENSION, _LARGEST_CONCENTRATION = 5, 8.0


def sphere_models(max_dimension: int = _LARGEST_DIMENSION) -> st.SearchStrategy[SphereModel]:
    """Models with concentrations from 0 to 8."""
    kappa = st.one_of(st.floats(0.0, _LARGEST_CONCENTRATION), st.sampled_from([0.0, 1e-9, 1e-3]))
    return st.builds(SphereModel, st.integers(1, max_dimension), kappa)


def noisy_sphere_models(max_dimension: int = _LARGEST_DIMENSION) -> st.SearchStrategy[NoisySphereModel]:
    """Models with noise from 0.3 to 3."""
    return st.builds(NoisySphereModel, st.integers(1, max_dimension), st.floats(0.3, 3.0))


def unit_rows(dimension: int, rows: int = 4) -> st.SearchStrategy[Float]:
    """Points of the unit sphere, shape (rows, dimension)."""
    seeds = st.integers(0, 2**32 - 1)
    return seeds.map(lambda seed: uniform(rows, dimension, np.random.default_rng(seed)))
