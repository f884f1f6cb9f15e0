"""How is a SymPy expression evaluated with a rigorous error? By arb balls of python-flint, at one point."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from simsuff.numerics.validation import refuse

# Generators vanish to second order at 1; 192 bits leave a double's 53 after that cancellation for |t − 1| > 1e-20.
PRECISION = 192

Ball = Any


def load_flint() -> Any:
    """The module flint, or an ImportError that says how to get it."""
    try:
        import flint
    except ImportError as error:
        raise ImportError(
            "certificates need the balls of python-flint, which is not installed; "
            "install it with: pip install 'simsuff[prove]'"
        ) from error
    return flint


def ball(expression: sp.Expr, values: Mapping[sp.Symbol, sp.Rational] | None = None) -> Ball:
    """`expression` at the exact rational `values`, as an arb ball of `PRECISION` bits.

    A point outside the domain (log of a negative number, division by zero) gives a ball that is not finite.
    """
    flint = load_flint()
    with flint.ctx.workprec(PRECISION):
        table = {symbol: _rational(flint, sp.Rational(value)) for symbol, value in (values or {}).items()}
        return _evaluate(flint, sp.sympify(expression), table)


def _rational(flint: Any, value: sp.Rational) -> Ball:
    return flint.arb(flint.fmpq(int(value.p), int(value.q)))


def _evaluate(flint: Any, node: sp.Expr, table: dict[sp.Expr, Ball]) -> Ball:
    if node not in table:
        table[node] = _apply(flint, node, table)
    return table[node]


def _apply(flint: Any, node: sp.Expr, table: dict[sp.Expr, Ball]) -> Ball:
    if node.is_Rational:
        return _rational(flint, node)
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


def unsupported(node: sp.Expr) -> ValueError:
    """The error for an expression outside the language of certificates."""
    allowed = "be built from numbers, +, −, ×, /, powers, log, exp, sqrt and Abs"
    return refuse("expression", f"expression has {sp.sstr(node)}", allowed, "rewrite it with these")
