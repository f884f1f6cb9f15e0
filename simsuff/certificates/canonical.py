"""Canonical terms of expressions: everything that cancels exactly has cancelled.

An expression becomes Σ coefficient · atom: coefficients rational in the variables, factored; atoms products of
logarithms, roots and exponentials of irreducible polynomials that are positive on the domain. Cancellation
between infinite logarithms, common monomials and perfect squares then stand in the open.
"""

from collections.abc import Iterable, Mapping
from functools import cache

import sympy as sp

from simsuff.certificates.intervals import INFINITY, Interval, Unsupported, ball, enclose

# atom → coefficient
Terms = dict[sp.Expr, sp.Expr]
# One interior point of the domain: it tells the sign of a polynomial that has no zero there.
Sample = Mapping[sp.Symbol, sp.Rational]


def collect(expression: sp.Expr, sample: Sample) -> Terms:
    """The canonical terms of `expression`; `sample` is a point inside the domain."""
    symbols = tuple(sample)
    if _is_rational(expression, symbols):
        total = sp.factor(sp.together(expression))
        return {sp.Integer(1): total} if total != 0 else {}
    sums: dict[sp.Expr, list[sp.Expr]] = {}
    for term in sp.Add.make_args(sp.expand(canonical(expression, sample))):
        rational, atom = [], []
        for factor in sp.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if isinstance(base, _Root):
                whole, rest = divmod(int(exponent), base.index)
                rational.append(base.base**whole)
                atom.append(base**rest)
            else:
                (rational if _is_rational(factor, symbols) else atom).append(factor)
        sums.setdefault(sp.Mul(*atom), []).append(sp.Mul(*rational))
    terms = {atom: sp.factor(sp.together(sum(parts))) for atom, parts in sums.items()}
    return {_open(atom): coefficient for atom, coefficient in terms.items() if coefficient != 0}


def assemble(terms: Terms) -> sp.Expr:
    return sp.Add(*(coefficient * atom for atom, coefficient in terms.items()))


def canonical(node: sp.Expr, sample: Sample) -> sp.Expr:
    """`node` with every logarithm and root split over the irreducible factors of its argument."""
    if not node.args or not node.free_symbols:
        return node
    if not isinstance(node, sp.Pow | sp.log):
        return node.func(*(canonical(part, sample) for part in node.args))
    inner = canonical(node.args[0], sample)
    if isinstance(node, sp.Pow) and node.exp.is_Integer:
        return inner**node.exp
    factors = positive_factors(inner, sample)
    if isinstance(node, sp.Pow):
        if factors is None:
            return inner**node.exp
        return sp.Mul(*(_rational_power(base, sp.Rational(power * node.exp)) for base, power in factors))
    if factors is None:
        terms = collect(inner, sample)
        monomial = _common_monomial(terms, sample)
        return sp.expand_log(sp.log(monomial), force=True) + sp.log(divide_by_monomial(terms, sample))
    return sp.Add(*(power * sp.expand_log(sp.log(base), force=True) for base, power in factors))


class _Root(sp.Dummy):  # type: ignore[misc]
    """A letter for base^{1/index}, so that expanding a product leaves the root whole."""

    base: sp.Expr
    index: int


@cache
def _root(base: sp.Expr, index: int) -> _Root:
    letter = _Root("root", positive=True)
    letter.base, letter.index = base, index
    return letter


def _open(node: sp.Expr) -> sp.Expr:
    letters = [letter for letter in node.free_symbols if isinstance(letter, _Root)]
    return node.xreplace({r: _open(r.base) ** sp.Rational(1, r.index) for r in letters})


def _is_rational(node: sp.Expr, symbols: Iterable[sp.Symbol]) -> bool:
    letters = any(isinstance(symbol, _Root) for symbol in node.free_symbols)
    return not letters and bool(node.is_rational_function(*symbols))


def positive_factors(node: sp.Expr, sample: Sample) -> list[tuple[sp.Expr, int]] | None:
    """`node` as a product of powers of bases that are positive at the sample, None where it is no such product."""
    if not _is_rational(node, sample):
        return None
    constant, factors = sp.Integer(1), []
    for part, sign in zip(sp.fraction(sp.together(node)), (1, -1), strict=True):
        content, found = sp.factor_list(part, *sample)
        constant *= content**sign
        for base, exponent in found:
            flipped = base.subs(sample) < 0
            constant *= (-1) ** (exponent if flipped else 0)
            factors.append((-base if flipped else base, sign * exponent))
    return [(constant, 1), *factors] if constant.is_positive else None


def _rational_power(base: sp.Expr, exponent: sp.Rational) -> sp.Expr:
    if base.is_number or exponent.is_Integer:
        return base**exponent
    # No root in a denominator: expanding would bury it there.
    whole, rest = divmod(int(exponent.p), int(exponent.q))
    return base**whole * _root(base, int(exponent.q)) ** rest


def order_at_zero(term: sp.Expr, symbol: sp.Symbol) -> sp.Rational:
    """The exponent of `symbol` in a product of powers."""
    return sp.sympify(term.as_powers_dict().get(symbol, 0))


def divide_by_monomial(terms: Terms, symbols: Iterable[sp.Symbol]) -> sp.Expr:
    """The sum of the terms divided by the largest monomial in `symbols` that divides every one of them."""
    monomial = _common_monomial(terms, symbols)
    return sp.Add(*(coefficient / monomial * atom for atom, coefficient in terms.items()))


def _common_monomial(terms: Terms, symbols: Iterable[sp.Symbol]) -> sp.Expr:
    monomial = sp.Integer(1)
    for symbol in symbols:
        orders = [order_at_zero(c, symbol) + order_at_zero(atom, symbol) for atom, c in terms.items()]
        monomial *= symbol ** min(orders, default=sp.Integer(0))
    return monomial


def limit_at_zero(terms: Terms, symbol: sp.Symbol) -> sp.Expr | None:
    """The limit of the sum as `symbol` → 0, exactly; None where it is infinite or not recognised.

    A positive power of the symbol beats every power of its logarithm.
    """
    total = sp.Integer(0)
    for atom, coefficient in terms.items():
        order = order_at_zero(coefficient, symbol) + order_at_zero(atom, symbol)
        if order > 0 and not atom.has(sp.exp):
            continue
        value = (coefficient * atom).subs(symbol, 0)
        if order < 0 or atom.has(sp.log(symbol)) or value.has(sp.zoo, sp.nan, sp.oo):
            return None
        total += value
    return total


def is_zero(expression: sp.Expr | None, sample: Sample) -> bool:
    """Whether an expression is identically zero, decided by its canonical terms."""
    if expression is None or expression.has(sp.zoo, sp.nan, sp.oo):
        return False
    left = {symbol: value for symbol, value in sample.items() if symbol in expression.free_symbols}
    if not left:
        return _sign_of_number(expression) == 0
    return not collect(expression, left)


def is_nonnegative(number: sp.Expr) -> bool:
    """Whether an exact number is ≥ 0."""
    return _sign_of_number(number) >= 0


def _sign_of_number(number: sp.Expr) -> int:
    """1, −1, or 0 where a ball around the number holds 0 and it is shown to be 0; −1 also where it is not shown."""
    try:
        enclosure = enclose(ball(number))
    except Unsupported:
        enclosure = Interval(-INFINITY, INFINITY)
    if enclosure.lo > 0 or enclosure.hi < 0:
        return 1 if enclosure.lo > 0 else -1
    # Last, because SymPy's simplification forms powers with the coefficients as exponents.
    return 0 if sp.simplify(sp.expand_log(number, force=True)) == 0 else -1
