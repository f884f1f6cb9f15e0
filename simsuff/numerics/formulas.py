"""Formulas typed by a user become SymPy expressions without any of the text being evaluated as code.

The text is parsed to a syntax tree, each node is compared with an allow-list, and the SymPy expression is built
node by node. Sizes are bounded, so that no input can hang: text length, number of nodes, digits of numbers,
exponents, the degree in the variables, and one level of exponentials.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import sympy as sp

from simsuff.numerics.validation import guess, refuse

LARGEST_EXPONENT = 64
LARGEST_BITS = 4096

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
SEVERAL_ARGUMENTS = ("max", "Max", "min", "Min")


@dataclass(frozen=True)
class Grammar:
    """What a text may hold, and how large it may be.

    Parameters
    ----------
    way_out : how errors end.
    functions : the names that may be called.
    variable_exponents : whether symbols may stand in exponents.
    characters, nodes, depth, digits, degree : the largest text, tree, nesting, number and degree in the symbols.
    """

    way_out: str = (
        "write it with + - * / **, numbers, log exp sqrt abs max min, the variable and the named parameters"
    )
    functions: tuple[str, ...] = field(default=tuple(FUNCTIONS))
    variable_exponents: bool = True
    characters: int = 1000
    nodes: int = 300
    depth: int = 40
    digits: int = 40
    degree: float = 128


FORMULA = Grammar()


@dataclass(frozen=True)
class Term:
    """An expression with bounds on its size: its degree in the symbols, and its levels of exponentials."""

    value: sp.Expr
    degree: float = 0.0
    exponentials: int = 0


def parse(argument: str, text: str, symbols: Mapping[str, sp.Symbol], grammar: Grammar = FORMULA) -> sp.Expr:
    """The SymPy expression written in `text`, in the given symbols.

    Parameters
    ----------
    argument : the name that errors give to the text.
    text : for example ``"(t - 1)**2/(t + 1)"``; decimal numbers are read as exact rationals.
    symbols : the names that may occur, each with its symbol; the first is the variable, others are parameters.
    grammar : what the text may hold.

    Raises
    ------
    ValueError : the text is not such a formula, or is too large; the message names the place.
    """
    builder = _Builder(argument, text, symbols, grammar)
    return builder.build(builder.tree).value


def parse_inequality(
    argument: str, text: str, symbols: Mapping[str, sp.Symbol], grammar: Grammar = FORMULA
) -> tuple[sp.Expr, sp.Expr]:
    """(smaller side, larger side) of a text such as ``"a <= b"`` or ``"a >= b"``; otherwise as `parse`."""
    builder = _Builder(argument, text, symbols, grammar)
    tree = builder.tree
    if not (
        isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.LtE | ast.GtE)
    ):
        raise refuse(argument, text, "have exactly one <= or >=", grammar.way_out)
    left, right = (builder.build(side).value for side in (tree.left, tree.comparators[0]))
    return (left, right) if isinstance(tree.ops[0], ast.LtE) else (right, left)


class _Builder:
    """One walk over the syntax tree; anything that is not on the allow-list is refused."""

    def __init__(self, argument: str, text: str, symbols: Mapping[str, sp.Symbol], grammar: Grammar) -> None:
        self.argument, self.symbols, self.grammar = argument, symbols, grammar
        if not isinstance(text, str) or len(text) > grammar.characters:
            shown = f"len({argument}) = {len(text)}" if isinstance(text, str) else text
            raise refuse(argument, shown, f"be text of at most {grammar.characters} characters", "shorten it")
        self.text = text.strip()
        try:
            self.tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise refuse(argument, text, f"be a formula ({error})", grammar.way_out) from None
        nodes = sum(1 for _ in ast.walk(self.tree))
        if nodes > grammar.nodes:
            raise refuse(argument, f"nodes = {nodes}", f"have at most {grammar.nodes} nodes", "shorten it")

    def refuse(self, node: ast.AST, allowed: str, hint: str = "") -> ValueError:
        written = ast.get_source_segment(self.text, node) or "?"
        shown = f"{self.argument} contains {written[:60]!r}"
        return ValueError(f"{self.argument} must {allowed}: {shown}; {hint}{self.grammar.way_out}")

    def build(self, node: ast.expr, depth: int = 0) -> Term:
        if depth > self.grammar.depth:
            raise self.refuse(node, f"nest at most {self.grammar.depth} levels")
        if isinstance(node, ast.Constant):
            return Term(self.number(node))
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
            inner = self.build(node.operand, depth + 1)
            sign = 1 if isinstance(node.op, ast.UAdd) else -1
            return Term(sign * inner.value, inner.degree, inner.exponentials)
        if isinstance(node, ast.BinOp):
            return self.checked(node, self.binary(node, depth))
        if isinstance(node, ast.Call):
            return self.checked(node, self.call(node, depth))
        raise self.refuse(node, "hold arithmetic only")

    def number(self, node: ast.Constant) -> sp.Expr:
        """An integer or decimal, exact; its size is looked at before any power of ten is formed."""
        value, most = node.value, self.grammar.digits
        if isinstance(value, bool) or not isinstance(value, int | float) or value == float("inf"):
            raise self.refuse(node, "hold finite real numbers only")
        digits, power = (0, 0)
        if isinstance(value, float):
            decimal = Decimal(str(ast.get_source_segment(self.text, node)).replace("_", ""))
            digits, power = len(decimal.as_tuple().digits), abs(int(decimal.as_tuple().exponent))
        if digits + power > most or (isinstance(value, int) and value >= 10**most):
            raise self.refuse(node, f"hold numbers of at most {most} digits")
        return sp.Integer(value) if isinstance(value, int) else sp.Rational(str(decimal))

    def name(self, node: ast.Name) -> Term:
        if node.id in self.symbols:
            return Term(self.symbols[node.id], degree=1)
        if node.id == "pi":
            return Term(sp.pi)
        known = [*self.symbols, "pi"]
        raise self.refuse(node, f"use the names {', '.join(known)} only", guess(node.id, known))

    def binary(self, node: ast.BinOp, depth: int) -> Term:
        left, right = self.build(node.left, depth + 1), self.build(node.right, depth + 1)
        levels, degree = max(left.exponentials, right.exponentials), left.degree + right.degree
        if isinstance(node.op, ast.Add):
            return Term(left.value + right.value, max(left.degree, right.degree), levels)
        if isinstance(node.op, ast.Sub):
            return Term(left.value - right.value, max(left.degree, right.degree), levels)
        if isinstance(node.op, ast.Mult):
            return Term(left.value * right.value, degree, levels)
        if isinstance(node.op, ast.Div):
            if right.value == 0:
                raise self.refuse(node, "not divide by 0")
            return Term(left.value / right.value, degree, levels)
        if isinstance(node.op, ast.Pow):
            return self.power(node, left, right)
        raise self.refuse(node, "use + - * / ** only (a power is **, not ^)")

    def power(self, node: ast.BinOp, base: Term, exponent: Term) -> Term:
        if exponent.value.free_symbols and self.grammar.variable_exponents:
            # The variable itself in the exponent makes an exponential; parameters alone are ordinary numbers.
            variable = next(iter(self.symbols.values()))
            levels = base.exponentials + exponent.exponentials + int(variable in exponent.value.free_symbols)
            return Term(base.value**exponent.value, base.degree + exponent.degree, levels)
        size = (
            abs(float(exponent.value))
            if exponent.value.is_real and exponent.value.is_number
            else float("inf")
        )
        if not size <= LARGEST_EXPONENT or not (
            self.grammar.variable_exponents or exponent.value.is_Rational
        ):
            raise self.refuse(node, f"hold exponents of at most {LARGEST_EXPONENT}")
        return Term(base.value**exponent.value, base.degree * max(1.0, size), base.exponentials)

    def call(self, node: ast.Call, depth: int) -> Term:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in self.grammar.functions or node.keywords:
            hint = guess(name, self.grammar.functions)
            raise self.refuse(node, f"call {' '.join(self.grammar.functions)} only", hint)
        counts = range(2, 9) if name in SEVERAL_ARGUMENTS else (1,)
        if len(node.args) not in counts:
            raise self.refuse(node, "give one argument to log exp sqrt abs, and 2 to 8 to max min")
        inner = [self.build(a, depth + 1) for a in node.args]
        levels = max(term.exponentials for term in inner) + int(name == "exp")
        return Term(FUNCTIONS[name](*[i.value for i in inner]), max(i.degree for i in inner), levels)

    def checked(self, node: ast.expr, term: Term) -> Term:
        if term.value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
            raise self.refuse(node, "have a real finite value")
        if term.degree > self.grammar.degree:
            raise self.refuse(node, f"have a degree of at most {self.grammar.degree}")
        if term.exponentials > 1:
            raise self.refuse(node, "hold no exponential of an exponential")
        largest = max(LARGEST_BITS, 4 * self.grammar.digits)
        if any(max(abs(r.p), r.q).bit_length() > largest for r in term.value.atoms(sp.Rational)):
            raise self.refuse(node, "hold numbers of a bounded size")
        return term
