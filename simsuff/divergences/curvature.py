"""How small does t f''(t) become over a range (C2)? The κ of B_f ≥ κ B_kl."""

import heapq
import math
from itertools import count

import mpmath
import sympy as sp
from mpmath import iv

from simsuff.divergences import limits
from simsuff.divergences.intervals import bounds, enclose
from simsuff.divergences.signs import LARGEST, SMALLEST, nonnegative
from simsuff.divergences.symbols import t
from simsuff.divergences.tidying import simplify

# Branch and bound stops when the lower bound is this close to a value that is attained.
RELATIVE_GAP = 1e-9
MOST_BOXES = 4000


def floor(expression: sp.Expr, low: float, high: float) -> float:
    """The infimum of a non-negative `expression` over t in (low, high): exact if monotone, else a lower bound."""
    slope = simplify(sp.diff(expression, t))
    if nonnegative(slope, low, high).holds:
        return _end(expression, low)
    if nonnegative(-slope, low, high).holds:
        return _end(expression, high)
    return max(
        0.0,
        min(_end(expression, low), _end(expression, high), _branch_and_bound(expression, slope, low, high)),
    )


def _end(expression: sp.Expr, place: float) -> float:
    """The value at an end of the range, or the limit."""
    if place == 0:
        return limits.at_zero(expression)
    if math.isinf(place):
        return limits.at_infinity(expression)
    with mpmath.workdps(40):
        return float(sp.lambdify(t, expression, "mpmath")(mpmath.mpf(place)))


def _branch_and_bound(expression: sp.Expr, slope: sp.Expr, low: float, high: float) -> float:
    """A rigorous lower bound over [max(low, 2⁻⁶⁴), min(high, 2⁶⁴)], best box first."""
    order = count()
    start, stop = max(low, SMALLEST), min(high, LARGEST)
    boxes = [(-math.inf, next(order), start, stop)]
    attained = math.inf
    for _ in range(MOST_BOXES):
        bottom, _tie, a, b = heapq.heappop(boxes)
        middle = math.sqrt(a) * math.sqrt(b)
        attained = min(attained, float(bounds(enclose(expression, t, middle, middle))[1]))
        if attained - bottom <= RELATIVE_GAP * abs(attained) or not a < middle < b:
            return bottom
        for x, y in ((a, middle), (middle, b)):
            heapq.heappush(boxes, (_lower(expression, slope, x, y), next(order), x, y))
    return boxes[0][0]


def _lower(expression: sp.Expr, slope: sp.Expr, a: float, b: float) -> float:
    """The better of the natural bound and the mean-value form, which is sharper in small boxes."""
    middle = (a + b) / 2
    box = iv.mpf([a, b])
    spread = enclose(expression, t, middle, middle) + enclose(slope, t, a, b) * (box - middle)
    found = [float(bounds(interval)[0]) for interval in (enclose(expression, t, a, b), spread)]
    finite = [math.nextafter(value, -math.inf) for value in found if not math.isnan(value)]
    return max(finite, default=-math.inf)
