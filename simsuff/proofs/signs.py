"""Signs of expressions in positive letters, read off from their factors and coefficients."""

import sympy as sp


def is_nonnegative(expression: sp.Expr) -> bool:
    """Whether the expression is proved ≥ 0; False means only that this proof does not work."""
    return _sign(expression) in (1, 0)


def is_positive(expression: sp.Expr) -> bool:
    """Whether the expression is proved > 0; False means only that this proof does not work."""
    return _sign(expression) == 1


def _sign(expression: sp.Expr) -> int | None:
    """1 for positive, 0 for non-negative, None for unknown (also where it is negative)."""
    together = sp.together(expression)
    if all(_has_positive_coefficients(part) for part in sp.fraction(together)):
        return 1  # without the cost of factoring
    numerator, denominator = sp.fraction(sp.factor(together))
    signs = [_factor_sign(f) for f in sp.Mul.make_args(numerator)]
    below = [_factor_sign(f) for f in sp.Mul.make_args(denominator)]
    # A denominator that is only known to be non-negative may vanish.
    if None in signs or not all(sign in (1, -1) for sign in below):
        return None
    if sum(sign == -1 for sign in [*signs, *below]) % 2:
        return None
    return 0 if 0 in signs else 1


def _factor_sign(factor: sp.Expr) -> int | None:
    """1, 0 (non-negative), −1 (negative) or None (unknown)."""
    if factor.is_positive or _has_positive_coefficients(factor):
        return 1
    if factor.is_negative or _has_positive_coefficients(-factor):
        return -1
    return 0 if factor.is_nonnegative or _coefficients(factor) else None


def _coefficients(factor: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """Monomials with their coefficients, where the generators and all coefficients are non-negative; else []."""
    if not factor.free_symbols:
        return []
    try:
        polynomial = sp.Poly(factor)
    except sp.PolynomialError:
        return []
    terms = [
        (sp.prod(g**e for g, e in zip(polynomial.gens, powers, strict=True)), coefficient)
        for powers, coefficient in polynomial.terms()
    ]
    good = all(g.is_nonnegative for g in polynomial.gens) and all(c.is_nonnegative for _, c in terms)
    return terms if good else []


def _has_positive_coefficients(factor: sp.Expr) -> bool:
    return any(monomial.is_positive and c.is_positive for monomial, c in _coefficients(factor))
