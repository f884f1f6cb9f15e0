"""Hypothesis strategies for models, statistics and scores, and for the arguments of any statement."""

from simsuff.strategies.arguments import arguments_of
from simsuff.strategies.finite import (
    joint_tables,
    label_vectors,
    probability_vectors,
    score_tables,
    view_models,
)
from simsuff.strategies.gaussian import additive_noise_models, gaussian_models, weights

__all__ = [
    "additive_noise_models",
    "arguments_of",
    "gaussian_models",
    "joint_tables",
    "label_vectors",
    "probability_vectors",
    "score_tables",
    "view_models",
    "weights",
]
