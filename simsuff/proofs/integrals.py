"""What is this integral, exactly? Gaussian integrals by completing the square; others as SymPy knows them."""

from collections.abc import Iterator

import sympy as sp

from simsuff.proofs.signs import is_positive

WHOLE_LINE = (-sp.oo, sp.oo)


def without_integrals(expression: sp.Expr) -> sp.Expr:
    """The expression with every integral done that can be, the inner ones first."""
    if not expression.has(sp.Integral):
        return expression
    inner = [without_integrals(part) for part in expression.args]
    if not isinstance(expression, sp.Integral):
        return expression.func(*inner)
    value = without_integrals(expression.function)
    for limit in expression.limits:
        value = _definite(value, limit)
    return value


def _definite(integrand: sp.Expr, limit: sp.Tuple) -> sp.Expr:
    variable, *ends = limit
    if len(set(ends)) == 1:
        return sp.S.Zero
    if tuple(ends) == WHOLE_LINE:
        gaussian = gaussian_integral(integrand, variable)
        if gaussian is not None:
            return gaussian
    return _by_sympy(sp.Integral(integrand, limit))


def _by_sympy(integral: sp.Integral) -> sp.Expr:
    """SymPy's value, where it needs no case distinction."""
    value = integral.doit()
    return integral if value.has(sp.Piecewise, sp.Integral) else value


def gaussian_integral(integrand: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """∫ over ℝ of a sum of terms p(x) exp(−a x² + b x + c), p polynomial and a > 0 proved; else None.

    ∫ xᵏ exp(−a x² + b x + c) dx = √(π/a) exp(c + b²/4a) E(b/2a + N/√(2a))ᵏ with N standard normal.
    """
    total = sp.S.Zero
    if integrand == 0:
        return total
    for term in _terms(_logs_out(integrand)):
        value = _gaussian_term(term, x)
        if value is None:
            return None
        total += value
    return total


def _terms(integrand: sp.Expr) -> Iterator[sp.Expr]:
    """Summands in each of which the exponentials are factors."""
    if isinstance(integrand, sp.Add):
        for part in integrand.args:
            yield from _terms(part)
        return
    factors = sp.Mul.make_args(integrand)
    total = next((f for f in factors if isinstance(f, sp.Add) and f.has(sp.exp)), None)
    if total is None:
        yield integrand
        return
    rest = sp.Mul(*[f for f in factors if f is not total])
    for part in total.args:
        yield from _terms(rest * part)


def _logs_out(integrand: sp.Expr) -> sp.Expr:
    """log of a Gaussian density as the polynomial that it is."""
    return integrand.replace(sp.log, lambda a: sp.expand_log(sp.log(sp.powsimp(a))))


def _gaussian_term(term: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    constant, varying = term.as_independent(x, as_Add=False)
    factors = sp.Mul.make_args(varying)
    exponent = sum((f.args[0] for f in factors if isinstance(f, sp.exp)), sp.S.Zero)
    rest = sp.Mul(*[f for f in factors if not isinstance(f, sp.exp)])
    if not (rest.is_polynomial(x) and exponent.is_polynomial(x)):
        return None
    square, polynomial = sp.Poly(exponent, x), sp.Poly(rest, x)
    if square.degree() != 2:
        return None
    a, b, c = (sp.factor(q) for q in (-square.nth(2), square.nth(1), square.nth(0)))
    if not is_positive(a):
        return None
    moments = [_moment(k, b / (2 * a), 2 * a) * polynomial.nth(k) for k in range(polynomial.degree() + 1)]
    mean = sp.factor(sp.Add(*moments))
    return constant * sp.sqrt(sp.pi / a) * sp.exp(sp.factor(c + b**2 / (4 * a))) * mean


def _moment(k: int, mean: sp.Expr, precision: sp.Expr) -> sp.Expr:
    """E(mean + N/√precision)ᵏ."""
    terms = [
        sp.binomial(k, 2 * j) * mean ** (k - 2 * j) * sp.factorial2(2 * j - 1) / precision**j
        for j in range(k // 2 + 1)
    ]
    return sp.Add(*terms)
