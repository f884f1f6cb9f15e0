"""Is an expression non-negative for every t > 0? Decided symbolically, by Sturm's theorem, or by interval arithmetic."""

import math
from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from mpmath import iv, mp

from simsuff.divergences.intervals import bounds, enclose, enclose_at
from simsuff.divergences.symbols import t
from simsuff.divergences.tidying import forms

# The interval proof covers this range; outside it only single points are looked at.
SMALLEST, LARGEST = 2.0**-64, 2.0**64
MOST_BOXES = 4000
WORKING_DIGITS = 40
LARGEST_ROOT, LARGEST_DEGREE = 60, 400


@dataclass(frozen=True)
class Verdict:
    """`holds` is None where the matter is undecided; `witness` is a t where it fails, or where it is undecided."""

    holds: bool | None
    method: str
    witness: float | None = None


def nonnegative(expression: sp.Expr, low: float = 0.0, high: float = math.inf) -> Verdict:
    """Whether `expression` ≥ 0 for all t in (low, high)."""
    if (low, high) == (0.0, math.inf) and any(form.is_nonnegative for form in forms(expression)):
        return Verdict(True, "symbolic")
    exact = _by_sturm(expression, low, high)
    if exact is not None:
        return exact
    with mp.workdps(WORKING_DIGITS):
        digits, iv.dps = iv.dps, WORKING_DIGITS
        try:
            return _by_intervals(expression, low, high)
        finally:
            iv.dps = digits


def _by_sturm(expression: sp.Expr, low: float, high: float) -> Verdict | None:
    """Exact decision for rational functions of a root of t with rational coefficients; None for anything else."""
    x = sp.Symbol("x", positive=True)
    roots = [p.exp.q for p in expression.atoms(sp.Pow) if p.base == t and isinstance(p.exp, sp.Rational)]
    root = math.lcm(*roots) if roots else 1
    if root > LARGEST_ROOT or expression.has(sp.sign, sp.Abs, sp.Max, sp.Min, sp.Heaviside):
        return None
    top, bottom = sp.fraction(sp.together(expression.subs(t, x**root)))
    if not (top.is_polynomial(x) and bottom.is_polynomial(x)):
        return None
    product = sp.Poly(top * bottom, x)
    if not (product.domain.is_QQ or product.domain.is_ZZ) or product.degree() > LARGEST_DEGREE:
        return None
    return _polynomial_verdict(product, low ** (1 / root), high ** (1 / root), root)


def _polynomial_verdict(product: sp.Poly, low: float, high: float, root: int) -> Verdict:
    """The sign changes only at roots of odd multiplicity, so one point in each gap between them decides."""
    if product.is_zero:
        return Verdict(True, "Sturm")
    leading, factors = product.sqf_list()
    odd = [factor for factor, power in factors if power % 2 == 1]
    core = sp.prod(odd, start=sp.Poly(leading, *product.gens))
    places = sorted(float(r) for factor in odd for r in factor.real_roots() if low < r < high)
    inner = [math.sqrt(max(a, 1e-300) * b) for a, b in pairwise(places)]
    first = (places[0] if places else min(high, max(low, 1.0) * 2)) / 2 + low / 2
    last = (
        places[-1] / 2 + high / 2 if places and math.isfinite(high) else 2 * places[-1] if places else first
    )
    for point in [first, *inner, last]:
        if core.eval(sp.Rational(point)) < 0:
            return Verdict(False, "Sturm", point**root)
    return Verdict(True, "Sturm")


def _by_intervals(expression: sp.Expr, low: float, high: float) -> Verdict:
    """Bisect in log t until every box is ≥ 0, one is < 0, or the budget is spent."""
    for point in _points(low, high):
        if bounds(enclose_at(expression, t, point))[1] < 0:
            return Verdict(False, "interval arithmetic", point)
    start, stop = max(low, SMALLEST), min(high, LARGEST)
    boxes = [(start, stop)]
    for _ in range(MOST_BOXES):
        if not boxes:
            return Verdict(True, f"interval arithmetic on [{start:g}, {stop:g}]")
        a, b = boxes.pop()
        bottom, top = bounds(enclose(expression, t, a, b))
        if top < 0:
            return Verdict(False, "interval arithmetic", a)
        if not bottom >= 0:
            middle = math.sqrt(a) * math.sqrt(b)
            boxes += [(a, middle), (middle, b)] if a < middle < b else []
            if not a < middle < b:
                return Verdict(None, "interval arithmetic", a)
    return Verdict(None, "interval arithmetic", boxes[-1][0] if boxes else None)


def _points(low: float, high: float) -> list[float]:
    """A first look, on a logarithmic grid that is finer around 1."""
    grid = [10.0**k for k in range(-30, 31)] + [2.0 ** (k / 4) for k in range(-40, 41)]
    return [point for point in sorted(grid) if low < point < high]
