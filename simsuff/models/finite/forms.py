"""How much of the information a statistic loses: the three forms of A1, each computed in its own way."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.divergences.symbols import t
from simsuff.models.finite.cells import (
    COARSE,
    KERNEL_UNITS,
    Cells,
    Sum,
    bends,
    cells_of,
    extremes,
    information,
    is_infinite,
    precise,
    rounding_of,
    slopes,
    summed,
)
from simsuff.models.finite.tables import merged, through, total
from simsuff.numerics.numbers import UNIT
from simsuff.numerics.validation import Float, Integer, one_of


class Loss(NamedTuple):
    """Suff_f(T) of each table with its error, shape (...,), and whether I_f(T; z₂) is finite; NaN where not (A1)."""

    value: Float
    error: Float
    defined: NDArray[np.bool_]


def reduced_cells(full: Cells, classes: Integer) -> Cells:
    """The cells of the law of (T(z₁), z₂), for labels (n1,) or (..., n1) below n1; as many rows as `full` has."""
    table = merged(full.joint, classes, full.joint.shape[-2])
    return cells_of(table, table.sum(axis=-1), table.sum(axis=-2))


def sufficiency(full: Cells, reduced: Cells, classes: Integer, div: Divergence, form: str) -> Loss:
    """Suff_f(T) for labels (n1,) or (..., n1) below n1; inf where I_f(z₁; z₂) alone is infinite.

    Raises
    ------
    ValueError : for an unknown `form`.
    """
    one_of("form", form, FORMS, "name a form of A1")
    undefined, infinite = is_infinite(reduced, div), is_infinite(full, div)
    with np.errstate(
        invalid="ignore", over="ignore"
    ):  # the terms of infinite informations, which are replaced
        value, error = FORMS[form](full, reduced, classes, div)
    value = np.where(undefined, np.nan, np.where(infinite, np.inf, value))
    error = np.where(undefined | infinite, 0.0, np.where(np.isnan(error), np.inf, error))
    return Loss(value, error, ~undefined)


def information_loss(full: Cells, reduced: Cells, classes: Integer, div: Divergence) -> Sum:  # noqa: ARG001
    """I_f(z₁; z₂) − I_f(T; z₂), from the two tables."""
    fine, coarse = information(full, div), information(reduced, div)
    value = np.asarray(fine.value - coarse.value)
    return Sum(value, fine.error + coarse.error + UNIT * np.abs(value))


def bregman(full: Cells, reduced: Cells, classes: Integer, div: Divergence) -> Sum:
    """E_⊗ B_f(r, r_T).

    A ratio r off by δr moves B_f by |f'(r) − f'(r_T)| δr. What an error of r_T does cancels in each class up to
    δ r_T times the change of f' there, since E_⊗[r − r_T | class] = 0.
    """
    spread, slope = _spread(full, reduced, classes), through(slopes(reduced, div), classes)
    empty = full.ratio == 0
    losses = np.array(div.bregman(full.positive, np.where(spread > 0, spread, 1.0)))
    emptied = empty & (spread > 0)  # where r_T = 0 too, nothing is lost
    losses[empty] = 0.0
    if emptied.any():
        losses[emptied] = div.bregman(0.0, spread[emptied])
    found = np.asarray(full.product * losses)
    moved = np.where(empty, 0.0, np.abs(slopes(full, div) - slope) + bends(full, div))
    gross = np.abs(slope) * full.product * np.abs(full.ratio - spread) + np.abs(found)
    formula = full.product * (rounding_of(full, div) + through(rounding_of(reduced, div), classes))
    errors = full.rounding * (full.joint * moved + np.abs(found)) + KERNEL_UNITS * UNIT * gross + formula
    extreme = extremes(full, losses)
    if extreme is not None:
        f, slope_at = div.expression, div.derivative_expression.subs(t, COARSE)
        expression = f - f.subs(t, COARSE) - slope_at * (t - COARSE)
        found[extreme], errors[extreme] = precise(full, extreme, expression, spread)
    result = summed(found, errors)
    return Sum(result.value, result.error + total(full.rounding * reduced.joint * bends(reduced, div)))


def variational(full: Cells, reduced: Cells, classes: Integer, div: Divergence) -> Sum:
    """R_f at the best score that sees T, minus R_f at the best score; R_f(S) = E_⊗ f*(S) − E₁₂ S.

    The infima are attained at S = f'(r_T) and S = f'(r) (P1), where an error of S moves the risk by E_⊗[r_T] − E₁₂
    in each class only, which is rounding.
    """
    spread = _spread(full, reduced, classes)
    seen = through(slopes(reduced, div), classes)
    seen = np.where(full.inside, seen, slopes(full, div))
    formulas = through(rounding_of(reduced, div), classes), rounding_of(full, div)
    coarse = _score_risks(full, spread, seen, formulas[0], div)
    fine = _score_risks(full, full.ratio, slopes(full, div), formulas[1], div)
    result = summed(coarse.value - fine.value, coarse.error + fine.error)
    moved = full.rounding * (
        total(reduced.joint * bends(reduced, div)) + total(full.joint * bends(full, div))
    )
    return Sum(result.value, result.error + moved)


def _spread(full: Cells, reduced: Cells, classes: Integer) -> Float:
    """r_T of each cell of the full table; 1, as r, where P₁⊗P₂ has no mass."""
    return np.where(full.inside, through(reduced.ratio, classes), 1.0)


def _score_risks(cells: Cells, ratio: Float, score: Float, formula: Float, div: Divergence) -> Sum:
    """The terms of R_f(S) at S = `score` = f'(ratio), one for each cell, and their rounding, that of f being `formula`.

    Where `ratio` is 0 the joint has no mass either, and inf_s f*(s) = −f(0).
    """
    positive = ratio > 0
    dual = div.conjugate(score)
    # For huge ratios f'(r) rounds to the end of the domain of f*; any score below it is admissible.
    outside = ~np.isfinite(dual)
    if outside.any():
        score = np.where(outside, np.nextafter(score, -np.inf), score)
        dual = np.where(outside, div.conjugate(score), dual)
    finite_zero = div.at_zero if np.isfinite(div.at_zero) else 0.0
    risks = np.where(positive, cells.product * dual - cells.joint * score, -cells.product * finite_zero)
    gross = cells.product * (np.abs(dual) + ratio * np.abs(score)) + cells.joint * np.abs(score)
    errors = (KERNEL_UNITS * UNIT + cells.rounding) * np.where(positive, gross, cells.product * finite_zero)
    errors = errors + cells.product * formula
    extreme = extremes(cells, dual)
    if extreme is not None:
        slope, f = div.derivative_expression.subs(t, COARSE), div.expression.subs(t, COARSE)
        # f*(f'(r)) = r f'(r) − f(r)
        risks[extreme], errors[extreme] = precise(cells, extreme, (COARSE - t) * slope - f, ratio)
    return Sum(np.asarray(risks), errors)


FORMS: dict[str, Callable[[Cells, Cells, Integer, Divergence], Sum]] = {
    "information_loss": information_loss,
    "bregman": bregman,
    "variational": variational,
}
