"""The symbols t and s of the symbolic expressions, and simplification within a budget.

SymPy reads t^{p/q} as a polynomial of degree p in t^{1/q}, which does not end for a large q. Here the fractional
parts of such exponents become symbols first, one for each part (and for its complement to 1), and return afterwards.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import sympy as sp

from simsuff.numerics.budget import within

# f is defined on t > 0 and f(0) is always its limit, so a positive symbol loses nothing and simplifies more.
t = sp.Symbol("t", positive=True)
s = sp.Symbol("s", real=True)

LARGEST_ROOT = 60
# Beyond this size simplification takes longer than it can gain.
LARGEST_SIZE = 250
# A form that is so many times longer, such as the other factor of t**64 - 64*t + 63 beside (t - 1)**2, is not simpler.
LARGEST_GROWTH = 2


def attempt(step: Callable[..., Any], *arguments: Any, seconds: float = 1.0) -> Any:
    """`step(*arguments)`, or None where it fails or takes more than `seconds` of processor time.

    Only for steps that have a fallback: SymPy raises errors of many types on what it cannot do.
    """
    try:
        return within(seconds, partial(step, *arguments))
    except Exception:  # the fallback answers instead
        return None


def simplify(expression: sp.Expr) -> sp.Expr:
    """`sp.simplify`, where the size of the expression and the budget allow it."""
    return _guarded(sp.simplify, expression)


def factor(expression: sp.Expr) -> sp.Expr:
    """`expression` as a fraction of factored polynomials, where size and budget allow it."""
    return _guarded(lambda e: sp.factor(sp.together(e)), expression)


def forms(expression: sp.Expr) -> Iterator[sp.Expr]:
    """Equal forms, which differ in what can be read off from them and in the digits that they keep."""
    yield expression
    yield factor(expression)
    yield simplify(expression)
    yield _guarded(sp.factor_terms, expression)


def is_visibly(what: str, expression: sp.Expr) -> bool:
    """Whether SymPy reads off the assumption `what`, such as "positive", before it gets lost in its own rules."""
    return attempt(getattr, expression, f"is_{what}", seconds=0.25) is True


def _guarded(tidy: Callable[[sp.Expr], sp.Expr], expression: sp.Expr) -> sp.Expr:
    if sp.count_ops(expression) > LARGEST_SIZE:
        return expression
    parts = _fractional_parts(expression)
    hidden = expression.replace(is_awkward, lambda node: sp.Pow(node.base, _split(node.exp, parts)))
    tidied = attempt(tidy, hidden)
    if tidied is None or sp.count_ops(tidied) > LARGEST_GROWTH * (10 + sp.count_ops(expression)):
        return expression
    return tidied.xreplace({symbol: part for part, symbol in parts.items()})


def is_awkward(node: sp.Basic) -> bool:
    """Whether a node is a power with an exponent such as 0.123456789."""
    return bool(node.is_Pow and node.exp.is_Rational and node.exp.q > LARGEST_ROOT)


def _fractional_parts(expression: sp.Expr) -> dict[sp.Rational, sp.Symbol]:
    """A symbol for each fractional part; a part and its complement share one."""
    parts: dict[sp.Rational, sp.Symbol] = {}
    for power in sorted((p for p in expression.atoms(sp.Pow) if is_awkward(p)), key=sp.default_sort_key):
        part = power.exp - sp.floor(power.exp)
        if part not in parts and 1 - part not in parts:
            parts[part] = sp.Dummy("e", positive=True)
    return parts


def _split(exponent: sp.Rational, parts: dict[sp.Rational, sp.Symbol]) -> sp.Expr:
    whole = sp.floor(exponent)
    part = exponent - whole
    return whole + (parts[part] if part in parts else 1 - parts[1 - part])
