"""What does training cost, sampling included?"""

from typing import Any, ClassVar

import numpy as np

import simsuff as ss


class Adam:
    """Fresh pairs for each step, a linear encoder from 16 to 8 dimensions."""

    params: ClassVar[Any] = ([64, 256], ["infonce", "spectral"])
    param_names: ClassVar[Any] = ["K", "loss"]

    def setup(self, K: int, loss: str) -> None:
        """Compile the loop; a shorter run might be left to the interpreter."""
        self.model = ss.GaussianModel.from_correlations(np.linspace(0.95, 0.05, 16))
        self.encoder = ss.LinearEncoder.random(8, 16, np.random.default_rng(0))
        self.time_200_steps(K, loss)

    def fit(self, K: int, loss: str, steps: int) -> Any:
        """The loop."""
        rng = np.random.default_rng(1)
        return ss.fit(self.model, self.encoder, loss, batch=K, optimizer="adam", rng=rng, steps=steps)

    def time_200_steps(self, K: int, loss: str) -> None:
        """A tenth of a usual run."""
        self.fit(K, loss, 200)


class Lbfgs:
    """Full batches: L-BFGS on fixed pairs."""

    params: ClassVar[Any] = ([1_000, 10_000],)
    param_names: ClassVar[Any] = ["n"]

    def setup(self, n: int) -> None:
        """Compile by a whole run."""
        model = ss.GaussianModel.from_correlations(np.linspace(0.95, 0.05, 16))
        self.pairs = model.sample(n, np.random.default_rng(0))
        self.encoder = ss.LinearEncoder.random(8, 16, np.random.default_rng(1))
        self.time_20_steps()

    def fit(self, steps: int) -> Any:
        """The minimiser, or `steps` steps towards it."""
        return ss.fit(self.pairs, self.encoder, "infonce", batch=100, optimizer="lbfgs", steps=steps)

    def time_20_steps(self, *_: Any) -> None:
        """Of 10,000 that are allowed."""
        self.fit(20)


class Sampling:
    """Pairs from models."""

    def setup(self) -> None:
        """Compile, and build the alias tables."""
        self.rng = np.random.default_rng(0)
        self.gaussian = ss.GaussianModel.from_correlations(np.linspace(0.95, 0.05, 16))
        self.topics = ss.TopicModel.random(20, 5_000, words_per_view=100, rng=self.rng)
        self.time_gaussian_pairs()
        self.time_documents()

    def time_gaussian_pairs(self) -> None:
        """10,000 pairs in 16 + 16 dimensions."""
        self.gaussian.sample(10_000, self.rng)

    def time_documents(self) -> None:
        """1,000 pairs of half-documents of 100 words from 5,000."""
        self.topics.sample(1_000, self.rng)
