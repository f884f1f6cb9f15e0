"""Topic models: documents of words, with disjoint halves or overlapping samples as views."""

from simsuff.models.topic.dropout import WordDropoutModel
from simsuff.models.topic.model import TopicModel
from simsuff.models.topic.subsampled import SubsampledTopicModel
from simsuff.models.topic.two_modality import TwoModalityTopicModel

__all__ = ["SubsampledTopicModel", "TopicModel", "TwoModalityTopicModel", "WordDropoutModel"]
