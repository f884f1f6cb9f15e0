"""What does each cell of a finite table add to a divergence from independence, and how well is it known?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t
from simsuff.models.running_error import evaluation_error
from simsuff.numerics.bounded import Bounded

Float = NDArray[np.float64]

UNIT = float(np.finfo(np.float64).eps) / 2

# Below this, a product of marginals has lost digits to gradual underflow.
SMALLEST_PRODUCT = 1e-290


class Cells(NamedTuple):
    """The cells of a table with positive marginals: P₁₂, P₁, P₂ and r, each shape (cells,).

    `roundings` counts the roundings in r: the two marginal sums and two divisions.
    """

    joint: Float
    first: Float
    second: Float
    ratio: Float
    roundings: int

    @property
    def product(self) -> Float:
        """P₁⊗P₂ of each cell (may underflow where both marginals are tiny)."""
        return self.first * self.second


def cells_of(joint: Float, marginal1: Float, marginal2: Float) -> Cells:
    """The cells of `joint` where P₁⊗P₂ is positive; the support of P₁₂ is among them."""
    inside = (marginal1 > 0)[:, None] & (marginal2 > 0)[None, :]
    first = np.broadcast_to(marginal1[:, None], joint.shape)[inside]
    second = np.broadcast_to(marginal2[None, :], joint.shape)[inside]
    ratio = joint[inside] / first / second
    return Cells(joint[inside], first, second, ratio, sum(joint.shape) + 2)


def information(cells: Cells, div: Divergence) -> Bounded:
    """E_⊗ f(r) with a rounding bound; inf where f(0) = inf and a cell of P₁⊗P₂ has no joint mass."""
    if np.isinf(div.at_zero) and (cells.ratio == 0).any():
        return Bounded(float("inf"), 0.0)
    terms = weighted(cells, div)
    error = float(rounding(cells, div, terms).sum()) + len(terms) * UNIT * float(np.abs(terms).sum())
    return Bounded(float(terms.sum()), error)


def weighted(cells: Cells, div: Divergence) -> Float:
    """P₁⊗P₂ · f(r) of each cell."""
    product = cells.product
    with np.errstate(over="ignore"):
        values = div.f(cells.ratio)
        terms = np.asarray(product * values)
    extreme = (cells.ratio > 0) & ((product < SMALLEST_PRODUCT) | ~np.isfinite(values))
    for index in np.flatnonzero(extreme):
        terms[index] = _extreme(div, cells.joint[index], cells.first[index], cells.second[index])
    return terms


def rounding(cells: Cells, div: Divergence, terms: Float) -> Float:
    """A bound on the rounding error of each of `terms` = P₁⊗P₂ f(r).

    The computed ratio is off by a relative δ, and f is convex, so that f(r) is off by at most δr times the
    steeper of its slopes at the two ends r(1 ± δ); the evaluation of f adds its own rounding.
    """
    relative = cells.roundings * UNIT / (1 - cells.roundings * UNIT)
    positive = cells.ratio > 0
    ratio = np.where(positive, cells.ratio, 1.0)
    with np.errstate(over="ignore"):
        slopes = np.maximum(*(np.abs(div.derivative(ratio * (1 + d))) for d in (-relative, relative)))
    shift = np.where(positive, cells.joint * slopes, 0.0)
    evaluation = np.where(positive, cells.product * evaluation_error(div.expression, ratio), 0.0)
    return np.asarray(relative * (shift + np.abs(terms)) + evaluation)


def _extreme(div: Divergence, joint: float, first: float, second: float) -> float:
    """P₁⊗P₂ f(r) where its factors leave the range of doubles, through mpmath."""
    import mpmath
    import sympy as sp

    function = sp.lambdify(t, div.expression, "mpmath")
    with mpmath.workdps(40):
        product = mpmath.mpf(float(first)) * mpmath.mpf(float(second))
        return float(product * function(mpmath.mpf(float(joint)) / product))
