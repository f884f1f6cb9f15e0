"""Topic models: documents of words, with disjoint halves or overlapping samples as views."""

from simsuff.models.topic.model import TopicModel
from simsuff.models.topic.subsampled import SubsampledTopicModel

__all__ = ["SubsampledTopicModel", "TopicModel"]
