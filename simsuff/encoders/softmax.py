"""Which encoder makes the topic model well specified? A rescaled softmax of an affine map of counts (F1)."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.protocol import Inputs, Linearised, flat_parameters
from simsuff.encoders.rows import Rows, frozen, input_rows, products, pulled, vector_of
from simsuff.encoders.softmax_rows import pull_rescaled_rows, rescaled_softmax_rows
from simsuff.numerics.validation import Float, generator, integer, positive, require_all

# exp(−746) is 0 in doubles: a topic this far below another has posterior 0.
VANISHING = 746.0


class TopicLawOf(Protocol):
    """What `SoftmaxEncoder.exact` needs to know of a model."""

    words_per_view: int

    @property
    def topics(self) -> Float:
        """β, shape (M, V)."""

    @property
    def prior(self) -> Float:
        """π, shape (M,)."""


class SoftmaxEncoder:
    """T(z) = scale ∘ softmax(zᵀC + b), non-negative features for counts z; the score is ⟨T(z₁), T(z₂)⟩.

    Under the log link a topic model is well specified with as many outputs as topics (F1). Inputs are real
    rows (..., V) or sparse rows (n, V). The flat parameters are C word by word, b, and log scale where it is
    learned. Adding a constant to a row of C or to b, or (under the log link) to log scale, changes no score.
    """

    def __init__(
        self,
        coefficients: ArrayLike,
        bias: ArrayLike,
        scale: ArrayLike | None = None,
        learn_scale: bool = True,
    ) -> None:
        """`coefficients` C (V, M), `bias` b (M,), `scale` (M,) positive, 1 unless given; raises ValueError otherwise."""
        matrix = frozen("coefficients", coefficients, 2)
        width = matrix.shape[1]
        stretch = np.ones(width) if scale is None else vector_of("scale", scale, width, "output")
        way_out = "leave scale out for a plain softmax"
        require_all(stretch > 0, "scale", stretch, "be positive", way_out)
        self._set(matrix, vector_of("bias", bias, width, "output"), np.log(stretch), bool(learn_scale))

    def _set(self, coefficients: Float, bias: Float, log_scale: Float, learn_scale: bool) -> None:
        self._coefficients, self._bias = coefficients, bias
        self._log_scale, self._learn_scale = log_scale, learn_scale

    @classmethod
    def random(
        cls,
        dim: int,
        inputs: int,
        rng: np.random.Generator,
        learn_scale: bool = True,
        spread: float | None = None,
    ) -> Self:
        """Independent N(0, spread²) coefficients, `spread` 1/√inputs unless given; no bias, scale 1."""
        integer("inputs", inputs, 1, "an encoder needs at least one input")
        integer("dim", dim, 1, "an encoder of rank 0 has no output")
        size = 1 / np.sqrt(inputs) if spread is None else positive("spread", spread)
        draws = generator("rng", rng).standard_normal((inputs, dim))
        return cls(size * draws, np.zeros(dim), learn_scale=learn_scale)

    @classmethod
    def exact(cls, model: TopicLawOf, learn_scale: bool = True) -> Self:
        """F1: T = (p_y/√π_y)_y, so that ⟨T(z₁), T(z₂)⟩ = r, over the topics with mass.

        A word that a topic lacks gets a coefficient so low that the posterior of that topic is exactly 0 for any
        document of up to `words_per_view` words that some topic can have written.
        """
        live = model.prior > 0
        topics, prior = model.topics[live], model.prior[live]
        lowest = np.log(topics[topics > 0].min()) * model.words_per_view + np.log(prior.min()) - VANISHING
        coefficients = np.where(topics > 0, np.log(np.where(topics > 0, topics, 1.0)), lowest)
        return cls(coefficients.T, np.log(prior), 1 / np.sqrt(prior), learn_scale)

    @property
    def coefficients(self) -> Float:
        """C, shape (V, M), read-only."""
        return self._coefficients

    @property
    def bias(self) -> Float:
        """b, shape (M,), read-only."""
        return self._bias

    @property
    def scale(self) -> Float:
        """The factor of each output, shape (M,)."""
        factors: Float = np.exp(self._log_scale)
        return factors

    @property
    def log_scale(self) -> Float:
        """The logarithm of `scale`, read-only."""
        return self._log_scale

    @property
    def learns_scale(self) -> bool:
        """Is the scale one of the parameters?"""
        return self._learn_scale

    @property
    def parameters(self) -> Float:
        """C word by word, b, and log scale where it is learned."""
        learned = [self._log_scale] if self._learn_scale else []
        return np.concatenate([self._coefficients.ravel(), self._bias, *learned])

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with C, b and a learned scale read from `theta`."""
        slopes, width = self._coefficients.size, self._bias.size
        vector = flat_parameters(theta, slopes + width * (1 + self._learn_scale)).copy()
        vector.flags.writeable = False
        log_scale = vector[slopes + width :] if self._learn_scale else self._log_scale
        moved = type(self).__new__(type(self))
        shape = self._coefficients.shape
        moved._set(
            vector[:slopes].reshape(shape), vector[slopes : slopes + width], log_scale, self._learn_scale
        )
        return moved

    def __call__(self, z: Inputs) -> Float:
        """The rescaled softmax of each row: (..., V) gives (..., M)."""
        return self._features([self._rows("z", z)])[0]

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """u = T(z₁) and v = T(z₂)."""
        return self.linearise(z1, z2).embeddings

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂θ, in the order of `parameters`."""
        return self.linearise(z1, z2).pullback(du, dv)

    def linearise(self, z1: Inputs, z2: Inputs) -> Linearised:
        """`embed`, and `pullback` from there."""
        sides = [self._rows("z1", z1), self._rows("z2", z2)]
        u, v = self._features(sides)
        return Linearised((u, v), lambda du, dv: self._pull(sides, [(u, du), (v, dv)]))

    def _rows(self, argument: str, z: Inputs) -> Rows:
        return input_rows(argument, z, self._coefficients.shape[0])

    def _features(self, sides: list[Rows]) -> list[Float]:
        found, scale = products(sides, self._coefficients), self.scale
        for logits in found:
            rescaled_softmax_rows(_flat(logits), self._bias, scale)
        return found

    def _pull(self, sides: list[Rows], pairs: list[tuple[Float, Float]]) -> Float:
        """The gradient from the features and the cotangents of each side."""
        rest, scale, logits = np.zeros((2, self._bias.size)), self.scale, []
        for features, cotangents in pairs:
            logits.append(np.array(_flat(cotangents), dtype=np.float64, order="C"))
            pull_rescaled_rows(_flat(features), scale, logits[-1], rest[0], rest[1])
        slopes = pulled(*zip(sides, logits, strict=True))
        return np.concatenate([slopes.ravel(), *rest[: 1 + self._learn_scale]])

    def __repr__(self) -> str:
        inputs, dim = self._coefficients.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs}, learn_scale={self._learn_scale})"


def _flat(values: Float) -> Float:
    """All rows of a stack, one below the other."""
    return values.reshape(-1, values.shape[-1])
