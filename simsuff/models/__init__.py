"""Laws of two views whose truth is known exactly."""

from simsuff.models.base import Model
from simsuff.models.finite import FiniteModel
from simsuff.models.gaussian import GaussianModel, Signal
from simsuff.models.linear_map import LinearMap
from simsuff.models.lookup_map import LookupMap
from simsuff.models.pairs import Pairs
from simsuff.models.registry import MODELS
from simsuff.models.topic import TopicModel
from simsuff.models.topic_subsampled import SubsampledTopicModel

__all__ = [
    "MODELS",
    "FiniteModel",
    "GaussianModel",
    "LinearMap",
    "LookupMap",
    "Model",
    "Pairs",
    "Signal",
    "SubsampledTopicModel",
    "TopicModel",
]
