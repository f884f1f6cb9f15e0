"""Hypothesis strategies for models, statistics, scores and divergences, and for the arguments of any statement.

They are public: other projects may draw from them in tests of their own.
"""

from simsuff.strategies.arguments import arguments_of, register
from simsuff.strategies.models import (
    additive_noise_models,
    channels,
    convex_generators,
    divergences,
    gaussian_models,
    joint_tables,
    label_vectors,
    noisy_sphere_models,
    permutation_models,
    probability_vectors,
    reversible_models,
    rotations,
    score_tables,
    sphere_models,
    stationary_models,
    unit_rows,
    view_models,
    weights,
)

__all__ = [
    "additive_noise_models",
    "arguments_of",
    "channels",
    "convex_generators",
    "divergences",
    "gaussian_models",
    "joint_tables",
    "label_vectors",
    "noisy_sphere_models",
    "permutation_models",
    "probability_vectors",
    "register",
    "reversible_models",
    "rotations",
    "score_tables",
    "sphere_models",
    "stationary_models",
    "unit_rows",
    "view_models",
    "weights",
]
