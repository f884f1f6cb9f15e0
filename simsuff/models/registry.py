"""The registry of models: a random example of each, for contract tests, strategies and lists."""

from collections.abc import Callable
from typing import Any

import numpy as np

from simsuff.models.base import Model
from simsuff.models.finite import FiniteModel
from simsuff.models.gaussian import GaussianModel
from simsuff.models.sphere import SphereModel
from simsuff.models.topic import SubsampledTopicModel, TopicModel, WordDropoutModel
from simsuff.numerics.validation import RNGLike, generator, require


def _gaussian(rng: np.random.Generator) -> Model:
    factor = rng.standard_normal((5, 10))
    joint = factor @ factor.T
    return GaussianModel(joint[:3, :3], joint[:3, 3:], joint[3:, 3:])


def _topic_subsampled(rng: np.random.Generator) -> Model:
    views = TopicModel.random(3, 4, 2, rng)
    return SubsampledTopicModel(views.topics, views.prior, 2, document_length=5)


EXAMPLES: dict[str, Callable[[np.random.Generator], Model]] = {
    "finite": lambda rng: FiniteModel(rng.dirichlet(np.ones(12)).reshape(4, 3)),
    "finite_views": lambda rng: FiniteModel.from_views(
        rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(5), size=3)
    ),
    "gaussian": _gaussian,
    "gaussian_correlations": lambda rng: GaussianModel.from_correlations(rng.uniform(0, 0.9, size=4)),
    "gaussian_additive_noise": lambda rng: GaussianModel.additive_noise(
        rng.gamma(2.0, size=4), rng.uniform(0.3, 1.0, size=4)
    ),
    "topic": lambda rng: TopicModel.random(3, 4, 3, rng),
    "topic_subsampled": _topic_subsampled,
    "word_dropout": lambda rng: WordDropoutModel(
        rng.dirichlet(np.ones(5), size=3), rng.dirichlet(np.ones(3))
    ),
    "sphere": lambda rng: SphereModel(int(rng.integers(1, 6)), float(rng.uniform(0.0, 8.0))),
}


def _seeded(make: Callable[[np.random.Generator], Model]) -> Callable[[RNGLike], Model]:
    """`make` for seeds, too."""
    return lambda rng: make(generator("rng", rng))


# name -> a function that draws an example from a Generator, or from a seed.
MODELS: dict[str, Callable[..., Model]] = {name: _seeded(make) for name, make in EXAMPLES.items()}

_KINDS: dict[str, type] = {}


def register_model(name: str, make: Callable[[np.random.Generator], Model]) -> None:
    """Let a model of your own take part in contract tests, `simsuff list` and strategies, by one call.

    Statements whose `model` is annotated with its class then draw it.

    Parameters
    ----------
    name : a new name for it.
    make : a function that draws an example from a NumPy Generator.

    Raises
    ------
    ValueError : for a name of another model.
    """
    kind = type(make(np.random.default_rng(0)))
    known = MODELS.get(name)
    allowed, way_out = f"be new, not one of {', '.join(MODELS)}", "rename it"
    require(known is None or _KINDS.get(name) is not None, "name", name, allowed, way_out)
    MODELS[name] = make
    _KINDS[name] = kind


def registered(kind: Any) -> list[Callable[[np.random.Generator], Model]]:
    """The examples that `register_model` was given for models of class `kind`."""
    return [MODELS[name] for name, own in _KINDS.items() if own is kind]
