"""How is the text of an inequality read, without evaluating any of it as code?"""

import ast
from collections.abc import Callable, Mapping

import sympy as sp

from simsuff.numerics.validation import refuse

_FUNCTIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "sqrt": sp.sqrt,
    "log": sp.log,
    "exp": sp.exp,
    "Abs": sp.Abs,
}
_OPERATIONS: dict[type[ast.operator], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_LIMIT = 400
# What a certificate may hold: far above what the certifier writes, far below what could exhaust the machine.
_LONGEST_EXPRESSION = 100_000
_LARGEST_EXPONENT = 64


def read_expression(text: str, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    """The expression written in `text` by sympy.sstr, in the named symbols."""
    if not isinstance(text, str) or len(text) > _LONGEST_EXPRESSION:
        raise _refused(text, f"be an expression of at most {_LONGEST_EXPRESSION} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return _read(tree, text, symbols)
    except (SyntaxError, RecursionError, MemoryError, ZeroDivisionError) as error:
        raise _refused(text, "be one expression") from error


def read_inequality(text: str, symbols: Mapping[str, sp.Symbol]) -> tuple[sp.Expr, sp.Expr]:
    """(smaller side, larger side) of "a <= b" or "a >= b" in the named symbols; decimals are exact."""
    if not isinstance(text, str) or len(text) > _LIMIT:
        raise _refused(text, f"be a string of at most {_LIMIT} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(text, "be one inequality") from error
    if (
        not isinstance(tree, ast.Compare)
        or len(tree.ops) != 1
        or not isinstance(tree.ops[0], ast.LtE | ast.GtE)
    ):
        raise _refused(text, "have exactly one <= or >=")
    left, right = (_read(node, text, symbols) for node in (tree.left, tree.comparators[0]))
    return (left, right) if isinstance(tree.ops[0], ast.LtE) else (right, left)


def _read(node: ast.expr, text: str, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return sp.Rational(ast.get_source_segment(text.strip(), node))
    if isinstance(node, ast.Name) and node.id in symbols:
        return symbols[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_read(node.operand, text, symbols)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _binary(node, text, symbols)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and len(node.args) == 1
        and not node.keywords
    ):
        function = _FUNCTIONS.get(node.func.id)
        if function is not None:
            return function(_read(node.args[0], text, symbols))
    allowed = f"use the names {', '.join(sorted(symbols))}, numbers, + - * / **, sqrt, log and exp"
    raise _refused(text, f"{allowed} (not {ast.get_source_segment(text.strip(), node)!r})")


def _binary(node: ast.BinOp, text: str, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    left, right = _read(node.left, text, symbols), _read(node.right, text, symbols)
    if isinstance(node.op, ast.Pow) and not (right.is_Rational and abs(right) <= _LARGEST_EXPONENT):
        raise _refused(text, f"have rational exponents of size at most {_LARGEST_EXPONENT}")
    if isinstance(node.op, ast.Div) and right == 0:
        raise _refused(text, "not divide by 0")
    return _OPERATIONS[type(node.op)](left, right)


def _refused(text: object, allowed: str) -> ValueError:
    return refuse("claim", text, allowed, "write it like '2*total_variation**2 <= kl'")
