"""The f-contrastive risk R_f with its free offset c(z₁), in population on finite laws (P6, I1–I3).

R_f(S) = −E₁₂ S + E_{z₁} inf_c {E_{z₂} f*(S − c) + c}. The infima over c and over S are found from values of f* alone;
the offset equation E_{z₂}(f')⁻¹(S − c) = 1 is solved apart from that, so that each checks the other.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from simsuff.divergences import Divergence, as_divergence
from simsuff.losses.f_contrastive.interpreted import NumericalSlope
from simsuff.models.finite import FiniteLaw
from simsuff.models.finite.cells import KERNEL_UNITS, summed
from simsuff.numerics.convex import Minimum, convex_minimum
from simsuff.numerics.numbers import UNIT, bounded
from simsuff.numerics.validation import Float, plain_array, require, require_all

# How far around f'(r) the best score of a cell is searched; where it is no interior minimum, the gap says so.
WINDOW = 1.0

# The rounding of S − c: of the offset by its search, and of the difference.
SLOPE_UNITS = 16

# Steps that take the offset from where the search left it to the last digit of the equation, which doubles them.
NEWTON_STEPS, LAST_STEP = 8, 1e-12


class Weights(NamedTuple):
    """A score S with its offset taken off, s = S − c, and w = (f')⁻¹(s): P_S(z₂ | z₁) = P₂ w. Shapes (..., n1, n2).

    `doubt` is ∞ where the rounding of s reaches an f'(∞) that no ratio has, so that doubles do not tell w; else 0.
    """

    slope: Float
    weight: Float
    doubt: Float


def contrastive_risk(law: FiniteLaw, score: Float, div: Divergence | str) -> Any:
    """R_f(S) in nats, the infimum over the offset found from values of f* alone.

    Parameters
    ----------
    law : a `FiniteModel`, or a `FiniteStack` of m of them.
    score : S, shape (n1, n2) or (m, n1, n2). −∞ is allowed; where r > 0 it makes the risk +∞.

    Returns
    -------
    `Bounded`, or `BoundedArray` (m,) for a stack, with what the search and rounding leave open.

    Raises
    ------
    ValueError : for a score of another shape, with NaN or +∞, or with a row of −∞ throughout the support of P₂.
    """
    f, table = as_divergence(div), checked_score(law, score)
    found = _best_offset(law, table, f)
    offset, dual = found.place[..., None], f.conjugate(table - found.place[..., None])
    terms = _product(law.product, dual) + law.product * offset - _product(law.joint, table)
    gross = np.abs(_product(law.product, dual)) + law.product * np.abs(offset)
    gross += np.abs(_product(law.joint, table))
    return _mean(law, terms, gross, law.product * found.gap[..., None])


def least_risk(law: FiniteLaw, div: Divergence | str) -> tuple[Float, Any]:
    """A score at which R_f is lowest, shape (..., n1, n2), and the infimum of R_f over all scores.

    An offset shifts the score, so both infima together are one over s = S − c in each cell of P₁₂ s − P₁⊗P₂ f*(s): a
    concave function, whose maximum is found from its values. Where a pair never occurs, any s ≤ f'(0+) is best.
    """
    f = as_divergence(div)
    occurs = law.joint > 0
    middle = f.derivative(np.where(occurs, law.ratio, 1.0))
    low, high = middle - WINDOW, np.minimum(middle + WINDOW, f.slope_at_infinity)
    product, joint = law.product[..., None], law.joint[..., None]
    found = convex_minimum(lambda s: _product(product, f.conjugate(s)) - joint * s, low, high)
    with np.errstate(invalid="ignore"):
        never = _product(law.product, np.full(law.product.shape, -f.at_zero))
    values = np.where(occurs, found.value, never)
    gross = np.where(occurs, np.abs(found.value) + 2 * law.joint * np.abs(found.place), np.abs(never))
    score = np.where(occurs, found.place, f.derivative_at_zero)
    return score, _mean(law, values, gross, np.where(occurs, found.gap, 0.0))


def score_weights(law: FiniteLaw, score: Float, div: Divergence | str) -> Weights:
    """s = S − c and w = (f')⁻¹(s) at the root c(z₁) of E_{P₂} w = 1, which every finite law has (I2).

    w is 0 where s ≤ f'(0+), and any ratio between the ends where f is affine, such as in total variation. Entries of
    rows and columns without mass do not matter.

    Raises
    ------
    ValueError : as `contrastive_risk`.
    """
    f, table = as_divergence(div), checked_score(law, score)
    inverse, second = _inverse(f), law.marginal2[..., None, :]
    offset = _best_offset(law, table, f).place[..., None]
    for _ in range(NEWTON_STEPS):
        weight = inverse(table - offset)
        mean = _product(second, weight).sum(axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            change = _product(second, np.where(weight > 0, 1 / f.second_derivative(weight), 0.0))
            step = np.log(mean) * mean / change.sum(axis=-1, keepdims=True)
        # Where f is affine the weights jump, and the offset that the search found is as good as any.
        step = np.where(np.isfinite(step), step, 0.0)
        offset = offset + step
        if (np.abs(step) <= LAST_STEP * np.maximum(np.abs(offset), 1.0)).all():
            break
    slope = table - offset
    with np.errstate(invalid="ignore"):
        reach = slope + SLOPE_UNITS * UNIT * (np.abs(table) + np.abs(offset))
    # No w exceeds 1/P₂. Where f is affine from there on, as total variation is, f'(∞) is a slope like any other.
    with np.errstate(divide="ignore"):
        bends = f.second_derivative(1 / np.where(law.marginal2 > 0, law.marginal2, 1.0)) > 0
    near = (reach >= f.slope_at_infinity) & bends[..., None, :] & (law.product > 0)
    weight = np.where(slope > f.derivative_at_zero, inverse(slope), 0.0)
    return Weights(slope, weight, np.where(near, np.inf, 0.0))


def checked_score(law: FiniteLaw, score: Float) -> Float:
    """`score` as a table (..., n1, n2) without NaN and +∞, and with a finite entry on the support of P₂ in each row.

    Rows without mass are 0.
    """
    table = plain_array(score, np.float64)
    allowed, way_out = f"broadcast to {law.joint.shape}", "give one score for each cell of the joint table"
    fits = table.ndim >= 2 and table.shape[-2:] == law.joint.shape[-2:]
    fits = fits and table.ndim <= law.joint.ndim and table.shape[:-2] in ((), law.joint.shape[:-2])
    require(fits, "score", f"shape = {table.shape}", allowed, way_out)
    require_all(table < np.inf, "score", table, "be finite or -inf", "remove NaN and +inf entries")
    table = np.where(law.marginal1[..., None] > 0, table, 0.0)
    top = np.where(law.marginal2[..., None, :] > 0, table, -np.inf).max(axis=-1)
    require_all(
        top > -np.inf,
        "largest score of a row",
        top,
        "be finite",
        "give each row a finite score on P2's support",
    )
    return table


@lru_cache(maxsize=32)
def _inverse(div: Divergence) -> NumericalSlope:
    return NumericalSlope(div)


def _best_offset(law: FiniteLaw, table: Float, div: Divergence) -> Minimum:
    """The infimum over c of E_{P₂} f*(S − c) + c for each row, shapes (..., n1), from values of f* alone."""
    second = law.marginal2[..., None, None, :]

    def spread(offset: Float) -> Float:
        dual = div.conjugate(table[..., :, None, :] - offset[..., None])
        return np.asarray(_product(second, dual).sum(axis=-1) + offset)

    return convex_minimum(spread, *_offset_bracket(law, table, div))


def _offset_bracket(law: FiniteLaw, table: Float, div: Divergence) -> tuple[Float, Float]:
    """Offsets (..., n1) between which the best lies: at the first the mean of w is at least 1, at the last at most 1."""
    share = np.broadcast_to(law.marginal2[..., None, :], table.shape)
    live = np.where(share > 0, table, -np.inf)
    top, bottom = live.max(axis=-1), np.where(share > 0, table, np.inf).min(axis=-1)
    heaviest = np.take_along_axis(share, live.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    one = float(div.derivative(1.0))
    low = np.maximum(bottom - one, top - div.derivative(1 / heaviest))
    return low, np.maximum(low, top - one)


def _product(weight: Float, value: Float) -> Float:
    """weight · value, 0 where the weight is 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(weight > 0, weight * value, 0.0))


def _mean(law: FiniteLaw, terms: Float, gross: Float, gap: Float) -> Any:
    """The sum over the cells of each table, which may be lower by the sum of `gap`, with the rounding of `gross`."""
    units = KERNEL_UNITS + sum(law.shape) + 8
    return bounded(*summed(terms, units * UNIT * gross + gap))
