"""Which models exist? One random example of each, for contract tests and searches."""

from collections.abc import Callable

import numpy as np

from simsuff.models.base import Model
from simsuff.models.finite import FiniteModel
from simsuff.models.gaussian import GaussianModel
from simsuff.models.topic import TopicModel
from simsuff.models.topic.subsampled import SubsampledTopicModel


def _finite(rng: np.random.Generator) -> Model:
    return FiniteModel(rng.dirichlet(np.ones(12)).reshape(4, 3))


def _finite_views(rng: np.random.Generator) -> Model:
    return FiniteModel.from_views(rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(5), size=3))


def _gaussian(rng: np.random.Generator) -> Model:
    factor = rng.standard_normal((5, 10))
    joint = factor @ factor.T
    return GaussianModel(joint[:3, :3], joint[:3, 3:], joint[3:, 3:])


def _gaussian_correlations(rng: np.random.Generator) -> Model:
    return GaussianModel.from_correlations(rng.uniform(0, 0.9, size=4))


def _gaussian_additive_noise(rng: np.random.Generator) -> Model:
    return GaussianModel.additive_noise(rng.gamma(2.0, size=4), rng.uniform(0.3, 1.0, size=4))


def _topic(rng: np.random.Generator) -> Model:
    return TopicModel.random(3, 4, 3, rng)


def _topic_subsampled(rng: np.random.Generator) -> Model:
    views = TopicModel.random(3, 4, 2, rng)
    return SubsampledTopicModel(views.topics, views.prior, 2, document_length=5)


# name -> a function that draws an example from a Generator; a new model adds one line.
MODELS: dict[str, Callable[[np.random.Generator], Model]] = {
    "finite": _finite,
    "finite_views": _finite_views,
    "gaussian": _gaussian,
    "gaussian_correlations": _gaussian_correlations,
    "gaussian_additive_noise": _gaussian_additive_noise,
    "topic": _topic,
    "topic_subsampled": _topic_subsampled,
}
