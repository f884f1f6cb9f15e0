"""The printed generative model of the linear example: a Gaussian point seen twice through noise on the sphere (S6).

x ~ N(0, I_p/p); given x each view is x plus N(0, σ²I/p), conditioned to have length 1: von Mises–Fisher around x/‖x‖
with concentration c = p‖x‖/σ². So r(t) = E 𝓔_p(c √(2 + 2t))/𝓔_p(c)² at t = ⟨z₁, z₂⟩, an expectation over ‖x‖.
"""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from simsuff.models.base import Pairs
from simsuff.models.sphere.model import SphereModel, scattered, uniform
from simsuff.models.sphere.quadrature import COARSE, FINE, composite, graded
from simsuff.models.sphere.special import shortfalls
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import UNIT, BoundedArray
from simsuff.numerics.validation import Float, RNGLike, generator, integer, positive, real_array, require_all

# Beyond so many standard deviations, a chi variable has lost all weight that a double shows.
TAIL = 10.0


class NoisySphereModel(Shown):
    """Views of x ~ N(0, I_p/p) through Gaussian noise of variance σ²/p, conditioned to lie on the unit sphere.

    The density ratio that the paper prints, e^{κ⟨z₁, z₂⟩}/𝓔_p(κ) with κ = p/(σ²(σ² + 2)), is that of `nominal`. It is
    exact where the triple (x, z₁, z₂) is conditioned, which tilts the law of x; here each view is conditioned given x.

    Parameters
    ----------
    dimension : p ≥ 1.
    noise : σ > 0.

    Raises
    ------
    ValueError : for a dimension that is no positive integer or noise that is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> model = ss.NoisySphereModel(2, 1.0)
    >>> np.exp([float(model.log_ratio(1.0)), model.nominal.log_ratio_range[1]]).round(3)
    array([1.983, 1.748])
    """

    def __init__(self, dimension: int, noise: float) -> None:
        self.dimension = integer("dimension", dimension, 1, "points of the sphere need a coordinate")
        self.noise = positive("noise", noise, "without noise the views coincide")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(dimension={self.dimension}, noise={self.noise})"

    def _facts(self) -> Mapping[str, Any]:
        return {"dimension p": self.dimension, "noise σ": self.noise}

    @cached_property
    def nominal(self) -> SphereModel:
        """Von Mises–Fisher pairs with the printed concentration p/(σ²(σ² + 2))."""
        return SphereModel(self.dimension, self.dimension / (self.noise**2 * (self.noise**2 + 2)))

    def sample(self, n: int, rng: RNGLike) -> Pairs:
        """`n` iid pairs, float64 arrays of shape (n, p) with unit rows."""
        count, source = integer("n", n, 1, "draw at least one pair"), generator("rng", rng)
        centres = uniform(count, self.dimension, source)
        lengths = np.sqrt(source.chisquare(self.dimension, count) / self.dimension)
        around = self.dimension * lengths / self.noise**2
        return Pairs(*(scattered(centres, around, source) for _ in range(2)))

    def log_ratio(self, cosines: ArrayLike, tilted: bool = False) -> BoundedArray:
        """log r at t = ⟨z₁, z₂⟩ ∈ [−1, 1], any shape, by quadrature over ‖x‖; the error is the last change and rounding.

        With `tilted` the law of x is that of the triple conditioned on both views at once: ∝ N(0, I/p) times the
        square of the probability that a view of x lies on the sphere.
        """
        t = real_array("cosines", cosines)
        require_all(np.abs(t) <= 1, "cosines", t, "lie in [-1, 1]", "pass inner products of unit vectors")
        (fine, lost), (coarse, _) = (self._integrated(t.ravel(), tilted, count) for count in (FINE, COARSE))
        return BoundedArray(fine.reshape(t.shape), (np.abs(fine - coarse) + lost).reshape(t.shape))

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> Float:
        """log r(z₁, z₂) in nats, shape (n,), for unit rows `z1` and `z2` (n, p)."""
        first, second = real_array("z1", z1, 2), real_array("z2", z2, 2)
        return self.log_ratio(np.clip((first * second).sum(axis=1), -1, 1)).value

    def _integrated(self, t: Float, tilted: bool, count: int) -> tuple[Float, Float]:
        p, scale = self.dimension, self.dimension / self.noise**2
        # √p‖x‖ is chi. The tilt e^{−p‖x‖²/σ²} 𝓔_p(c)² draws it towards 0, where c is of order one on the scale of σ².
        finest, peak = min(1.0, self.noise**2 / math.sqrt(p)), math.sqrt(p)
        wide = 1.0
        if tilted:
            wide = self.noise / math.sqrt(self.noise**2 + 2)
            peak *= 2 / (self.noise**2 + 2)
        edges = graded([0.0, peak, peak + TAIL], lambda end: wide if end else finest)
        chi, width = composite(edges, count)
        c = scale * chi / math.sqrt(p)
        norm, norm_lost = shortfalls(p, c)
        logs = np.log(width) + (p - 1) * np.log(chi) - chi**2 / 2 - (p / 2 - 1) * math.log(2) - gammaln(p / 2)
        if tilted:
            logs += 2 * (norm + c) - chi**2 / self.noise**2
            logs -= np.log(np.exp(logs - logs.max()).sum()) + logs.max()
        stretch = np.sqrt(np.maximum(2 + 2 * t, 0.0))[:, None]
        joint, joint_lost = shortfalls(p, c * stretch)
        exponent = logs + joint + c * (stretch - 2) - 2 * norm
        most = exponent.max(axis=1, keepdims=True)
        terms = np.exp(exponent - most)
        gross = np.abs(logs) + np.abs(joint) + 4 * c + 2 * np.abs(norm) + 16
        lost = (terms * (joint_lost + 2 * norm_lost + UNIT * gross)).sum(axis=1) / terms.sum(axis=1)
        return most[:, 0] + np.log(terms.sum(axis=1)), lost + 4 * UNIT
