"""Softmax encoders of counts, rescaled: what makes the topic model well specified (F1)."""

# ruff: noqa: ARG001 - all maps are called alike

from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.compiled import (
    CompiledEncoder,
    KernelEncoder,
    flat_parameters,
    frozen,
    in_compiled_loops,
    vector_of,
)
from simsuff.kernels.elementary import exp
from simsuff.kernels.jit import jit, wide
from simsuff.kernels.sparse_rows import add_outer, times
from simsuff.numerics.validation import Float, RNGLike, generator, integer, positive, require_all

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


class SoftmaxMap(NamedTuple):
    """z ↦ scale ∘ softmax(zᵀC + b); θ = C (inputs, dim), b and, where it `learns_scale`, log scale (else fixed)."""

    inputs: int
    dim: int
    learns_scale: bool
    log_scale: Float


@jit
def exp_all(x: Float) -> None:
    wide()
    for i in range(x.size):
        x[i] = exp(x[i])


@jit
def softmax_rows(x: Float) -> None:
    """Each row to its softmax; NaN where a row holds NaN or +∞."""
    for i in range(x.shape[0]):
        top = -np.inf
        for k in range(x.shape[1]):
            top = max(top, x[i, k])
        for k in range(x.shape[1]):
            x[i, k] -= top
    exp_all(x.reshape(-1))
    for i in range(x.shape[0]):
        total = 0.0
        for k in range(x.shape[1]):
            total += x[i, k]
        for k in range(x.shape[1]):
            x[i, k] /= total


@jit
def pull_softmax_rows(law: Float, cotangents: Float) -> None:
    """Turn ∂L/∂law into ∂L/∂x in place, from the softmax `law` of x."""
    for i in range(law.shape[0]):
        mean = 0.0
        for k in range(law.shape[1]):
            mean += law[i, k] * cotangents[i, k]
        for k in range(law.shape[1]):
            cotangents[i, k] = law[i, k] * (cotangents[i, k] - mean)


@jit
def rescaled_softmax_rows(x: Float, bias: Float, scale: Float) -> None:
    """Each row to scale ∘ softmax(x + bias)."""
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            x[i, k] += bias[k]
    softmax_rows(x)
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            x[i, k] *= scale[k]


@jit
def pull_rescaled_rows(y: Float, scale: Float, cotangents: Float, bias: Float, log_scale: Float) -> None:
    """Turn ∂L/∂y into ∂L/∂x in place, y the result of `rescaled_softmax_rows`; adds to ∂L/∂`bias` and ∂L/∂`log_scale`.

    The cotangents may be wider than y: what lies there stays.
    """
    wide()
    for i in range(y.shape[0]):
        mean = 0.0
        for k in range(y.shape[1]):
            mean += y[i, k] * cotangents[i, k]
            log_scale[k] += y[i, k] * cotangents[i, k]
        for k in range(y.shape[1]):
            cotangents[i, k] = y[i, k] / scale[k] * (cotangents[i, k] * scale[k] - mean)
            bias[k] += cotangents[i, k]


def _forward(encoder: SoftmaxMap, theta: Float, z: Any, side: int, out: Float, work: Float) -> None:
    slopes, dim = encoder.inputs * encoder.dim, encoder.dim
    scale = np.exp(theta[slopes + dim :] if encoder.learns_scale else encoder.log_scale)
    times(z, theta[:slopes].reshape(encoder.inputs, dim), out)
    rescaled_softmax_rows(out, theta[slopes : slopes + dim], scale)


def _pullback(
    encoder: SoftmaxMap,
    theta: Float,
    z: Any,
    side: int,
    out: Float,
    cotangents: Float,
    gradient: Float,
    work: Float,
) -> None:
    slopes, dim = encoder.inputs * encoder.dim, encoder.dim
    scale = np.exp(theta[slopes + dim :] if encoder.learns_scale else encoder.log_scale)
    log_scale = gradient[slopes + dim :] if encoder.learns_scale else np.zeros(dim)
    pull_rescaled_rows(out, scale, cotangents, gradient[slopes : slopes + dim], log_scale)
    add_outer(z, cotangents, gradient[:slopes].reshape(encoder.inputs, dim))


@in_compiled_loops(SoftmaxMap, _forward, _pullback)
class SoftmaxEncoder(KernelEncoder):
    """T(z) = scale ∘ softmax(zᵀC + b), non-negative features for counts z; the score is ⟨T(z₁), T(z₂)⟩.

    Under the log link a topic model is well specified with as many outputs as topics (F1). Inputs are real
    rows (..., V) or sparse rows (n, V). The flat parameters are C word by word, b, and log scale where it is
    learned. Adding a constant to a row of C or to b, or (under the log link) to log scale, changes no score.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> encoder = ss.SoftmaxEncoder([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])  # two words, two features
    >>> encoder(np.array([[3, 3], [4, 0]])).round(6)
    array([[0.5     , 0.5     ],
           [0.982014, 0.017986]])
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
        rng: RNGLike,
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

    def units(self, first: Float, second: Float) -> Float:
        """One over the size of the column that a coefficient multiplies; 1 for b and log scale."""
        units = np.ones(self.parameters.size)
        units[: self._coefficients.size] = np.repeat(1 / np.maximum(first, second), self._bias.size)
        return units

    def compiled(self) -> CompiledEncoder:
        """Rows, dense or sparse, times the coefficients."""
        inputs, dim = self._coefficients.shape
        form = SoftmaxMap(inputs, dim, self._learn_scale, self._log_scale.copy())
        return CompiledEncoder(form, (inputs, inputs), dim, takes_sparse=True)

    def __repr__(self) -> str:
        inputs, dim = self._coefficients.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs}, learn_scale={self._learn_scale})"
