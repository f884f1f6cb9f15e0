"""For which x does an expression take a given value? The branches that elementary steps reach, and no search beyond.

SymPy's general solver does not end on some sums of powers and exponentials, so this one only peels: a polynomial of
degree two or a pure power of a root of x is solved; one exponential, logarithm or root that holds every x is
replaced by a new unknown. Branches may be wrong or complex; the caller tests them.
"""

import math
from collections.abc import Iterator

import sympy as sp

LARGEST_ROOT = 12
LARGEST_DEGREE = 2
DEEPEST = 6
# Small enough that the general solver answers at once.
FEW_OPERATIONS = 14


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
