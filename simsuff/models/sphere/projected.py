"""Projections T = Pz₁ of von Mises–Fisher pairs: the ratio of (T, z₂), its information, samples.

Given T = u the rest of z₁ is uniform on a sphere of radius √(1 − ‖u‖²) in q = p − k dimensions, so that
r_T = e^{κ⟨u, Pz₂⟩} 𝓔_q(κ √(1 − ‖u‖²) ‖(I − P)z₂‖)/𝓔_p(κ): a function of ‖u‖ = sin α, ‖Pz₂‖ = sin β and the angle φ
between u and Pz₂.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from simsuff.divergences import Divergence
from simsuff.divergences.catalogue import as_divergence
from simsuff.models.base import Pairs
from simsuff.models.gaussian.canonical import orthonormal_rows
from simsuff.models.maps import LinearMap
from simsuff.models.sphere.quadrature import (
    CHUNK,
    COARSE,
    FINE,
    KINKED,
    UNDERFLOW,
    composite,
    graded,
    kinks_of,
    log_beta,
    over_angle,
    powers,
    weighted,
)
from simsuff.models.sphere.special import listed, projected_multiplicity, shortfall, shortfalls
from simsuff.numerics.display import Shown
from simsuff.numerics.numbers import UNIT, Bounded
from simsuff.numerics.validation import Float, RNGLike, integer, refuse, require, shaped_array

# The widest panel beside a peak, in its standard deviations; the fine rule then has 12 digits and more.
PEAK = 3.0

# In so many dimensions a uniform point keeps away from the poles.
LARGE_DIMENSION = 16

if TYPE_CHECKING:
    from simsuff.models.sphere.model import SphereModel


def row_basis(statistic: Any, dimension: int) -> Float:
    """An orthonormal basis of the row space of W (m, p), or of a `weight`: shape (rank, p), the rank possibly 0."""
    weight, way_out = getattr(statistic, "weight", statistic), f"an encoder reads {dimension} coordinates"
    return orthonormal_rows(shaped_array("statistic", weight, ("k", dimension), way_out))


def information_of_projection(div: Divergence, dimension: int, rank: int, concentration: float) -> Bounded:
    """I_f(Pz₁; z₂) for a projection P of this rank; 0 for rank 0, I_f(z₁; z₂) for rank p.

    By a product of rules in α, β and φ, whose panels shrink towards α = β and φ = 0. The error is the difference to a
    coarser rule, which exceeds what is left where f is analytic, and rounding; where f has kinks it is an estimate.
    """
    short = shortfall(dimension, concentration)
    if rank == dimension:
        return over_angle(div, dimension, concentration, short)
    if rank == 0 or concentration == 0:
        return Bounded(0.0, 0.0)
    (fine, lost), (coarse, _) = (_product(div, dimension, rank, concentration, n) for n in (FINE, COARSE))
    if not math.isfinite(fine):
        return Bounded(math.inf, 0.0)
    factor = KINKED if kinks_of(div) else 1.0
    return Bounded(fine, factor * abs(fine - coarse) + lost + UNDERFLOW)


def _product(
    div: Divergence, dimension: int, rank: int, concentration: float, count: int
) -> tuple[float, float]:
    """E_⊗ f̃(r_T) by rules of `count` nodes on a panel, and its rounding."""
    kappa, rest = concentration, dimension - rank
    alpha, beta, log_weight = _latitudes(dimension, rank, kappa, count)
    turned, turned_weight = _longitudes(rank, kappa, count, powers(div).zero < 0)
    over, over_error = shortfalls(rest, kappa * np.cos(alpha) * np.cos(beta))
    short = shortfall(dimension, kappa)
    fall = 2 * kappa * np.sin((alpha - beta) / 2) ** 2
    base, gross = over - short - fall, np.abs(over) + over_error / UNIT + abs(short) + fall
    swing = 2 * kappa * np.sin(alpha) * np.sin(beta)
    total, lost = 0.0, 0.0
    step = max(1, CHUNK // turned.size)
    for start in range(0, len(alpha), step):
        part = slice(start, start + step)
        turn = swing[part, None] * turned
        values, errors = weighted(
            div,
            (base[part, None] - turn).ravel(),
            (gross[part, None] + turn).ravel(),
            (log_weight[part, None] + turned_weight).ravel(),
        )
        with np.errstate(over="ignore"):
            total, lost = total + float(values.sum()), lost + float(errors.sum())
    return total, lost


def _latitudes(dimension: int, rank: int, kappa: float, count: int) -> tuple[Float, Float, Float]:
    """Nodes 0 < α < β < π/2 with the logarithms of their weights; both have the density ∝ sin^{k−1} cos^{q−1}.

    The ratio is symmetric in α and β, so that half of the square, with twice the weight, is the whole.
    """
    rest = dimension - rank
    finest = PEAK / math.sqrt(kappa + dimension)
    middle = math.atan(math.sqrt(rank / rest))
    outer, outer_weight = composite(graded([0.0, middle, math.pi / 2], lambda _: finest), count)
    inner = []
    for at in outer.tolist():
        # Far from the other angle the ratio is small and f flat, but many dimensions have their mass in the middle.
        points = [0.0, middle, at] if middle < at and dimension > LARGE_DIMENSION else [0.0, at]
        # The finest panel is at the other angle; at 0 there is none but the whole.
        inner.append(composite(graded(points, lambda end: finest if end > 0 else math.pi), count))
    alpha, inner_weight = (np.concatenate(parts) for parts in zip(*inner, strict=True))
    sizes = [len(nodes) for nodes, _ in inner]
    beta, beta_weight = np.repeat(outer, sizes), np.repeat(outer_weight, sizes)
    norm = math.log(2) - log_beta(rank / 2, rest / 2)
    logs = np.log(beta_weight) + np.log(inner_weight) + 2 * norm + math.log(2)
    for angle in (alpha, beta):
        logs += (rank - 1) * np.log(np.sin(angle)) + (rest - 1) * np.log(np.cos(angle))
    return alpha, beta, logs


def _longitudes(rank: int, kappa: float, count: int, to_zero: bool) -> tuple[Float, Float]:
    """sin²(φ/2) at the nodes and log weights; φ has the density ∝ sin^{k−2} on [0, π], for k = 1 it is 0 or π.

    The panels shrink towards φ = π, too, where f grows as r → 0.
    """
    if rank == 1:
        return np.array([0.0, 1.0]), np.full(2, -math.log(2))
    finest = PEAK / math.sqrt(kappa + rank)
    points = [0.0, math.pi / 2, math.pi] if rank > LARGE_DIMENSION else [0.0, math.pi]
    phi, weight = composite(graded(points, lambda end: finest if end < 3 or to_zero else math.pi), count)
    logs = np.log(weight) - log_beta((rank - 1) / 2, 0.5) + (rank - 2) * np.log(np.sin(phi))
    return np.sin(phi / 2) ** 2, logs


class ProjectedSphereModel(Shown):
    """The law of (u, z₂), u = Bz₁ for an orthonormal basis B (k, p) and von Mises–Fisher pairs (z₁, z₂).

    Parameters
    ----------
    sphere : the model of (z₁, z₂).
    basis : B, orthonormal rows.
    """

    def __init__(self, sphere: "SphereModel", basis: Float) -> None:
        self.sphere, self.basis = sphere, basis

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.sphere!r}, rank={len(self.basis)})"

    def _facts(self) -> Mapping[str, Any]:
        return {"of": repr(self.sphere), "rank": len(self.basis)}

    @property
    def shape(self) -> tuple[int, int]:
        """(k, p), the numbers of coordinates of the two views."""
        return len(self.basis), self.sphere.dimension

    def sample(self, n: int, rng: RNGLike) -> Pairs:
        """`n` iid pairs of shapes (n, k), in the unit ball, and (n, p)."""
        first, second = self.sphere.sample(n, rng)
        return Pairs(first @ self.basis.T, second)

    def pmi(self, z1: ArrayLike, z2: ArrayLike) -> Float:
        """log r_T(u, z₂) in nats, shape (n,), for `z1` = u (n, k) and unit rows `z2` (n, p)."""
        second = self.sphere._view("z2", z2)
        shape, way_out = (len(second), len(self.basis)), "pass one projected row for each row of z2"
        first = shaped_array("z1", z1, shape, way_out)
        kappa, kept = self.sphere.concentration, second @ self.basis.T
        inner = np.einsum("ij,ij->i", first, kept)
        left = [np.sqrt(np.maximum(1 - (view**2).sum(axis=1), 0.0)) for view in (first, kept)]
        aside = kappa * left[0] * left[1]
        over = 0.0
        if len(self.basis) < self.sphere.dimension:
            over = shortfalls(self.sphere.dimension - len(self.basis), aside)[0] + aside
        return np.asarray(kappa * inner + over - self.sphere.log_normaliser)

    def information(self, div: Divergence | str) -> Bounded:
        """I_f(u; z₂) in nats, with an error as of `information_of_projection`."""
        law = self.sphere.dimension, len(self.basis), self.sphere.concentration
        return information_of_projection(as_divergence(div), *law)

    information_bounded = information

    def sufficiency(self, statistic: Any, div: Divergence | str) -> Bounded:
        """I_f(u; z₂) − I_f(Wu; z₂) in nats, W (m, k) or anything with such a `weight`."""
        rank = len(row_basis(statistic, len(self.basis)))
        law = self.sphere.dimension, rank, self.sphere.concentration
        return self.information(div) - information_of_projection(as_divergence(div), *law)

    def reduced(self, statistic: Any) -> "ProjectedSphereModel":
        """The model of (Wu, z₂), in an orthonormal basis."""
        rows = row_basis(statistic, len(self.basis))
        require(len(rows), "statistic", "rank = 0", "have rank >= 1", "pass a matrix with a non-zero row")
        return ProjectedSphereModel(self.sphere, rows @ self.basis)

    def swapped(self) -> "ProjectedSphereModel":
        """Not offered: statistics of z₂ would project both views.

        Raises
        ------
        ValueError : always, with the way out.
        """
        raise refuse("model", repr(self), "be a SphereModel to be swapped", "swap before you reduce")

    @property
    def canonical_correlations(self) -> Float:
        """λ_l of the sphere, as often as there are monomials of degree l in k variables (S4), decreasing.

        Cut as for the sphere: at 1e-16 λ₁, and after 1000.
        """
        p, k = self.sphere.dimension, len(self.basis)
        return listed(self.sphere.eigenvalues, lambda degree: projected_multiplicity(p, k, degree))

    def optimal_encoder(self, k: int) -> LinearMap:
        """The first k coordinates of u; every other choice of rank k is as good."""
        width = integer("k", k, 1, "an encoder is at most as wide as its input", high=len(self.basis))
        return LinearMap(np.eye(len(self.basis))[:width])
