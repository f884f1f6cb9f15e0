"""How is an expression simplified when its exponents are decimals such as 0.123456789?

SymPy reads t^{p/q} as a polynomial of degree p in t^{1/q}, which does not end for a large q. Here the fractional
parts of such exponents become symbols first, one for each part (and for its complement to 1), and return afterwards.
"""

from collections.abc import Callable, Iterator

import sympy as sp

LARGEST_ROOT = 60
# Beyond this size simplification takes longer than it can gain.
LARGEST_SIZE = 250


def simplify(expression: sp.Expr) -> sp.Expr:
    """`sp.simplify`, where the size of the expression allows it."""
    return _guarded(sp.simplify, expression)


def factor(expression: sp.Expr) -> sp.Expr:
    """`expression` as a fraction of factored polynomials."""
    return _guarded(lambda e: sp.factor(sp.together(e)), expression)


def forms(expression: sp.Expr) -> Iterator[sp.Expr]:
    """Equal forms, which differ in what can be read off from them and in the digits that they keep."""
    yield expression
    yield factor(expression)
    yield simplify(expression)
    yield sp.factor_terms(expression)


def _guarded(tidy: Callable[[sp.Expr], sp.Expr], expression: sp.Expr) -> sp.Expr:
    if sp.count_ops(expression) > LARGEST_SIZE:
        return expression
    parts = _fractional_parts(expression)
    hidden = expression.replace(_is_awkward, lambda node: sp.Pow(node.base, _split(node.exp, parts)))
    return tidy(hidden).subs({symbol: part for part, symbol in parts.items()})


def _is_awkward(node: sp.Basic) -> bool:
    return bool(node.is_Pow and node.exp.is_Rational and node.exp.q > LARGEST_ROOT)


def _fractional_parts(expression: sp.Expr) -> dict[sp.Rational, sp.Symbol]:
    """A symbol for each fractional part; a part and its complement share one."""
    parts: dict[sp.Rational, sp.Symbol] = {}
    for power in sorted((p for p in expression.atoms(sp.Pow) if _is_awkward(p)), key=sp.default_sort_key):
        part = power.exp - sp.floor(power.exp)
        if part not in parts and 1 - part not in parts:
            parts[part] = sp.Dummy("e", positive=True)
    return parts


def _split(exponent: sp.Rational, parts: dict[sp.Rational, sp.Symbol]) -> sp.Expr:
    whole = sp.floor(exponent)
    part = exponent - whole
    return whole + (parts[part] if part in parts else 1 - parts[1 - part])
