"""The difference of two sides in positive letters, with its integrals done; signs that its factors show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import sympy as sp


def positive_coordinates(ranges: Mapping[sp.Symbol, sp.Interval]) -> dict[sp.Symbol, sp.Expr]:
    """Each letter with a half-line or half-open interval as range, as a map from a positive or non-negative one.

    x in (a, b) is (a + b u)/(1 + u) with u > 0, and so on: every value of the range is met, none outside it. A
    letter whose assumptions already give its range, or whose range is closed at both ends, is left alone.
    """

    def dummy(letter: sp.Symbol, positive: bool) -> sp.Symbol:
        kind = {"positive": True} if positive else {"nonnegative": True}
        return sp.Dummy(letter.name, integer=letter.is_integer, **kind)

    def coordinate(letter: sp.Symbol, interval: sp.Interval) -> sp.Expr:
        low, high = interval.start, interval.end
        if high == sp.oo:
            known = letter.is_positive if interval.left_open else letter.is_nonnegative
            free = low == -sp.oo or (known and low == 0)
            return letter if free else low + dummy(letter, interval.left_open)
        if low == -sp.oo:
            return high - dummy(letter, interval.right_open)
        if letter.is_integer or not (interval.left_open or interval.right_open):
            return letter
        start, end = (low, high) if interval.right_open else (high, low)
        u = dummy(letter, interval.left_open and interval.right_open)
        return (start + end * u) / (1 + u)

    new = {letter: coordinate(letter, interval) for letter, interval in ranges.items()}
    return {letter: expression for letter, expression in new.items() if expression != letter}


def without_integrals(expression: sp.Expr) -> sp.Expr:
    """The expression with every integral done that can be, the inner ones first."""
    if not expression.has(sp.Integral):
        return expression
    inner = [without_integrals(part) for part in expression.args]
    if not isinstance(expression, sp.Integral):
        return expression.func(*inner)
    value = without_integrals(expression.function)
    for limit in expression.limits:
        variable, *ends = limit
        gaussian = gaussian_integral(value, variable) if tuple(ends) == (-sp.oo, sp.oo) else None
        if gaussian is not None or len(set(ends)) == 1:
            value = gaussian or sp.S.Zero
            continue
        integral = sp.Integral(value, limit)
        done = integral.doit()
        # A case distinction is no value.
        value = integral if done.has(sp.Piecewise, sp.Integral) else done
    return value


def gaussian_integral(integrand: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """∫ over ℝ of a sum of terms p(x) exp(−a x² + b x + c), p polynomial and a > 0 proved; else None.

    ∫ xᵏ exp(−a x² + b x + c) dx = √(π/a) exp(c + b²/4a) E(b/2a + N/√(2a))ᵏ with N standard normal.
    """
    total = sp.S.Zero
    if integrand == 0:
        return total
    # The logarithm of a Gaussian density is the polynomial that it is.
    polynomial_logs = integrand.replace(sp.log, lambda a: sp.expand_log(sp.log(sp.powsimp(a))))
    for term in _terms(polynomial_logs):
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
        total += constant * sp.sqrt(sp.pi / a) * sp.exp(sp.factor(c + b**2 / (4 * a))) * mean
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


def _moment(k: int, mean: sp.Expr, precision: sp.Expr) -> sp.Expr:
    """E(mean + N/√precision)ᵏ."""
    terms = [
        sp.binomial(k, 2 * j) * mean ** (k - 2 * j) * sp.factorial2(2 * j - 1) / precision**j
        for j in range(k // 2 + 1)
    ]
    return sp.Add(*terms)


@dataclass(frozen=True)
class Difference:
    """right − left of one entry, with the ranges of its letters."""

    left: sp.Expr
    right: sp.Expr
    ranges: Mapping[sp.Symbol, sp.Interval]

    @cached_property
    def coordinates(self) -> dict[sp.Symbol, sp.Expr]:
        """The letters as functions of positive ones."""
        return positive_coordinates(self.ranges)

    def positive(self, expression: sp.Expr) -> sp.Expr:
        """An expression in the letters, written in positive ones, with its integrals done."""
        if isinstance(expression, sp.Max):  # SymPy would compare its arguments in pairs
            return sp.Max(*map(self.positive, expression.args), evaluate=False)
        return without_integrals(expression.subs(self.coordinates).doit(integrals=False))

    @cached_property
    def sides(self) -> tuple[sp.Expr, sp.Expr]:
        """Both sides in positive letters, with their integrals done."""
        return self.positive(self.left), self.positive(self.right)

    @property
    def original(self) -> sp.Expr:
        """The difference in the letters of the identity."""
        return self.right - self.left

    @cached_property
    def expression(self) -> sp.Expr:
        """The difference in positive letters, with its integrals done."""
        return self.sides[1] - self.sides[0]


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
