"""How is a SymPy expression evaluated with a rigorous error? By arb balls of python-flint, at one point."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from simsuff.numerics.validation import refuse

# Generators vanish to second order at 1; 192 bits leave a double's 53 after that cancellation for |t − 1| > 1e-20.
PRECISION = 192

MISSING = (
    "certificates need python-flint, which is not installed; "
    "in the environment that runs simsuff: python -m pip install 'python-flint>=0.6'"
)
Ball = Any


class Unsupported(ValueError):
    """The expression is outside the language of certificates."""


def load_flint() -> Any:
    """The module flint, or an ImportError that says how to get it."""
    try:
        import flint
    except ImportError as error:
        raise ImportError(MISSING) from error
    return flint


def ball(expression: sp.Expr, values: Mapping[sp.Symbol, Any] | None = None, bits: int = PRECISION) -> Ball:
    """`expression` at exact rational `values` (or balls), as an arb ball of so many bits.

    A point outside the domain (log of a negative number, division by zero) gives a ball that is not finite.
    """
    flint = load_flint()
    before, flint.ctx.prec = flint.ctx.prec, bits
    try:
        table = {symbol: _number(flint, value) for symbol, value in (values or {}).items()}
        return _evaluate(flint, sp.sympify(expression), table)
    finally:
        flint.ctx.prec = before


def _number(flint: Any, value: Any) -> Ball:
    if isinstance(value, flint.arb):
        return value
    exact = sp.Rational(value)
    return flint.arb(flint.fmpq(int(exact.p), int(exact.q)))


def _evaluate(flint: Any, node: sp.Expr, table: dict[sp.Expr, Ball]) -> Ball:
    if node not in table:
        table[node] = _apply(flint, node, table)
    return table[node]


def _apply(flint: Any, node: sp.Expr, table: dict[sp.Expr, Ball]) -> Ball:
    if node.is_Rational:
        return _number(flint, node)
    if node is sp.pi:
        return flint.arb.pi()
    if node is sp.E:
        return flint.arb(1).exp()
    children = [_evaluate(flint, child, table) for child in node.args if not isinstance(node, sp.Pow)]
    if isinstance(node, sp.Add):
        return sum(children, flint.arb(0))
    if isinstance(node, sp.Mul):
        return _product(flint, children)
    if isinstance(node, sp.Pow):
        return _power(flint, node, table)
    if isinstance(node, sp.log):
        return children[0].log()
    if isinstance(node, sp.exp):
        return children[0].exp()
    if isinstance(node, sp.Abs):
        return abs(children[0])
    raise unsupported(node)


def _product(flint: Any, children: list[Ball]) -> Ball:
    total = flint.arb(1)
    for child in children:
        total = total * child
    return total


def _power(flint: Any, node: sp.Pow, table: dict[sp.Expr, Ball]) -> Ball:
    base = _evaluate(flint, node.base, table)
    if node.exp.is_Integer:
        return base ** int(node.exp)
    if node.exp == sp.Rational(1, 2):
        return base.sqrt()
    return base ** _evaluate(flint, node.exp, table)


def unsupported(node: sp.Expr) -> Unsupported:
    """The error for an expression outside the language of certificates."""
    allowed = "be built from numbers, +, −, ×, /, powers, log, exp, sqrt and Abs"
    shown = f"expression has {sp.sstr(node)}"
    return Unsupported(str(refuse("expression", shown, allowed, "rewrite it with these")))
