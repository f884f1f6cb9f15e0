"""What does each cell of a finite table add to a divergence from independence, and how well is it known?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t
from simsuff.models.finite.running_error import evaluation_error
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
    terms, errors = weighted(cells, div)
    return Bounded(float(terms.sum()), float(errors.sum()) + len(terms) * UNIT * float(np.abs(terms).sum()))


def weighted(cells: Cells, div: Divergence) -> tuple[Float, Float]:
    """P₁⊗P₂ f(r) of each cell, and a bound on the rounding of each."""
    relative = cells.roundings * UNIT / (1 - cells.roundings * UNIT)
    with np.errstate(over="ignore", invalid="ignore"):
        values = div.f(cells.ratio)
        terms = np.asarray(cells.product * values)
    extreme = (cells.ratio > 0) & ((cells.product < SMALLEST_PRODUCT) | ~np.isfinite(values))
    plain = (cells.ratio > 0) & ~extreme
    errors = relative * np.abs(terms)
    errors[plain] += _rounding(div, cells.joint[plain], cells.product[plain], cells.ratio[plain], relative)
    for index in np.flatnonzero(extreme):
        first, second = float(cells.first[index]), float(cells.second[index])
        terms[index], errors[index] = _extreme(div, float(cells.joint[index]), first, second, relative)
    return terms, errors


def _rounding(div: Divergence, joint: Float, product: Float, ratio: Float, relative: float) -> Float:
    """What the rounding of r, and of f itself, does to P₁⊗P₂ f(r).

    The computed ratio is off by a relative δ, and f is convex, so that f(r) is off by at most δr times the
    steeper of its slopes at the two ends r(1 ± δ).
    """
    low, high = (np.abs(div.derivative(ratio * (1 + d))) for d in (-relative, relative))
    return relative * joint * np.maximum(low, high) + product * evaluation_error(div.expression, ratio)


def _extreme(
    div: Divergence, joint: float, first: float, second: float, relative: float
) -> tuple[float, float]:
    """P₁⊗P₂ f(r) where its factors leave the range of doubles, through mpmath, with the same bound."""
    import mpmath
    import sympy as sp

    function = sp.lambdify(t, div.expression, "mpmath")
    with mpmath.workdps(40):
        product = mpmath.mpf(first) * mpmath.mpf(second)
        ratio = mpmath.mpf(joint) / product
        term, *ends = (product * function(ratio * (1 + d)) for d in (0, -relative, relative))
        return float(term), float(max(abs(end - term) for end in ends) + (relative + UNIT) * abs(term))
