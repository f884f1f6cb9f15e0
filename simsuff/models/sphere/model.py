"""Von Mises–Fisher pairs: z₁ and z₂ uniform on the unit sphere of R^p, density ratio e^{κ⟨z₁, z₂⟩}/𝓔_p(κ) (S1–S5)."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences import Divergence
from simsuff.divergences.catalogue import as_divergence
from simsuff.models.base import Pairs
from simsuff.models.maps import LinearMap
from simsuff.models.sphere.projected import ProjectedSphereModel, information_of_projection, row_basis
from simsuff.models.sphere.quadrature import over_angle
from simsuff.models.sphere.special import eigenvalues, listed, log_normaliser, multiplicity, shortfall
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import Bounded
from simsuff.numerics.validation import Float, RNGLike, generator, integer, refuse, require, shaped_array

# Unit rows are judged by this: rows that were normalised in single precision pass.
UNIT_ROW_SLACK = 1e-6


class SphereModel(Shown):
    """Pairs of points on the unit sphere of R^p, each uniform, with r(z₁, z₂) = e^{κ⟨z₁, z₂⟩}/𝓔_p(κ).

    Given z₁, z₂ is von Mises–Fisher around it. 𝓔_p(κ) = Γ(p/2) I_{p/2−1}(κ)/(κ/2)^{p/2−1}, so that
    log r lies in [−κ − log 𝓔_p, κ − log 𝓔_p]. The score ⟨Wz₁, Wz₂⟩ with W = √κ I is log r up to a constant.

    Parameters
    ----------
    dimension : p ≥ 1; for p = 1 the sphere is {−1, 1}.
    concentration : κ ≥ 0; independence for κ = 0.

    Raises
    ------
    ValueError : for a dimension that is no positive integer, or a concentration that is negative or not finite.

    Examples
    --------
    >>> import simsuff as ss
    >>> model = ss.SphereModel(3, 2.0)
    >>> round(float(model.information("kl")), 10)
    0.4794092494
    >>> model.sufficiency([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "kl") < model.information("kl")
    True
    """

    def __init__(self, dimension: int, concentration: float) -> None:
        self.dimension = integer("dimension", dimension, 1, "points of the sphere need a coordinate")
        kinds = int | float | np.integer | np.floating
        is_real = isinstance(concentration, kinds) and not isinstance(concentration, bool)
        good = is_real and 0 <= concentration < math.inf
        way_out = "turn one view around for a negative one; 0 makes the views independent"
        require(good, "concentration", concentration, "be finite and at least 0", way_out)
        self.concentration = float(concentration)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(dimension={self.dimension}, concentration={self.concentration})"

    def _facts(self) -> Mapping[str, Any]:
        return {"dimension p": self.dimension, "concentration κ": self.concentration}

    @property
    def shape(self) -> tuple[int, int]:
        """(p, p), the numbers of coordinates of the two views."""
        return self.dimension, self.dimension

    @cached_property
    def log_normaliser(self) -> float:
        """log 𝓔_p(κ), in [0, κ)."""
        return log_normaliser(self.dimension, self.concentration)

    @cached_property
    def _shortfall(self) -> float:
        """log 𝓔_p(κ) − κ = −log max r."""
        return shortfall(self.dimension, self.concentration)

    @property
    def log_ratio_range(self) -> tuple[float, float]:
        """The least and the largest log r, −κ − log 𝓔_p(κ) and κ − log 𝓔_p(κ)."""
        return -2 * self.concentration - self._shortfall, -self._shortfall

    @cached_property
    def eigenvalues(self) -> Float:
        """λ_l = I_{p/2−1+l}(κ)/I_{p/2−1}(κ), l = 1, 2, … down to about 1e-30 (Funk–Hecke).

        E[Y(z₂) | z₁] = λ_l Y(z₁) for every spherical harmonic Y of degree l; λ₁ = E⟨z₁, z₂⟩. They fall in l.
        """
        return eigenvalues(self.dimension, self.concentration)

    def multiplicity(self, degree: int) -> int:
        """How many independent spherical harmonics of this degree there are: how often λ_l occurs."""
        return multiplicity(self.dimension, integer("degree", degree, 0, "degrees count from 0"))

    @property
    def canonical_correlations(self) -> Float:
        """The eigenvalues λ_l, each as often as it occurs, decreasing.

        There are infinitely many for p ≥ 2: those below 1e-16 λ₁ are left out, and all beyond the first 1000.
        """
        return listed(self.eigenvalues, self.multiplicity)

    def sample(self, n: int, rng: RNGLike) -> Pairs:
        """`n` iid pairs, float64 arrays of shape (n, p) with unit rows."""
        count = integer("n", n, 1, "draw at least one pair")
        source = generator("rng", rng)
        first = uniform(count, self.dimension, source)
        return Pairs(first, scattered(first, self.concentration, source))

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> Float:
        """log r(z₁, z₂) in nats, shape (n,), for unit rows `z1` and `z2` (n, p).

        From ‖z₁ − z₂‖² = 2 − 2⟨z₁, z₂⟩, so that no digits cancel where κ is large and the points are near.
        """
        first, second = self._view("z1", z1), self._view("z2", z2)
        allowed = f"have the {len(first)} rows of z1"
        require(len(first) == len(second), "z2", f"shape = {second.shape}", allowed, "pass aligned pairs")
        return np.asarray(-self.concentration / 2 * ((first - second) ** 2).sum(axis=1) - self._shortfall)

    def pmi_table(self, z1: ArrayLike, z2: ArrayLike) -> Float:
        """log r of every row of `z1` (n, p) with every row of `z2` (m, p), shape (n, m)."""
        first, second = self._view("z1", z1), self._view("z2", z2)
        return self.concentration * (first @ second.T - 1) - self._shortfall

    def information(self, div: Divergence | str) -> Bounded:
        """I_f(z₁; z₂) in nats for a divergence or its name, by quadrature over the angle between the views.

        The error covers rounding, and the last refinement of every panel.
        """
        return over_angle(as_divergence(div), self.dimension, self.concentration, self._shortfall)

    information_bounded = information

    def sufficiency(self, statistic: Any, div: Divergence | str) -> Bounded:
        """Suff_f(Wz₁) = I_f(z₁; z₂) − I_f(Wz₁; z₂) in nats for W (k, p) or anything with such a `weight` (S4).

        It depends on the rank of W only: 0 for rank p, the information for rank 0.

        Raises
        ------
        ValueError : for W of another shape, and where I_f(Wz₁; z₂) is too large for a double.
        """
        divergence = as_divergence(div)
        rank = len(row_basis(statistic, self.dimension))
        if rank == self.dimension:
            return Bounded(0.0, 0.0)
        whole = self.information(divergence)
        kept = information_of_projection(divergence, self.dimension, rank, self.concentration)
        if math.isinf(kept):
            allowed = "leave I_f(T; z2) finite (the condition of A1)"
            way_out = f"{divergence.name} is beyond doubles; take a divergence that grows more slowly"
            raise refuse("div", divergence.name, allowed, way_out)
        return whole - kept

    def reduced(self, statistic: Any) -> "ProjectedSphereModel":
        """The model of (T, z₂), T the coordinates of z₁ in an orthonormal basis of the row space of `statistic`.

        Raises
        ------
        ValueError : for a statistic of rank 0, which keeps nothing.
        """
        basis = row_basis(statistic, self.dimension)
        require(len(basis), "statistic", "rank = 0", "have rank >= 1", "pass a matrix with a non-zero row")
        return ProjectedSphereModel(self, basis)

    def swapped(self) -> "SphereModel":
        """The model of (z₂, z₁), which has the same law."""
        return self

    def optimal_encoder(self, k: int) -> LinearMap:
        """The first k coordinates: by symmetry every linear encoder of rank k is as good (S4).

        Raises
        ------
        ValueError : unless 1 ≤ k ≤ p.
        """
        way_out = "an encoder is at most as wide as its input"
        width = integer("k", k, 1, way_out, high=self.dimension)
        return LinearMap(np.eye(self.dimension)[:width])

    def _view(self, argument: str, values: ArrayLike) -> Float:
        points = shaped_array(argument, values, ("n", self.dimension), "one row for each sample")
        lengths = np.linalg.norm(points, axis=1)
        worst = int(np.argmax(np.abs(lengths - 1)))
        is_unit = abs(lengths[worst] - 1) <= UNIT_ROW_SLACK
        shown = f"norm of row {worst} = {float(lengths[worst])!r}"
        require(is_unit, argument, shown, "have unit rows", "divide each row by its norm")
        return np.asarray(points / lengths[:, None])


def uniform(count: int, dimension: int, rng: np.random.Generator) -> Float:
    """`count` independent uniform points of the unit sphere of R^dimension, (count, dimension)."""
    points = rng.standard_normal((count, dimension))
    size: Float = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / size)


def heights(dimension: int, concentrations: Float, rng: np.random.Generator) -> Float:
    """1 − t for one draw of t of each κ, of density ∝ e^{κt} (1 − t²)^{(p−3)/2}: all digits where t is near 1.

    At least 0.65 of the proposals are taken, whatever p and κ.
    """
    kappa = concentrations
    if dimension == 1:
        return np.where(rng.random(kappa.size) < 1 / (1 + np.exp(-2 * kappa)), 0.0, 2.0)
    free = dimension - 1
    b = free / (2 * kappa + np.hypot(2 * kappa, free))
    best = 2 * b / (1 + b)  # 1 − x₀, x₀ the t at which the envelope touches
    found, missing = np.empty(kappa.size), np.arange(kappa.size)
    while missing.size:
        beta, share, touch = rng.beta(free / 2, free / 2, missing.size), b[missing], best[missing]
        height = 2 * share * beta / (1 - (1 - share) * beta)
        envelope = touch + (1 - touch) * height  # 1 − x₀ t
        gain = kappa[missing] * (touch - height) + free * np.log(envelope / (touch * (2 - touch)))
        taken = -rng.standard_exponential(missing.size) <= gain
        found[missing[taken]] = height[taken]
        missing = missing[~taken]
    return found


def scattered(first: Float, concentration: float | Float, rng: np.random.Generator) -> Float:
    """A von Mises–Fisher point around each row of `first` (n, p), unit rows; `concentration` one for all, or (n,).

    A reflection, which keeps lengths, carries the pole e₁ to the row, and with it a draw around the pole.
    """
    count, dimension = first.shape
    height = heights(dimension, np.broadcast_to(concentration, count), rng)
    around = np.empty_like(first)
    around[:, 0] = 1 - height
    if dimension > 1:
        radius = np.sqrt(height * (2 - height))
        around[:, 1:] = radius[:, None] * uniform(count, dimension - 1, rng)
    # I − 2 w wᵀ/‖w‖² with w = z + sign(z₁) e₁ takes e₁ to −sign(z₁) z; no digits cancel in w.
    sign = np.where(first[:, 0] >= 0, 1.0, -1.0)
    axis = first.copy()
    axis[:, 0] += sign
    along = np.einsum("ij,ij->i", axis, around) / (1 + np.abs(first[:, 0]))
    return np.asarray(sign[:, None] * (along[:, None] * axis - around))
