"""The closed form of the conjugate f*(s) = sup_{t>0} st − f(t), by inverting f', and a check of one that a user gives.

SymPy's general solver does not end on some sums of powers and exponentials, so the inversion only peels: a polynomial
of degree two or a pure power of a root of x is solved; one exponential, logarithm or root that holds every x is
replaced by a new unknown. Branches may be wrong or complex; every candidate is tested.
"""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import sympy as sp

from simsuff.divergences.symbols import s, simplify, t
from simsuff.numerics.validation import refuse

# By P2 the supremum at s = f'(t) is attained at t, so equality there is a check against the true supremum.
SAMPLES = [mpmath.mpf(10) ** (mpmath.mpf(k) / 3) for k in range(-18, 19)] + [mpmath.mpf(11) / 10]
DIGITS = 60
AGREEMENT = mpmath.mpf(10) ** -35
NEIGHBOUR = mpmath.mpf(10) ** -5
FLAT = mpmath.mpf(10) ** -25
PRINTABLE = (sp.exp, sp.log, sp.Abs)

LARGEST_ROOT = 12
LARGEST_DEGREE = 2
DEEPEST = 6
# Small enough that the general solver answers at once.
FEW_OPERATIONS = 14


def derive(f: sp.Expr, derivative: sp.Expr) -> sp.Expr | None:
    """The closed form of f* on (f'(0+), f'(∞)) for smooth f, or None where none is found.

    f'(t) = s is solved for t on every branch; the branch kept is the one that gives back t > 0 at all samples.
    """
    level = sp.Dummy("s", real=True)
    try:
        for branch in branches(derivative, t, level):
            found = _through(branch.subs(level, s), f, derivative)
            if found is not None:
                return found
    except (NotImplementedError, ValueError, TypeError, sp.PolynomialError):
        return None  # SymPy gives up on the branch; the numerical conjugate remains
    return None


def _through(inverse: sp.Expr, f: sp.Expr, derivative: sp.Expr) -> sp.Expr | None:
    """s τ(s) − f(τ(s)) for a candidate τ of the inverse of f', if it holds at every sample."""
    if any(not isinstance(node, PRINTABLE) for node in inverse.atoms(sp.Function)) or inverse.has(sp.I):
        return None
    raw = s * inverse - f.subs(t, inverse)
    for form in _forms(raw):
        if first_mismatch(form, f, derivative) is None:
            return form
    return None


def _forms(raw: sp.Expr) -> Iterator[sp.Expr]:
    with contextlib.suppress(Exception):  # the unsimplified form is as true
        yield simplify(raw)
    yield raw


def first_mismatch(conjugate: sp.Expr, f: sp.Expr, derivative: sp.Expr) -> tuple[Any, Any, Any] | None:
    """The first sample t, with f*(f'(t)) and tf'(t) − f(t), at which P2 fails; None where it holds everywhere."""
    values = sp.lambdify(t, f, "mpmath"), sp.lambdify(t, derivative, "mpmath")
    candidate = sp.lambdify(s, conjugate, "mpmath")
    with mpmath.workdps(DIGITS):
        for point in SAMPLES:
            slope = values[1](point)
            if abs(values[1](point * (1 + NEIGHBOUR)) - slope) <= FLAT * (1 + abs(slope)):
                continue  # f' no longer tells t apart at this precision
            expected = point * slope - values[0](point)
            found = _value(candidate, slope)
            if found is None or abs(found - expected) > AGREEMENT * (1 + abs(point * slope) + abs(expected)):
                return point, found, expected
    return None


def _value(function: Callable[[Any], Any], at: Any) -> Any:
    try:
        value = mpmath.mpmathify(function(at))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return None
    return value.real if abs(value.imag) <= AGREEMENT * (1 + abs(value.real)) else None


def verify(name: str, conjugate: sp.Expr, f: sp.Expr, derivative: sp.Expr) -> None:
    """Refuse a `conjugate` that breaks Fenchel–Young equality (P2)."""
    mismatch = first_mismatch(conjugate, f, derivative)
    if mismatch is not None:
        point, found, expected = mismatch
        got = "not a real number" if found is None else mpmath.nstr(found, 10)
        shown = f"conjugate(f'(t)) = {got} at t = {mpmath.nstr(point, 6)}"
        allowed = f"equal t f'(t) − f(t) = {mpmath.nstr(expected, 10)} there (P2)"
        raise refuse(
            "conjugate", shown, allowed, f"correct it, or leave it out and let {name} derive its own"
        )


def branches(expression: sp.Expr, x: sp.Symbol, target: sp.Expr, depth: int = 0) -> Iterator[sp.Expr]:
    """Candidates for x with `expression` = `target`."""
    if depth > DEEPEST or not expression.has(x):
        return
    root = _common_root(expression, x)
    y = sp.Dummy("y", positive=True)
    numerator = sp.numer(sp.together(expression.subs(x, y**root) - target)) if root else None
    if numerator is not None and numerator.is_polynomial(y):
        yield from (solution**root for solution in _roots(sp.Poly(numerator, y)))
    else:
        yield from _peeled(*_bare(expression, x, target), x, depth + 1)


def _bare(expression: sp.Expr, x: sp.Symbol, target: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Both sides without the constants around x, several logarithms drawn into one."""
    terms, rest = sp.factor_terms(expression).as_independent(x, as_Add=True)
    factor, rest = sp.factor_terms(rest).as_independent(x, as_Add=False)
    several = len(rest.atoms(sp.log)) > 1
    return (sp.logcombine(rest, force=True) if several else rest), (target - terms) / factor


def _common_root(expression: sp.Expr, x: sp.Symbol) -> int | None:
    """The n for which x^{1/n} makes every power of x whole; None beyond the largest allowed."""
    powers = [p.exp for p in expression.atoms(sp.Pow) if p.base == x]
    if not all(p.is_Rational for p in powers):
        return None
    root = math.lcm(*(int(p.q) for p in powers)) if powers else 1
    return root if root <= LARGEST_ROOT else None


def _roots(polynomial: sp.Poly) -> list[sp.Expr]:
    """The roots of c y^n + b and of polynomials of degree two."""
    y, degree = polynomial.gen, polynomial.degree()
    if degree > LARGEST_DEGREE and len(polynomial.terms()) <= 2 and polynomial.eval(0) != 0:
        return [(-polynomial.eval(0) / polynomial.LC()) ** sp.Rational(1, degree)]
    return list(sp.roots(polynomial)) if 1 <= degree <= LARGEST_DEGREE and polynomial.gen == y else []


def _peeled(expression: sp.Expr, target: sp.Expr, x: sp.Symbol, depth: int) -> Iterator[sp.Expr]:
    """Solve for the one function that holds every x, then for x inside of it."""
    if expression.is_Pow and expression.base == x and expression.exp.is_number:
        yield target ** (1 / expression.exp)
        return
    if _is_peel(expression, x):
        yield from _undone(expression, x, target, depth)
        return
    u = sp.Dummy("u", positive=True)
    peels = [inner for inner in expression.atoms(sp.exp, sp.log, sp.Pow) if _is_peel(inner, x)]
    for inner in sorted(peels, key=sp.count_ops, reverse=True):
        outer = expression.subs(inner, u)
        if not outer.has(x):
            for value in branches(outer, u, target, depth):
                yield from _undone(inner, x, value, depth)
            return
    is_algebraic = _common_root(expression, x) is not None and not expression.has(sp.exp, sp.log)
    if is_algebraic and sp.count_ops(expression) <= FEW_OPERATIONS:
        yield from sp.solve(expression - target, x, check=False)


def _is_peel(inner: sp.Expr, x: sp.Symbol) -> bool:
    """exp, log, or a root of more than x itself."""
    is_root = inner.is_Pow and inner.exp.is_Rational and not inner.exp.is_Integer and inner.base != x
    return bool(inner.has(x) and (isinstance(inner, sp.exp | sp.log) or is_root))


def _undone(inner: sp.Expr, x: sp.Symbol, value: sp.Expr, depth: int) -> Iterator[sp.Expr]:
    """x with `inner` = `value`, one function peeled off."""
    if isinstance(inner, sp.exp):
        yield from branches(inner.args[0], x, sp.log(value), depth)
    elif isinstance(inner, sp.log):
        yield from branches(inner.args[0], x, sp.exp(value), depth)
    else:
        yield from branches(inner.base, x, value ** (1 / inner.exp), depth)
