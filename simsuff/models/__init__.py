"""Laws of two views whose truth is known exactly."""

from simsuff.models.base import Model, Pairs
from simsuff.models.finite import FiniteLaw, FiniteModel, FiniteStack
from simsuff.models.gaussian import GaussianModel, Signal
from simsuff.models.maps import LinearMap, LookupMap
from simsuff.models.registry import MODELS, register_model
from simsuff.models.sphere import NoisySphereModel, ProjectedSphereModel, SphereModel
from simsuff.models.topic import SubsampledTopicModel, TopicModel, TwoModalityTopicModel, WordDropoutModel

__all__ = [
    "MODELS",
    "FiniteLaw",
    "FiniteModel",
    "FiniteStack",
    "GaussianModel",
    "LinearMap",
    "LookupMap",
    "Model",
    "NoisySphereModel",
    "Pairs",
    "ProjectedSphereModel",
    "Signal",
    "SphereModel",
    "SubsampledTopicModel",
    "TopicModel",
    "TwoModalityTopicModel",
    "WordDropoutModel",
    "register_model",
]
