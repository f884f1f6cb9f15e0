"""What does a linear map with the plain bilinear score learn?"""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from simsuff.encoders.protocol import Inputs, flat_parameters
from simsuff.encoders.rows import input_rows, products, pulled, times
from simsuff.encoders.score_form import ScoreForm
from simsuff.numerics.validation import Float, generator, integer, real_array, require


class LinearEncoder:
    """T(z) = Wz with the score S(z₁, z₂) = ⟨Wz₁, Wz₂⟩.

    The score is misspecified for Gaussian pairs although T can be exactly sufficient (E6). Inputs are real rows
    (..., d) or sparse rows (n, d).
    """

    def __init__(self, weight: ArrayLike) -> None:
        """`weight` has shape (k, d), 1 ≤ k ≤ d; raises ValueError otherwise or where it is not finite."""
        self._weight = weight_matrix(weight)

    @classmethod
    def random(cls, dim: int, inputs: int, rng: np.random.Generator) -> Self:
        """An encoder from R^inputs to R^dim with independent N(0, 1/inputs) weights."""
        return cls(random_weight(dim, inputs, rng))

    @property
    def weight(self) -> Float:
        """W, shape (k, d), read-only."""
        return self._weight

    @property
    def parameters(self) -> Float:
        """W row by row."""
        return self._weight.flatten()

    def with_parameters(self, theta: ArrayLike) -> Self:
        """The encoder with W read from `theta` row by row."""
        return type(self)(flat_parameters(theta, self._weight.size).reshape(self._weight.shape))

    def __call__(self, z: Inputs) -> Float:
        """Wz for each input: (..., d) gives (..., k)."""
        return times(input_rows("z", z, self._weight.shape[1]), self._weight.T)

    def embed(self, z1: Inputs, z2: Inputs) -> tuple[Float, Float]:
        """u = Wz₁ and v = Wz₂."""
        inputs = self._weight.shape[1]
        u, v = (input_rows(name, z, inputs) for name, z in (("z1", z1), ("z2", z2)))
        first, second = products([u, v], self._weight.T)
        return first, second

    def pullback(self, z1: Inputs, z2: Inputs, du: Float, dv: Float) -> Float:
        """∂L/∂W row by row: Σ du z₁ᵀ + Σ dv z₂ᵀ."""
        inputs = self._weight.shape[1]
        first, second = input_rows("z1", z1, inputs), input_rows("z2", z2, inputs)
        return pulled((first, du), (second, dv)).T.flatten()

    def score_form(self) -> ScoreForm:
        """The score as a quadratic form: cross = WᵀW."""
        gram = self._weight.T @ self._weight
        return ScoreForm(gram, np.zeros_like(gram), np.zeros_like(gram))

    def __repr__(self) -> str:
        dim, inputs = self._weight.shape
        return f"{type(self).__name__}(dim={dim}, inputs={inputs})"


def weight_matrix(weight: ArrayLike) -> Float:
    """A read-only copy of a finite (k, d) matrix with 1 ≤ k ≤ d, or the house's error."""
    shape = np.shape(weight)
    way_out = "an encoder of rank 0 has no output; keep at least one row"
    require(
        len(shape) == 2 and shape[0] > 0, "weight", f"shape = {shape}", "be a (k, d) matrix, k >= 1", way_out
    )
    matrix = real_array("weight", weight, 2).copy()
    way_out = "an encoder wider than its input repeats itself; take k <= d rows"
    require(shape[0] <= shape[1], "weight", f"shape = {shape}", "have no more rows than columns", way_out)
    matrix.flags.writeable = False
    return matrix


def random_weight(dim: int, inputs: int, rng: np.random.Generator) -> Float:
    """A (dim, inputs) matrix of independent N(0, 1/inputs) entries, so that T(z) has the scale of z."""
    integer("inputs", inputs, 1, "an encoder needs at least one input")
    integer("dim", dim, 1, "an encoder is no wider than its input; take 1 <= dim <= inputs", high=inputs)
    draws: Float = generator("rng", rng).standard_normal((dim, inputs)) / np.sqrt(inputs)
    return draws
