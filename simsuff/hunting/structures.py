"""The shapes that a hunt goes through for the names of the vocabulary, small ones first.

What is built here only tells shapes and discrete arguments: the numbers come from the starts and from the optimisers.
Names and classes beyond these are drawn by the strategies.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simsuff.divergences import Divergence, divergence
from simsuff.downstream import FiniteClassification, FiniteRegression, GaussianRegression, PairRegression
from simsuff.hunting.forms import Span
from simsuff.models import FiniteModel, FiniteStack, GaussianModel, SubsampledTopicModel, TopicModel
from simsuff.statements import Statement
from simsuff.statements.vocabulary import DIVERGENCES, law_among

# Ranges of numbers that are searched; of laws and targets, their parts know them.
SPANS: Mapping[str, Span] = {
    "score": (-8.0, 8.0),
    "shift": (-8.0, 8.0),
    "features": (-2.0, 2.0),
    "coefficients": (-8.0, 8.0),
    "statistic": (-5.0, 5.0),
    "weight": (-5.0, 5.0),
    "z1": (-3.0, 3.0),
    "z2": (-3.0, 3.0),
    "constant": (1.0, 4.0),
    "M": (1.01, 1e4),
    "delta": (1e-4, 1e-2),
    "kappa": (1e-6, 2.0),
    "c1": (1.001, 100.0),
    "correlation": (0.05, 0.95),
    "spread": (0.5, 3.0),
    "signal_variances": (0.2, 5.0),
    "noise_std": (0.3, 3.0),
}


def _uniform(*shape: int) -> Any:
    return np.full(shape, 1 / np.prod(shape))


def _rows(rows: int, columns: int) -> Any:
    return np.full((rows, columns), 1 / columns)


def _reals(*shape: int) -> Any:
    return np.linspace(0.2, 0.8, int(np.prod(shape))).reshape(shape)


@dataclass
class Choosing:
    """What is chosen for the arguments of one statement, in their order: later ones fit earlier ones.

    Attributes
    ----------
    level : alphabets have from 2 to level + 2 symbols.
    chosen : the arguments so far.
    kinds : the classes that the annotation of the argument names.
    """

    rng: np.random.Generator
    level: int
    chosen: dict[str, Any] = field(default_factory=dict)
    kinds: tuple[type, ...] = ()

    def size(self) -> int:
        return int(self.rng.integers(2, self.level + 3))

    def below(self, count: int) -> int:
        """A number from 1 to `count`."""
        return int(self.rng.integers(1, count + 1))

    def kind(self, *known: type) -> type:
        """One of the known classes that the annotation admits, the first without one."""
        admitted = [kind for kind in known if kind in self.kinds] or [known[0]]
        return admitted[int(self.rng.integers(len(admitted)))]

    @property
    def law(self) -> Any:
        """The law of (z₁, z₂) of the arguments so far; None without one."""
        return law_among(self.chosen)

    def inputs(self, side: int = 1) -> int:
        return 1 if self.law is None else len(self.law.cov11 if side == 1 else self.law.cov22)

    def views(self) -> FiniteModel:
        nx = self.size()
        return FiniteModel.from_views(_uniform(nx), _rows(nx, self.size()))

    def noise(self) -> GaussianModel:
        return GaussianModel.additive_noise(np.ones(self.below(3)), 1.0)

    def model(self) -> Any:
        """A law without further conditions."""
        if self.kind(FiniteModel, GaussianModel) is FiniteModel:
            return FiniteModel(_uniform(self.size(), self.size()))
        d = self.below(3)
        return GaussianModel(np.eye(d), 0.5 * np.eye(d), np.eye(d))

    def task(self) -> Any:
        """A target on x and on views."""
        if self.kind(FiniteRegression, GaussianRegression) is GaussianRegression:
            noise = self.noise()
            return GaussianRegression(noise, _reals(len(noise.cov11)))
        views = self.views()
        return FiniteRegression(views, _reals(len(np.asarray(views.prior))), _reals(views.shape[1]))

    def pairs(self) -> PairRegression:
        """A target on two halves."""
        n = self.size()
        return PairRegression(FiniteModel(_uniform(n, n)), np.zeros((n, n)), _reals(n))

    def document(self) -> FiniteRegression:
        """A target on documents and on their sub-samples."""
        words = self.below(2)
        laws = _rows(2, 2) + np.array([[0.3, -0.3], [-0.3, 0.3]])
        model = SubsampledTopicModel(laws, _uniform(2), words, words + self.below(2)).to_finite()
        return FiniteRegression(model, _reals(len(np.asarray(model.prior))), _reals(model.shape[1]))

    def classification(self) -> FiniteClassification:
        labels, n = min(3, self.size()), self.size()
        if self.rng.random() < 0.5:
            nx = self.size()
            return FiniteClassification.from_augmentation(_uniform(labels, nx), _rows(nx, n))
        return FiniteClassification.from_pairs(_uniform(labels, n, n))

    def topics(self) -> TopicModel:
        count = int(self.rng.integers(2, 4))
        return TopicModel(_rows(count, int(self.rng.integers(2, 4))), _uniform(count), self.below(3))

    def labels(self, size: int) -> Any:
        """A partition; in three of four cases one that merges symbols, for others lose nothing."""
        top = size if self.rng.random() < 0.25 else max(1, size - 1)
        return np.unique(self.rng.integers(0, top, size), return_inverse=True)[1].astype(np.int64)

    def statistic(self) -> Any:
        return self.weight() if isinstance(self.law, GaussianModel) else self.labels(self.law.shape[0])

    def weight(self) -> Any:
        return np.eye(self.inputs())[: self.below(self.inputs())] + 0.1

    def rank(self) -> int:
        if "coefficients" in self.chosen:
            return self.below(len(self.chosen["coefficients"]))
        law = self.law
        sizes = law.shape if isinstance(law, FiniteModel) else (len(law.cov11), len(law.cov22))
        return self.below(min(sizes))


CHOICES: Mapping[str, Callable[[Choosing], Any]] = {
    "model": Choosing.model,
    "views": lambda c: c.noise() if c.kind(FiniteModel, GaussianModel) is GaussianModel else c.views(),
    "full_model": lambda c: FiniteModel(_uniform(c.size(), c.size())),
    "exchangeable": lambda c: FiniteModel(_uniform(*[c.size()] * 2)),
    "topic_model": Choosing.topics,
    "task": Choosing.task,
    "document_task": Choosing.document,
    "halves_task": Choosing.pairs,
    "classification": Choosing.classification,
    "labels": lambda c: c.labels(c.law.shape[0]),
    "statistic": Choosing.statistic,
    "coarser": lambda c: c.labels(int(c.chosen["labels"].max()) + 1),
    "columns": lambda c: c.labels(c.law.shape[1]),
    "noise": lambda c: _rows(c.law.shape[1], c.size()),
    "label_function": lambda c: _rows(*c.chosen["classification"].joint_yz.T.shape),
    "predictor": lambda c: _rows(
        int(c.chosen["statistic"].max()) + 1, len(c.chosen["classification"].joint_yz)
    ),
    "label_channel": lambda c: _rows(len(c.chosen["prior"]), 2),
    "divergence": lambda c: divergence(DIVERGENCES[int(c.rng.integers(len(DIVERGENCES)))]),
    "score": lambda c: _reals(*c.law.shape),
    "shift": lambda c: _reals(c.law.shape[0]),
    "features": lambda c: _reals(c.law.shape[0], c.below(3)),
    "K": lambda c: int(c.rng.integers(2, 4 + c.level)),
    "prior": lambda c: _uniform(c.size()),
    "channel": lambda c: _rows(len(c.chosen["prior"]), c.size()),
    "split": lambda c: _rows(c.chosen["channel" if "channel" in c.chosen else "prior"].shape[-1], 2),
    "weight": Choosing.weight,
    "k": Choosing.rank,
    "z1": lambda c: _reals(3, c.inputs(1)),
    "z2": lambda c: _reals(3, c.inputs(2)),
    "terms": lambda c: c.below(60),
    "signal_variances": lambda c: _reals(c.below(3)),
    "coefficients": lambda c: _reals(len(c.chosen["signal_variances"])),
}
# Numbers by themselves, in the middle of their range.
NUMBERS = ("constant", "M", "delta", "kappa", "c1", "correlation", "spread", "noise_std")
# Classes that the choices above are of; an annotation with another one is left to the strategies.
CLASSES = (
    FiniteModel,
    FiniteStack,
    GaussianModel,
    FiniteRegression,
    GaussianRegression,
    PairRegression,
    FiniteClassification,
    TopicModel,
    SubsampledTopicModel,
    Divergence,
)


def is_known(statement: Statement) -> bool:
    """Whether the names and classes of all arguments are among those above."""
    from_here = all(name in CHOICES or name in NUMBERS for name in statement.arguments)
    kinds = [kind for classes in statement.kinds.values() for kind in classes]
    return from_here and all(kind in CLASSES for kind in kinds)


def structures(statement: Statement, count: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """`count` dicts of arguments, small alphabets first."""
    for i in range(count):
        choosing = Choosing(rng, LEVELS[i * len(LEVELS) // count])
        for name in statement.arguments:
            choosing.kinds = statement.kinds.get(name, ())
            if name in NUMBERS:
                low, high = SPANS[name]
                choosing.chosen[name] = (low * high) ** 0.5
            else:
                choosing.chosen[name] = CHOICES[name](choosing)
        yield choosing.chosen


# Half of the structures have at most three symbols, few have more than four.
LEVELS = (0, 1, 1, 1, 2, 2)
