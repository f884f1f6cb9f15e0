"""How much of the information does a statistic lose? The three forms of A1, each computed in its own way."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.models.finite.cells import Cells, cells_of, information, is_infinite, slopes
from simsuff.models.finite.tables import Float, Integer, merged, through, total
from simsuff.numerics.validation import require


class Loss(NamedTuple):
    """Suff_f(T) of each table, shape (...,), and whether I_f(T; z₂) is finite, the condition of A1; NaN where not."""

    value: Float
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
    require(form in FORMS, "form", form, f"be one of {', '.join(FORMS)}", "name a form of A1")
    undefined = is_infinite(reduced, div)
    with np.errstate(invalid="ignore"):  # the terms of infinite informations, which are replaced
        value = FORMS[form](full, reduced, classes, div)
    value = np.where(is_infinite(full, div), np.inf, value)
    return Loss(np.where(undefined, np.nan, value), ~undefined)


def information_loss(full: Cells, reduced: Cells, classes: Integer, div: Divergence) -> Float:  # noqa: ARG001
    """I_f(z₁; z₂) − I_f(T; z₂), from the two tables."""
    return np.asarray(information(full, div) - information(reduced, div))


def bregman(full: Cells, reduced: Cells, classes: Integer, div: Divergence) -> Float:
    """E_⊗ B_f(r, r_T)."""
    spread = _spread(full, reduced, classes)
    empty = full.ratio == 0
    if not empty.any():
        return total(full.product * div.bregman(full.ratio, spread))
    losses = np.array(div.bregman(np.where(empty, 1.0, full.ratio), np.where(empty, 1.0, spread)))
    emptied = empty & (spread > 0)  # where r_T = 0 too, nothing is lost
    losses[emptied] = div.bregman(0.0, spread[emptied])
    return total(full.product * losses)


def variational(full: Cells, reduced: Cells, classes: Integer, div: Divergence) -> Float:
    """R_f at the best score that sees T, minus R_f at the best score; R_f(S) = E_⊗ f*(S) − E₁₂ S.

    The infima are attained at S = f'(r_T) and S = f'(r) (P1).
    """
    spread = _spread(full, reduced, classes)
    seen = div.derivative(np.where(spread > 0, spread, 1.0))
    risks = score_risks(full, spread, seen, div)
    return total(risks - score_risks(full, full.ratio, slopes(full, div), div))


def _spread(full: Cells, reduced: Cells, classes: Integer) -> Float:
    """r_T of each cell of the full table; 1, as r, where P₁⊗P₂ has no mass."""
    return np.where(full.inside, through(reduced.ratio, classes), 1.0)


def score_risks(cells: Cells, ratio: Float, score: Float, div: Divergence) -> Float:
    """The terms of R_f(S) at S = `score` = f'(ratio), one for each cell.

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
    return np.asarray(risks)


FORMS: dict[str, Callable[[Cells, Cells, Integer, Divergence], Float]] = {
    "information_loss": information_loss,
    "bregman": bregman,
    "variational": variational,
}
