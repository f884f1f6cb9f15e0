"""The cells of finite tables: what each adds to a divergence from independence, and how well that is known."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.divergences.direct import evaluation_error
from simsuff.divergences.symbols import t
from simsuff.models.finite.tables import has_mass, ratio_of, total
from simsuff.numerics.numbers import SMALLEST, UNIT
from simsuff.numerics.validation import Float

# Below this, a product of marginals has lost digits to gradual underflow.
SMALLEST_PRODUCT = 1e-290

# A kernel of a divergence (f, f', f*, B_f) is within this many units of the largest of the terms it stands for.
KERNEL_UNITS = 32

# Digits that extreme cells are computed with: B_f may cancel twice the digits of a double.
EXTREME_DIGITS = 60

# The ratio r_T of a cell of the merged table, in expressions beside t for r.
COARSE = sp.Symbol("coarse", positive=True)

Memory = dict[tuple[Divergence, str], Float]


class Cells(NamedTuple):
    """The cells of one table (n1, n2), or of many (m, n1, n2): P₁₂, P₁ (..., n1, 1), P₂ (..., 1, n2), P₁⊗P₂ and r.

    Where P₁⊗P₂ has no mass, r is 1: every f is 0 there, and such cells add nothing. `positive` is r, and 1 where it
    is 0 (f(0) is a limit that is added apart). `inside` marks cells with mass, `tiny` those whose product has lost
    digits. `memory` keeps what was computed for the last divergence.
    """

    joint: Float
    first: Float
    second: Float
    product: Float
    ratio: Float
    positive: Float
    inside: NDArray[np.bool_]
    tiny: NDArray[np.bool_] | None
    memory: Memory

    @property
    def rounding(self) -> float:
        """A bound on the relative rounding of r: two sums over an alphabet, two divisions, the table's own."""
        roundings = sum(self.joint.shape[-2:]) + 4
        return roundings * UNIT / (1 - roundings * UNIT)


class Sum(NamedTuple):
    """A sum over the cells of each table, shape (...,), and a bound on its rounding."""

    value: Float
    error: Float


def cells_of(joint: Float, marginal1: Float, marginal2: Float) -> Cells:
    """The cells of `joint` (..., n1, n2)."""
    first, second = marginal1[..., :, None], marginal2[..., None, :]
    product, inside = first * second, has_mass(marginal1, marginal2)
    ratio = ratio_of(joint, marginal1, marginal2, empty=1.0)
    tiny = inside & (product < SMALLEST_PRODUCT)
    positive = np.where(ratio > 0, ratio, 1.0)
    return Cells(joint, first, second, product, ratio, positive, inside, tiny if tiny.any() else None, {})


def is_infinite(cells: Cells, div: Divergence) -> NDArray[np.bool_]:
    """Whether I_f is infinite, shape (...,): f(0) = inf and a cell of P₁⊗P₂ has no joint mass."""
    if np.isfinite(div.at_zero):
        return np.zeros(cells.joint.shape[:-2], dtype=bool)
    return np.asarray((cells.ratio == 0).any(axis=(-2, -1)))


def summed(found: Float, errors: Float) -> Sum:
    """The sum of the terms `found` of each table, known up to `errors` and its own rounding."""
    count = found.shape[-2] * found.shape[-1]
    # NumPy adds up to 128 terms in eight lanes, and more by halves.
    additions = min(count, 24 + int(np.ceil(np.log2(count))))
    value = total(found)
    with np.errstate(invalid="ignore"):
        error = total(errors) + (additions + 1) * UNIT * total(np.abs(found)) + count * SMALLEST
    return Sum(value, np.where(np.isnan(error), np.inf, np.where(np.isinf(value), 0.0, error)))


def information(cells: Cells, div: Divergence) -> Sum:
    """E_⊗ f(r), shape (...,), may be inf, with a bound on the rounding of marginals, ratios, f and their sum."""
    return Sum(*_remembered(cells, div, "information", lambda: _information(cells, div)))


def _information(cells: Cells, div: Divergence) -> Float:
    """P₁⊗P₂ f(r) summed over the cells, and the rounding; where factors leave the range of doubles, through mpmath.

    A ratio off by a relative δ moves the convex f by at most δr times the steeper of its slopes at r(1 ± δ).
    """
    empty = cells.ratio == 0
    values = div.f(cells.positive)
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.asarray(cells.product * values)
        moved = cells.joint * np.abs(slopes(cells, div)) + cells.joint * bends(cells, div)
        errors = cells.product * rounding_of(cells, div) + cells.rounding * (moved + np.abs(found))
    if empty.any():
        lost = cells.product * div.at_zero if np.isfinite(div.at_zero) else np.full(found.shape, div.at_zero)
        found[empty] = lost[empty]
        errors[empty] = cells.rounding * np.abs(lost[empty])
    extreme = extremes(cells, values)
    if extreme is not None:
        found[extreme], errors[extreme] = precise(cells, extreme, div.expression)
    return np.stack(summed(found, errors))


def slopes(cells: Cells, div: Divergence) -> Float:
    """f'(r) of each cell, f'(1) where r = 0; read-only."""
    return np.asarray(_slopes_and_bends(cells, div)[0])


def bends(cells: Cells, div: Divergence) -> Float:
    """How far f' may be from f'(r) where r is off by its rounding: its larger change towards r(1 ± δ); read-only."""
    return np.asarray(_slopes_and_bends(cells, div)[1])


def _slopes_and_bends(cells: Cells, div: Divergence) -> Float:
    def compute() -> Float:
        ratios = [cells.positive * (1 + moved) for moved in (0.0, -cells.rounding, cells.rounding)]
        at, low, high = div.derivative(np.stack(ratios))
        change = np.maximum(np.abs(high - at), np.abs(at - low))
        return np.stack([at, change + KERNEL_UNITS * UNIT * np.abs(at)])

    return _remembered(cells, div, "slopes", compute)


def rounding_of(cells: Cells, div: Divergence) -> Float:
    """A bound on the rounding of the kernel f at r of each cell, in any of its formulas; read-only."""
    return _remembered(cells, div, "rounding", lambda: evaluation_error(div.expression, cells.positive))


def _remembered(cells: Cells, div: Divergence, name: str, compute: Callable[[], Float]) -> Float:
    if (div, name) not in cells.memory:
        for other in [key for key in cells.memory if key[0] is not div]:
            del cells.memory[other]
        value = compute()
        value.setflags(write=False)
        cells.memory[div, name] = value
    return cells.memory[div, name]


def extremes(cells: Cells, values: Float) -> NDArray[np.bool_] | None:
    """Where a factor of P₁⊗P₂ · `values` has left the range of doubles although r > 0; None where nowhere."""
    lost = ~np.isfinite(values)
    if cells.tiny is not None:
        lost |= cells.tiny
    lost &= cells.inside & (cells.ratio > 0)
    return lost if lost.any() else None


def precise(cells: Cells, where: NDArray[np.bool_], expression: Any, spread: Float | None = None) -> Sum:
    """P₁⊗P₂ g(r) of the cells `where`, through mpmath, with a bound on the rounding of each.

    `expression` is g in the symbol t, and in the symbol `COARSE` where `spread`, its value in each cell, is given.
    """
    import mpmath

    function = sp.lambdify((t, COARSE), expression, "mpmath")
    parts = [cells.joint, cells.first, cells.second, cells.ratio if spread is None else spread]
    chosen = [np.broadcast_to(part, where.shape)[where] for part in parts]
    relative, pairs = cells.rounding, []
    with mpmath.workdps(EXTREME_DIGITS):
        for numbers in zip(*(map(mpmath.mpf, map(float, part)) for part in chosen), strict=True):
            joint, first, second, coarse = numbers
            product = first * second
            term, *ends = (
                product * function(joint / product * (1 + d), coarse) for d in (0, -relative, relative)
            )
            error = max(abs(end - term) for end in ends) + (relative + UNIT) * abs(term)
            pairs.append((float(term), float(error)))
    found, errors = np.array(pairs, dtype=np.float64).T
    return Sum(found, errors)
