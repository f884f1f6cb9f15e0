"""How much of the information does a statistic lose? The three forms of A1, each computed in its own way."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simsuff.divergences import Divergence
from simsuff.models.finite.cells import Cells, information

Float = NDArray[np.float64]


def information_loss(full: Cells, reduced: Cells, spread: Float, div: Divergence) -> float:  # noqa: ARG001
    """I_f(z₁; z₂) − I_f(T; z₂), from the two tables."""
    return information(full, div).value - information(reduced, div).value


def bregman(full: Cells, reduced: Cells, spread: Float, div: Divergence) -> float:  # noqa: ARG001
    """E_⊗ B_f(r, r_T); `spread` is r_T of each cell of the full table."""
    inside = spread > 0  # where r_T = 0, r = 0 too, and nothing is lost
    terms = full.product[inside] * div.bregman(full.ratio[inside], spread[inside])
    return float(terms.sum())


def variational(full: Cells, reduced: Cells, spread: Float, div: Divergence) -> float:  # noqa: ARG001
    """R_f at the best score that sees T, minus R_f at the best score; R_f(S) = E_⊗ f*(S) − E₁₂ S.

    The infima are attained at S = f'(r_T) and S = f'(r) (P1).
    """
    return float((score_risks(full, spread, div) - score_risks(full, full.ratio, div)).sum())


def score_risks(cells: Cells, ratio: Float, div: Divergence) -> Float:
    """The terms of R_f(S) at S = f'(ratio), one for each cell.

    Where `ratio` is 0 the joint has no mass either, and inf_s f*(s) = −f(0).
    """
    positive = ratio > 0
    score = div.derivative(np.where(positive, ratio, 1.0))
    dual = div.conjugate(score)
    # For huge ratios f'(r) rounds to the end of the domain of f*; any score below it is admissible.
    outside = ~np.isfinite(dual)
    score = np.where(outside, np.nextafter(score, -np.inf), score)
    dual = np.where(outside, div.conjugate(score), dual)
    finite_zero = div.at_zero if np.isfinite(div.at_zero) else 0.0
    risks = np.where(positive, cells.product * dual - cells.joint * score, -cells.product * finite_zero)
    return np.asarray(risks)


FORMS: dict[str, Callable[[Cells, Cells, Float, Divergence], float]] = {
    "information_loss": information_loss,
    "bregman": bregman,
    "variational": variational,
}
