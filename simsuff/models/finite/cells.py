"""What does each cell of a finite table add to a divergence from independence, and how well is it known?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t
from simsuff.models.finite.running_error import evaluation_error
from simsuff.models.finite.tables import has_mass, ratio_of, total
from simsuff.numerics.numbers import Bounded

Float = NDArray[np.float64]

UNIT = float(np.finfo(np.float64).eps) / 2

# Below this, a product of marginals has lost digits to gradual underflow.
SMALLEST_PRODUCT = 1e-290


Memory = dict[tuple[Divergence, str], Float]


class Cells(NamedTuple):
    """The cells of one table (n1, n2), or of many (m, n1, n2): P₁₂, P₁ (..., n1, 1), P₂ (..., 1, n2), P₁⊗P₂ and r.

    Where P₁⊗P₂ has no mass, r is 1: every f is 0 there, and such cells add nothing. `inside` marks the others,
    `tiny` those whose product has lost digits. `memory`, where given, keeps what was computed for the last divergence.
    """

    joint: Float
    first: Float
    second: Float
    product: Float
    ratio: Float
    inside: NDArray[np.bool_]
    tiny: NDArray[np.bool_] | None
    memory: Memory | None

    @property
    def rounding(self) -> float:
        """A bound on the relative rounding of r: two sums over an alphabet and two divisions."""
        roundings = sum(self.joint.shape[-2:]) + 2
        return roundings * UNIT / (1 - roundings * UNIT)


def cells_of(joint: Float, marginal1: Float, marginal2: Float, memory: Memory | None = None) -> Cells:
    """The cells of `joint` (..., n1, n2)."""
    first, second = marginal1[..., :, None], marginal2[..., None, :]
    product, inside = first * second, has_mass(marginal1, marginal2)
    ratio = ratio_of(joint, marginal1, marginal2, empty=1.0)
    tiny = inside & (product < SMALLEST_PRODUCT)
    return Cells(joint, first, second, product, ratio, inside, tiny if tiny.any() else None, memory)


def is_infinite(cells: Cells, div: Divergence) -> NDArray[np.bool_]:
    """Whether I_f is infinite, shape (...,): f(0) = inf and a cell of P₁⊗P₂ has no joint mass."""
    if np.isfinite(div.at_zero):
        return np.zeros(cells.joint.shape[:-2], dtype=bool)
    return np.asarray((cells.ratio == 0).any(axis=(-2, -1)))


def information(cells: Cells, div: Divergence) -> Float:
    """E_⊗ f(r), shape (...,); may be inf."""
    return total(terms(cells, div))


def information_bounded(cells: Cells, div: Divergence) -> Bounded:
    """E_⊗ f(r) of one table with a rounding bound."""
    if is_infinite(cells, div):
        return Bounded(float("inf"), 0.0)
    found = terms(cells, div)
    error = float(_errors(cells, div, found).sum())
    summation = int(cells.inside.sum()) * UNIT * float(np.abs(found).sum())
    return Bounded(float(total(found)), error + summation)


def magnitude(cells: Cells, div: Divergence) -> Float:
    """1 + I_f + E_⊗ |f(r)| + E₁₂ |f'(r)|, shape (...,): the size of what informations and their forms sum over."""
    found = terms(cells, div)
    sizes = np.abs(found) + cells.joint * np.abs(slopes(cells, div))
    return np.asarray(1.0 + total(found) + total(sizes))


def terms(cells: Cells, div: Divergence) -> Float:
    """P₁⊗P₂ f(r) of each cell, read-only where it is remembered."""
    return _remembered(cells, div, "terms", _terms)


def slopes(cells: Cells, div: Divergence) -> Float:
    """f'(r) of each cell, f'(1) where r = 0; read-only where it is remembered."""
    return _remembered(cells, div, "slopes", _slopes)


def _remembered(
    cells: Cells, div: Divergence, name: str, compute: Callable[[Cells, Divergence], Float]
) -> Float:
    if cells.memory is None:
        return compute(cells, div)
    if (div, name) not in cells.memory:
        for other in [key for key in cells.memory if key[0] is not div]:
            del cells.memory[other]
        cells.memory[div, name] = compute(cells, div)
        cells.memory[div, name].setflags(write=False)
    return cells.memory[div, name]


def _slopes(cells: Cells, div: Divergence) -> Float:
    return np.asarray(div.derivative(np.where(cells.ratio > 0, cells.ratio, 1.0)))


def _terms(cells: Cells, div: Divergence) -> Float:
    """P₁⊗P₂ f(r) of each cell; where its factors leave the range of doubles, through mpmath."""
    empty = cells.ratio == 0
    some = bool(empty.any())
    values = div.f(np.where(empty, 1.0, cells.ratio) if some else cells.ratio)
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.asarray(cells.product * values)
    if some:
        found[empty] = cells.product[empty] * div.at_zero if np.isfinite(div.at_zero) else div.at_zero
    extreme = _extreme(cells, values)
    if extreme is not None:
        found[extreme] = _precise(cells, div, extreme)[0]
    return found


def _extreme(cells: Cells, values: Float) -> NDArray[np.bool_] | None:
    """Where a factor of P₁⊗P₂ f(r) has left the range of doubles; None where nowhere."""
    lost = ~np.isfinite(values)
    if cells.tiny is not None:
        lost |= cells.tiny
    return lost & cells.inside & (cells.ratio > 0) if lost.any() else None


def _errors(cells: Cells, div: Divergence, found: Float) -> Float:
    """A bound on the rounding of each of the terms `found`."""
    errors = cells.rounding * np.abs(found)
    extreme = _extreme(cells, div.f(np.where(cells.ratio > 0, cells.ratio, 1.0)))
    plain = cells.inside & (cells.ratio > 0)
    if extreme is not None:
        plain &= ~extreme
    errors[plain] += _rounding(
        div, cells.joint[plain], cells.product[plain], cells.ratio[plain], cells.rounding
    )
    if extreme is not None:
        errors[extreme] = _precise(cells, div, extreme)[1]
    return errors


def _rounding(div: Divergence, joint: Float, product: Float, ratio: Float, relative: float) -> Float:
    """What the rounding of r, and of f itself, does to P₁⊗P₂ f(r).

    The computed ratio is off by a relative δ, and f is convex, so that f(r) is off by at most δr times the
    steeper of its slopes at the two ends r(1 ± δ).
    """
    low, high = (np.abs(div.derivative(ratio * (1 + d))) for d in (-relative, relative))
    return relative * joint * np.maximum(low, high) + product * evaluation_error(div.expression, ratio)


def _precise(cells: Cells, div: Divergence, where: NDArray[np.bool_]) -> tuple[Float, Float]:
    """P₁⊗P₂ f(r) of the cells `where`, through mpmath, with a bound on the rounding of each."""
    import mpmath
    import sympy as sp

    function = sp.lambdify(t, div.expression, "mpmath")
    parts = [np.broadcast_to(part, where.shape)[where] for part in (cells.joint, cells.first, cells.second)]
    relative, pairs = cells.rounding, []
    with mpmath.workdps(40):
        for joint, first, second in zip(*(map(mpmath.mpf, map(float, part)) for part in parts), strict=True):
            product = first * second
            term, *ends = (product * function(joint / product * (1 + d)) for d in (0, -relative, relative))
            error = max(abs(end - term) for end in ends) + (relative + UNIT) * abs(term)
            pairs.append((float(term), float(error)))
    found, errors = np.array(pairs, dtype=np.float64).T
    return found, errors
