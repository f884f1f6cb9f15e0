"""How does a formula typed by a user become a SymPy expression without any of it being evaluated as code?

The text is parsed to a syntax tree, each node is compared with an allow-list, and the SymPy expression is built
node by node. Sizes are bounded, so that no input can hang: text length, number of nodes, magnitude of numbers,
exponents, the degree in the variable, and one level of exponentials.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy as sp

from simsuff.numerics.validation import refuse

LONGEST_TEXT = 1000
MOST_NODES = 300
DEEPEST_NESTING = 40
LARGEST_DIGITS = 40
LARGEST_EXPONENT = 64
LARGEST_DEGREE = 128

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
FUNCTIONS: dict[str, Callable[..., sp.Expr]] = {
    "log": sp.log,
    "exp": sp.exp,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "Abs": sp.Abs,
    "max": sp.Max,
    "Max": sp.Max,
    "min": sp.Min,
    "Min": sp.Min,
}
ONE_ARGUMENT = frozenset({"log", "exp", "sqrt", "abs", "Abs"})
WAY_OUT = "write it with + - * / **, numbers, log exp sqrt abs max min, the variable and the named parameters"


@dataclass(frozen=True)
class Term:
    """An expression with bounds on its size: its degree in the symbols, and its levels of exponentials."""

    value: sp.Expr
    degree: float = 0.0
    exponentials: int = 0


def parse(argument: str, text: str, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    """The SymPy expression written in `text`, in the given symbols.

    Parameters
    ----------
    argument : the name that errors give to the text.
    text : for example ``"(t - 1)**2/(t + 1)"``; decimal numbers are read as exact rationals.
    symbols : the names that may occur, each with its symbol.

    Raises
    ------
    ValueError : the text is not such a formula, or is too large; the message names the place.
    """
    if len(text) > LONGEST_TEXT:
        shown = f"len({argument}) = {len(text)}"
        raise refuse(argument, shown, f"have at most {LONGEST_TEXT} characters", "shorten the formula")
    tree = _tree(argument, text)
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > MOST_NODES:
        raise refuse(argument, f"nodes = {nodes}", f"have at most {MOST_NODES} nodes", "shorten the formula")
    return _Builder(argument, symbols).build(tree.body).value


def _tree(argument: str, text: str) -> ast.Expression:
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise refuse(argument, text, f"be a formula ({error})", WAY_OUT) from None


class _Builder:
    """One walk over the syntax tree; anything that is not on the allow-list is refused."""

    def __init__(self, argument: str, symbols: Mapping[str, sp.Symbol]) -> None:
        self.argument, self.symbols = argument, symbols

    def refuse(self, node: ast.AST, allowed: str) -> ValueError:
        shown = f"{self.argument} contains {ast.unparse(node)[:60]!r}" if isinstance(node, ast.expr) else "?"
        return ValueError(f"{self.argument} must {allowed}: {shown}; {WAY_OUT}")

    def build(self, node: ast.expr, depth: int = 0) -> Term:
        if depth > DEEPEST_NESTING:
            raise self.refuse(node, f"nest at most {DEEPEST_NESTING} levels")
        if isinstance(node, ast.Constant):
            return Term(self.number(node))
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.UnaryOp):
            return self.unary(node, depth)
        if isinstance(node, ast.BinOp):
            return self.binary(node, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        raise self.refuse(node, "hold arithmetic only")

    def number(self, node: ast.Constant) -> sp.Expr:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float) or value in (float("inf"),):
            raise self.refuse(node, "hold finite real numbers only")
        number = sp.Rational(str(value))
        if max(abs(number.p), number.q) >= 10**LARGEST_DIGITS:
            raise self.refuse(node, f"hold numbers of at most {LARGEST_DIGITS} digits")
        return number

    def name(self, node: ast.Name) -> Term:
        if node.id in self.symbols:
            return Term(self.symbols[node.id], degree=1)
        if node.id == "pi":
            return Term(sp.pi)
        raise self.refuse(node, f"use the names {', '.join([*self.symbols, 'pi'])} only")

    def unary(self, node: ast.UnaryOp, depth: int) -> Term:
        inner = self.build(node.operand, depth + 1)
        if isinstance(node.op, ast.UAdd):
            return inner
        if isinstance(node.op, ast.USub):
            return Term(-inner.value, inner.degree, inner.exponentials)
        raise self.refuse(node, "hold arithmetic only")

    def binary(self, node: ast.BinOp, depth: int) -> Term:
        if type(node.op) not in OPERATORS:
            raise self.refuse(node, "use + - * / ** only (a power is **, not ^)")
        left, right = self.build(node.left, depth + 1), self.build(node.right, depth + 1)
        if isinstance(node.op, ast.Pow):
            return self.power(node, left, right)
        return self.checked(node, self.combine(node.op, left, right))

    @staticmethod
    def combine(op: ast.operator, left: Term, right: Term) -> Term:
        levels = max(left.exponentials, right.exponentials)
        if isinstance(op, ast.Add):
            return Term(left.value + right.value, max(left.degree, right.degree), levels)
        if isinstance(op, ast.Sub):
            return Term(left.value - right.value, max(left.degree, right.degree), levels)
        if isinstance(op, ast.Mult):
            return Term(left.value * right.value, left.degree + right.degree, levels)
        return Term(left.value / right.value, left.degree + right.degree, levels)

    def power(self, node: ast.BinOp, base: Term, exponent: Term) -> Term:
        if exponent.value.free_symbols:
            free = base.value.free_symbols | exponent.value.free_symbols
            levels = base.exponentials + exponent.exponentials + int(self.is_exponential(exponent))
            term = Term(base.value**exponent.value, base.degree + exponent.degree, levels)
            return self.checked(node, term) if free else term
        size = abs(float(exponent.value)) if exponent.value.is_real else float("inf")
        if not size <= LARGEST_EXPONENT:
            raise self.refuse(node, f"hold exponents of at most {LARGEST_EXPONENT}")
        return self.checked(
            node, Term(base.value**exponent.value, base.degree * max(1.0, size), base.exponentials)
        )

    def is_exponential(self, exponent: Term) -> bool:
        """Does the variable itself stand in the exponent (parameters alone are ordinary numbers)?"""
        variable = next(iter(self.symbols.values()))
        return variable in exponent.value.free_symbols

    def call(self, node: ast.Call, depth: int) -> Term:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            raise self.refuse(node, "call log exp sqrt abs max min only")
        wrong = len(node.args) != 1 if name in ONE_ARGUMENT else not 2 <= len(node.args) <= 8
        if wrong:
            raise self.refuse(node, "give one argument to log exp sqrt abs, and 2 to 8 to max min")
        inner = [self.build(a, depth + 1) for a in node.args]
        levels = max(term.exponentials for term in inner) + int(name == "exp")
        term = Term(FUNCTIONS[name](*[i.value for i in inner]), max(i.degree for i in inner), levels)
        return self.checked(node, term)

    def checked(self, node: ast.expr, term: Term) -> Term:
        if term.value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
            raise self.refuse(node, "have a real finite value")
        if term.degree > LARGEST_DEGREE:
            raise self.refuse(node, f"have a degree of at most {LARGEST_DEGREE}")
        if term.exponentials > 1:
            raise self.refuse(node, "hold no exponential of an exponential")
        if any(max(abs(r.p), r.q).bit_length() > 4096 for r in term.value.atoms(sp.Rational)):
            raise self.refuse(node, "hold numbers of a bounded size")
        return term
