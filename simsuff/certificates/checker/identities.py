"""Identity of two expressions, exactly: logarithms and roots of different irreducible polynomials are letters."""

from collections.abc import Mapping

import mpmath
import sympy as sp

Point = Mapping[sp.Symbol, sp.Rational]
_DIGITS = 60


class _Alphabet:
    """Letters for log |b| and |b|^{1/q}, b irreducible, with the sign that b has at a point of the domain."""

    def __init__(self, at: Point) -> None:
        self.at = at
        self.logs: dict[sp.Expr, sp.Symbol] = {}
        self.roots: dict[sp.Symbol, tuple[int, sp.Expr]] = {}
        self._roots_by_base: dict[tuple[sp.Expr, int], sp.Symbol] = {}

    def spell(self, node: sp.Expr) -> sp.Expr:
        """`node` with letters."""
        if not node.args or not node.has(sp.log, sp.Pow, sp.exp):
            return node
        if isinstance(node, sp.Pow) and not node.exp.is_Integer:
            return self._product(self.spell(node.base), node.exp)
        parts = [self.spell(part) for part in node.args]
        if isinstance(node, sp.log):
            return sp.Add(*(e * self._log(base) for base, e in self._factors(parts[0])))
        return node.func(*parts)

    def _factors(self, node: sp.Expr) -> list[tuple[sp.Expr, int]]:
        found: list[tuple[sp.Expr, int]] = []
        for part, sign in zip(sp.fraction(sp.together(node)), (1, -1), strict=True):
            content, factors = sp.factor_list(part)
            for base, exponent in factors:
                positive = sp.sign(base.subs(self.at)) if base.free_symbols <= set(self.at) else 1
                found.append((sp.expand(base * positive), sign * exponent))
            found += [(sp.Integer(n), sign * e) for n, e in sp.factorrat(abs(content)).items() if n != 1]
        return found

    def _log(self, base: sp.Expr) -> sp.Expr:
        if base in self.roots:
            index, radicand = self.roots[base]
            return self._log(radicand) / index
        return self.logs.setdefault(base, sp.Dummy("log"))

    def _product(self, node: sp.Expr, exponent: sp.Rational) -> sp.Expr:
        total = sp.Integer(1)
        for base, power in self._factors(node):
            whole, rest = divmod(int(power * exponent.p), int(exponent.q))
            total *= base**whole * self._root(base, int(exponent.q)) ** rest
        return total

    def _root(self, base: sp.Expr, index: int) -> sp.Symbol:
        if (base, index) not in self._roots_by_base:
            letter = sp.Dummy("root")
            self._roots_by_base[base, index], self.roots[letter] = letter, (index, base)
        return self._roots_by_base[base, index]


def vanishes(expression: sp.Expr, at: Point) -> bool:
    """Whether an expression is identically zero; False also where the letters do not show it."""
    if expression.has(sp.zoo, sp.nan, sp.oo):
        return False
    alphabet = _Alphabet(at)
    numerator = sp.expand(sp.numer(sp.together(alphabet.spell(expression))))
    for letter, (index, base) in alphabet.roots.items():
        if numerator.has(letter):
            numerator = sp.expand(sp.rem(numerator, letter**index - base, letter))
    return bool(numerator == 0)


def same_up_to_monomial(first: sp.Expr, second: sp.Expr, at: Point) -> bool:
    """Whether first = second · (a monomial in the variables), which is positive on the domain."""
    if second == 0:
        return vanishes(first, at)
    monomial = sp.Integer(1)
    for symbol in at:
        exponent = _exponent(first, second, symbol, at)
        if exponent is None:
            return False
        monomial *= symbol**exponent
    return vanishes(first - second * monomial, at)


def _exponent(first: sp.Expr, second: sp.Expr, symbol: sp.Symbol, at: Point) -> sp.Rational | None:
    ratios = []
    for factor in (sp.Integer(1), sp.Rational(1, 2)):
        point = {**at, symbol: at[symbol] * factor}
        above, below = (sp.N(e.subs(point), _DIGITS) for e in (first, second))
        if not (above.is_Float and below.is_Float) or below == 0 or above == 0:
            return None
        ratios.append(above / below)
    quotient = mpmath.mpf(ratios[0] / ratios[1])
    if quotient <= 0:
        return None
    return sp.Rational(round(float(2 * mpmath.log(quotient, 2))), 2)


def limit_at_zero(expression: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """The limit as `symbol` → 0+ of a sum of powers and logarithms of it, zoo where it is infinite.

    uᵏ (log u)ᵐ → 0 for k > 0: with log u a free letter, setting u = 0 keeps the letter exactly where k = 0.
    """
    letter = sp.Dummy("logarithm")
    value = sp.expand(sp.expand_log(expression, force=True)).subs(sp.log(symbol), letter).subs(symbol, 0)
    return sp.zoo if value.has(letter) else value
