"""Hypothesis strategies for models, statistics, scores and divergences, and for the arguments of any statement.

They are public: other projects may draw from them in tests of their own.
"""

from simsuff.strategies.arguments import arguments_of, register
from simsuff.strategies.finite import (
    channels,
    joint_tables,
    label_vectors,
    probability_vectors,
    score_tables,
    view_models,
)
from simsuff.strategies.gaussian import additive_noise_models, gaussian_models, rotations, weights
from simsuff.strategies.generators import convex_generators, divergences
from simsuff.strategies.sphere import noisy_sphere_models, sphere_models, unit_rows
from simsuff.strategies.stationary import permutation_models, reversible_models, stationary_models

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
