"""What do exact truths cost: information and sufficiency of finite, Gaussian and topic models?"""

from typing import Any, ClassVar

import numpy as np

import simsuff as ss


class Finite:
    """A random joint law on n × n symbols, and labels that merge pairs of them."""

    params: ClassVar[Any] = ([4, 64, 512], ["kl", "squared_hellinger"])
    param_names: ClassVar[Any] = ["n", "divergence"]

    def setup(self, n: int, divergence: str) -> None:
        """Compile, and draw the law."""
        joint = np.random.default_rng(0).exponential(size=(n, n))
        self.model, self.labels = ss.FiniteModel(joint / joint.sum()), np.arange(n) // 2
        self.div = ss.divergence(divergence)
        self.time_information()
        self.time_sufficiency()

    def time_information(self, *_: Any) -> None:
        """I_f."""
        self.model.information(self.div)

    def time_sufficiency(self, *_: Any) -> None:
        """Suff_f."""
        self.model.sufficiency(self.labels, self.div)

    def track_evaluations_per_second(self, *_: Any) -> float:
        """Of sufficiency, a model each: what a search for counterexamples can try."""
        import time

        begin, count = time.perf_counter(), 0
        while time.perf_counter() - begin < 0.2:
            ss.FiniteModel(self.model.joint).sufficiency(self.labels, self.div)
            count += 1
        return count / (time.perf_counter() - begin)


class Stack:
    """A1 on 10,000 random n × n tables at once, each with its own labels, the tables checked each time."""

    params: ClassVar[Any] = ([3, 4], ["kl", "js", "squared_hellinger"])
    param_names: ClassVar[Any] = ["n", "divergence"]

    def setup(self, n: int, divergence: str) -> None:
        """Compile, and draw tables of which a few cells are empty."""
        rng = np.random.default_rng(0)
        joints = rng.gamma(0.6, size=(10_000, n, n)) * (rng.random((10_000, n, n)) > 0.05)
        joints[:, 0, 0] += 1e-3
        self.joints = joints / joints.sum(axis=(1, 2), keepdims=True)
        self.labels, self.div = rng.integers(0, n, size=(10_000, n)), ss.divergence(divergence)
        self.time_bregman()
        self.time_variational()

    def evaluate(self, id: str) -> None:
        """Both sides and the verdicts of one statement."""
        _ = ss.statements.get(id).evaluate_each(ss.FiniteStack(self.joints), self.labels, self.div).violated

    def time_bregman(self, *_: Any) -> None:
        """I_f(z₁; z₂) − I_f(T; z₂) = E_⊗ B_f(r, r_T)."""
        self.evaluate("A1")

    def time_variational(self, *_: Any) -> None:
        """I_f(z₁; z₂) − I_f(T; z₂) = inf_S R_f(S∘T) − inf_S R_f(S)."""
        self.evaluate("A1-variational")

    def track_evaluations_per_second(self, *_: Any) -> float:
        """Of A1, the best of ten stacks: what a search for counterexamples can try."""
        import time

        times = []
        for _ in range(10):
            begin = time.perf_counter()
            self.time_bregman()
            times.append(time.perf_counter() - begin)
        return len(self.joints) / min(times)


class Gaussian:
    """Closed forms and quadratures."""

    params: ClassVar[Any] = ([4, 64], ["kl", "chi2", "js"])
    param_names: ClassVar[Any] = ["d", "divergence"]

    def setup(self, d: int, divergence: str) -> None:
        """Compile, and build the model."""
        self.model = ss.GaussianModel.from_correlations(np.linspace(0.6, 0.1, d) / d**0.5)
        self.div = ss.divergence(divergence)
        self.weight = np.random.default_rng(0).standard_normal((2, d))
        self.time_information()
        self.time_sufficiency()

    def time_information(self, *_: Any) -> None:
        """I_f."""
        self.model.information(self.div)

    def time_sufficiency(self, *_: Any) -> None:
        """Suff_f of two random directions."""
        self.model.sufficiency(self.weight, self.div)


class Topic:
    """Enumeration of count vectors, and posteriors of large models."""

    def setup(self) -> None:
        """Compile; the small model is built anew when timed, because it remembers its table."""
        rng = np.random.default_rng(0)
        self.law = np.random.default_rng(1).dirichlet(np.ones(6), size=3)
        self.kl = ss.divergence("kl")
        self.large = ss.TopicModel.random(20, 2_000, words_per_view=100, rng=rng)
        self.documents = self.large.sample(1_000, rng)
        self.time_information()
        self.time_posterior()
        self.time_pmi()

    def time_information(self) -> None:
        """I_KL of 3 topics, 6 words, 4 words in a view, by enumeration."""
        ss.TopicModel(self.law, np.full(3, 1 / 3), words_per_view=4).information(self.kl)

    def time_posterior(self) -> None:
        """P(y | z) of 1,000 documents."""
        self.large.posterior(self.documents.z1)

    def time_pmi(self) -> None:
        """log r of 1,000 pairs of documents."""
        self.large.pmi(*self.documents)
