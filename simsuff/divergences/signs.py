"""Zeros, sign and infimum of an expression in t, by Sturm's theorem and interval arithmetic."""

import heapq
import math
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

import mpmath
import sympy as sp
from mpmath import iv, mp

from simsuff.divergences import limits
from simsuff.divergences.intervals import bounds, bounds_over, enclose, enclose_at, working_digits
from simsuff.divergences.symbols import attempt, forms, is_visibly, simplify, t
from simsuff.numerics.validation import refuse

# The interval proof covers this range; outside it only single points are looked at.
SMALLEST, LARGEST = 2.0**-64, 2.0**64
MOST_BOXES = 4000
# Evaluations of single operations by interval arithmetic, some ten microseconds each.
MOST_OPERATIONS = 100_000
WORKING_DIGITS = 40
LARGEST_ROOT, LARGEST_DEGREE = 60, 400
# Branch and bound stops when the lower bound is this close to a value that is attained.
RELATIVE_GAP = 1e-9

# Zeros are searched over all doubles, and known to this relative precision, far beyond double precision.
ROOT_DIGITS = 70
NARROW = mpmath.mpf(10) ** -60
# Below this distance an interval with two zeros is not told apart from one that touches 0.
TOUCHING = mpmath.mpf(2) ** -90


@dataclass(frozen=True)
class Verdict:
    """`holds` is None where the matter is undecided; `witness` is a t where it fails, or where it is undecided."""

    holds: bool | None
    method: str
    witness: float | None = None


def zeros(expression: sp.Expr, low: sp.Expr = sp.S.Zero, high: sp.Expr = sp.oo) -> list[sp.Expr]:
    """Every t in (low, high) where a smooth `expression` is zero, increasing: exact where rational, else 60 digits.

    Isolated by Sturm's theorem for polynomials in a root of t, by interval arithmetic with the derivative for all
    others. Two zeros closer than 1e-27 of themselves may be one. Empty for an `expression` that is 0 everywhere.

    Raises
    ------
    ValueError : the budget does not suffice to isolate them.
    """
    if not expression.has(t) or is_visibly("positive", expression) or is_visibly("negative", expression):
        return []
    found = attempt(_polynomial_zeros, expression, seconds=4.0)
    if found is None:
        with working_digits(ROOT_DIGITS):
            found = attempt(_enclosed_zeros, expression, seconds=4.0)
    if found is None:
        shown = f"f changes its formula, or its domain ends, where {expression} = 0"
        raise refuse("f", shown, "have kinks that can be isolated", "use a simpler form, or decimals")
    return [zero for zero in found if low < zero < high]


def sign_at(expression: sp.Expr, point: sp.Expr) -> int:
    """The sign of `expression` at t = `point`, 0 where it is less than the rounding of 70 digits.

    Raises
    ------
    ArithmeticError, ValueError, TypeError : it is not a real number there.
    """
    with mpmath.workdps(ROOT_DIGITS):
        value = mpmath.mpf(sp.lambdify(t, expression, "mpmath")(mpmath.mpf(sp.N(point, ROOT_DIGITS))))
        return int(mpmath.sign(value)) if abs(value) > NARROW else 0


def _in_a_root(expression: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Symbol, int] | None:
    """Numerator and denominator as polynomials in x, t = xⁿ, with rational coefficients; None for anything else."""
    x = sp.Symbol("x", positive=True)
    roots = [p.exp.q for p in expression.atoms(sp.Pow) if p.base == t and isinstance(p.exp, sp.Rational)]
    n = math.lcm(*roots) if roots else 1
    if n > LARGEST_ROOT or expression.has(sp.sign, sp.Abs, sp.Max, sp.Min, sp.Heaviside, sp.log, sp.exp):
        return None
    top, bottom = sp.fraction(sp.together(expression.subs(t, x**n)))
    good = all(
        part.is_polynomial(x)
        and sp.Poly(part, x).domain in (sp.ZZ, sp.QQ)
        and sp.Poly(part, x).degree() <= LARGEST_DEGREE
        for part in (top, bottom)
    )
    return (top, bottom, x, n) if good else None


def _polynomial_zeros(expression: sp.Expr) -> list[sp.Expr] | None:
    parts = _in_a_root(expression)
    if parts is None:
        return None
    top, _bottom, x, n = parts
    polynomial = sp.Poly(top, x).sqf_part()
    places = []
    for (a, b), _multiplicity in polynomial.intervals(eps=sp.Rational(1, 10**80), inf=0):
        middle = (a + b) / 2
        simple = sp.Rational(middle).limit_denominator(10**6)
        if simple > 0 and polynomial.eval(simple) == 0:
            places.append(simple**n)
        elif middle > 0:
            places.append(sp.N(middle, ROOT_DIGITS) ** n)
    return sorted(places)


def _enclosed_zeros(expression: sp.Expr) -> list[sp.Expr] | None:
    """Bisection in log t: a box without zeros, with a monotone `expression`, or too narrow to be split ends it."""
    slope = simplify(sp.diff(expression, t))
    boxes, found = [(mp.mpf(2) ** -1022, mp.mpf(2) ** 1022)], []
    while boxes:
        a, b = boxes.pop()
        bottom, top = bounds_over(expression, t, a, b)
        if bottom > 0 or top < 0:
            continue
        bottom, top = bounds_over(slope, t, a, b)
        if bottom > 0 or top < 0 or b - a <= TOUCHING * a:
            found += _crossing(expression, a, b)
        else:
            middle = mp.sqrt(a) * mp.sqrt(b)
            boxes += [(a, middle), (middle, b)]
    return _distinct(found)


def _crossing(expression: sp.Expr, a: Any, b: Any) -> list[Any]:
    """The zero of `expression`, monotone or touching 0 on the box [a, b], or nothing."""
    signs = [_certain_sign(expression, point) for point in (a, b)]
    if b - a <= TOUCHING * a:
        return [(a + b) / 2]
    if 0 in signs:
        return [a if signs[0] == 0 else b]
    if signs[0] == signs[1]:
        return []
    while b - a > NARROW * a:
        middle = mp.sqrt(a * b) if b > 2 * a else (a + b) / 2
        sign = _certain_sign(expression, middle)
        if sign == 0:
            return [middle]
        a, b = (middle, b) if sign == signs[0] else (a, middle)
    return [(a + b) / 2]


def _certain_sign(expression: sp.Expr, point: Any) -> int:
    bottom, top = bounds_over(expression, t, point, point)
    return 1 if bottom > 0 else -1 if top < 0 else 0


def _distinct(places: list[Any]) -> list[sp.Expr]:
    """Neighbouring boxes may find the same zero; one that is a simple rational to all digits is that."""
    kept: list[Any] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > 4 * TOUCHING * place:
            kept.append(place)
    exact = [sp.Rational(sp.Float(place, ROOT_DIGITS)).limit_denominator(10**6) for place in kept]
    return [
        simple
        if abs(mp.mpf(simple.p) / simple.q - place) <= TOUCHING * place
        else sp.Float(place, ROOT_DIGITS)
        for simple, place in zip(exact, kept, strict=True)
    ]


def nonnegative(expression: sp.Expr, low: sp.Expr | float = 0.0, high: sp.Expr | float = math.inf) -> Verdict:
    """Whether `expression` ≥ 0 for all t in (low, high)."""
    if _is_visibly_nonnegative(expression, sp.sympify(low), sp.sympify(high)):
        return Verdict(True, "symbolic")
    exact = attempt(_by_sturm, expression, float(low), float(high), seconds=2.0)
    if exact is not None:
        return exact  # type: ignore[no-any-return]
    with working_digits(WORKING_DIGITS):
        return _by_intervals(expression, float(low), float(high))


def _is_visibly_nonnegative(expression: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    """Whether SymPy reads off the sign, also in the distance from an end of the range."""
    if (low, high) == (0, sp.oo):
        return any(is_visibly("nonnegative", form) for form in forms(expression))
    from_ends = [
        expression.subs(t, end + side * t) for end, side in ((low, 1), (high, -1)) if end.is_Rational
    ]
    return any(is_visibly("nonnegative", form) for form in [expression, *from_ends])


def _by_sturm(expression: sp.Expr, low: float, high: float) -> Verdict | None:
    """The sign changes only at roots of odd multiplicity, so one point in each gap between them decides."""
    parts = _in_a_root(expression)
    if parts is None:
        return None
    top, bottom, x, n = parts
    product = sp.Poly(top * bottom, x)
    if product.is_zero:
        return Verdict(True, "Sturm")
    leading, factors = product.sqf_list()
    odd = [factor for factor, power in factors if power % 2 == 1]
    core = sp.prod(odd, start=sp.Poly(leading, x))
    left, right = low ** (1 / n), high ** (1 / n)
    places = sorted(
        float((a + b) / 2)
        for factor in odd
        for (a, b), _ in factor.intervals(eps=sp.Rational(1, 10**30), inf=0)
        if left < (a + b) / 2 < right
    )
    inner = [math.sqrt(max(a, 1e-300) * b) for a, b in pairwise(places)]
    first = (places[0] if places else min(right, max(left, 1.0) * 2)) / 2 + left / 2
    last = (places[-1] / 2 + right / 2 if math.isfinite(right) else 2 * places[-1]) if places else first
    for point in [first, *inner, last]:
        if core.eval(sp.Rational(point)) < 0:
            return Verdict(False, "Sturm", point**n)
    return Verdict(True, "Sturm")


def _by_intervals(expression: sp.Expr, low: float, high: float) -> Verdict:
    """Bisect in log t until every box is ≥ 0, one is < 0, or the budget is spent."""
    grid = sorted([10.0**k for k in range(-30, 31)] + [2.0 ** (k / 4) for k in range(-40, 41)])
    for point in grid:
        if low < point < high and bounds_over(expression, t, point, point)[1] < 0:
            return Verdict(False, "interval arithmetic", point)
    start, stop = max(low, SMALLEST), min(high, LARGEST)
    boxes = [(start, stop)]
    for _ in range(_most_boxes(expression)):
        if not boxes:
            return Verdict(True, f"interval arithmetic on [{start:g}, {stop:g}]")
        a, b = boxes.pop()
        bottom, top = bounds_over(expression, t, a, b)
        if top < 0:
            return Verdict(False, "interval arithmetic", a)
        if not bottom >= 0:
            middle = math.sqrt(a) * math.sqrt(b)
            if not a < middle < b:
                return Verdict(None, "interval arithmetic", a)
            boxes += [(a, middle), (middle, b)]
    return Verdict(None, "interval arithmetic", boxes[-1][0] if boxes else None)


def _most_boxes(expression: sp.Expr) -> int:
    return min(MOST_BOXES, 100 + MOST_OPERATIONS // (1 + int(sp.count_ops(expression))))


def infimum(expression: sp.Expr, low: float, high: float) -> float:
    """The infimum of a non-negative `expression` over t in (low, high): exact if monotone, else a lower bound."""
    slope = simplify(sp.diff(expression, t))
    if nonnegative(slope, low, high).holds:
        return _end(expression, low)
    if nonnegative(-slope, low, high).holds:
        return _end(expression, high)
    with working_digits(WORKING_DIGITS):
        inside = _branch_and_bound(expression, slope, low, high)
    return max(0.0, min(_end(expression, low), _end(expression, high), inside))


def _end(expression: sp.Expr, place: float) -> float:
    """The value at an end of the range, or the limit."""
    if place == 0:
        return limits.at_zero(expression)
    if math.isinf(place):
        return limits.at_infinity(expression)
    with mpmath.workdps(WORKING_DIGITS):
        return float(sp.lambdify(t, expression, "mpmath")(mpmath.mpf(place)))


def _branch_and_bound(expression: sp.Expr, slope: sp.Expr, low: float, high: float) -> float:
    """A rigorous lower bound over [max(low, 2⁻⁶⁴), min(high, 2⁶⁴)], best box first."""
    order = count()
    boxes = [(-math.inf, next(order), max(low, SMALLEST), min(high, LARGEST))]
    attained = math.inf
    for _ in range(_most_boxes(expression)):
        bottom, _tie, a, b = heapq.heappop(boxes)
        middle = math.sqrt(a) * math.sqrt(b)
        attained = min(attained, float(bounds_over(expression, t, middle, middle)[1]))
        if attained - bottom <= RELATIVE_GAP * abs(attained) or not a < middle < b:
            return bottom
        for x, y in ((a, middle), (middle, b)):
            heapq.heappush(boxes, (_lower(expression, slope, x, y), next(order), x, y))
    return boxes[0][0]


def _lower(expression: sp.Expr, slope: sp.Expr, a: float, b: float) -> float:
    """The better of the natural bound and the mean-value form, which is sharper in small boxes."""
    middle = (a + b) / 2
    spread = enclose_at(expression, t, middle) + enclose(slope, t, a, b) * (iv.mpf([a, b]) - middle)
    found = [float(bounds(interval)[0]) for interval in (enclose(expression, t, a, b), spread)]
    finite = [math.nextafter(value, -math.inf) for value in found if not math.isnan(value)]
    return max(finite, default=-math.inf)
