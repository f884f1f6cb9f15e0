"""Expressions of the checker: exact numbers, symbols, sums, products, rational powers, log, exp, and their derivatives.

A logarithm is log |·| and every other node is what it says, in all modules of the checker alike. Undefined functions
("call") are families Q₀, Q₁ = Q₀′, …: the quotients that `quotients` encloses.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flint import fmpq

# What a text may hold: far above what the certifier writes, far below what could exhaust the machine.
MOST_CHARACTERS, MOST_NODES, MOST_LEVELS, MOST_BITS = 100_000, 30_000, 200, 40_000


class Rejected(ValueError):
    """The certificate proves less than it claims, or is not readable."""


def reject(why: str, shown: object) -> Rejected:
    """The error for a certificate that is no proof."""
    return Rejected(
        f"certificate must {why}: certificate holds {shown!s:.200}; do not trust it; certify the claim again"
    )


class Node:
    """An expression; equal expressions are equal nodes."""

    __slots__ = ("_hash", "kind", "parts", "symbols")

    def __init__(self, kind: str, *parts: Any) -> None:
        self.kind, self.parts = kind, parts
        self._hash = hash((kind, parts))
        if kind == "symbol":
            self.symbols = frozenset(parts)
        else:
            self.symbols = frozenset[str]().union(*(p.symbols for p in parts if isinstance(p, Node)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Node):
            return self is other
        return (self._hash, self.kind, self.parts) == (other._hash, other.kind, other.parts)

    def __repr__(self) -> str:
        inner = ", ".join(map(str, self.parts))
        return str(self.parts[0]) if self.kind in ("number", "symbol") else f"{self.kind}({inner})"

    def __add__(self, other: "Node") -> "Node":
        return add(self, other)

    def __sub__(self, other: "Node") -> "Node":
        return add(self, multiply(MINUS, other))

    def __mul__(self, other: "Node") -> "Node":
        return multiply(self, other)

    def __truediv__(self, other: "Node") -> "Node":
        return multiply(self, power(other, fmpq(-1)))

    def __pow__(self, exponent: int) -> "Node":
        return power(self, fmpq(exponent))


def number(value: Any) -> Node:
    return Node("number", fmpq(value))


def symbol(name: str) -> Node:
    return Node("symbol", name)


ZERO, ONE, MINUS, HALF = number(0), number(1), number(-1), Node("number", fmpq(1, 2))


def add(*parts: Node) -> Node:
    """The sum, flat, with its rational numbers added up."""
    total, rest = fmpq(0), []
    for part in parts:
        for term in part.parts if part.kind == "sum" else (part,):
            if term.kind == "number":
                total += term.parts[0]
            else:
                rest.append(term)
    terms = [*rest, Node("number", total)] if total != 0 or not rest else rest
    return terms[0] if len(terms) == 1 else Node("sum", *terms)


def multiply(*parts: Node) -> Node:
    """The product, flat, with its rational numbers multiplied and powers of one base merged."""
    total, powers = fmpq(1), dict[Node, fmpq]()
    for part in parts:
        for factor in part.parts if part.kind == "product" else (part,):
            if factor.kind == "number":
                total *= factor.parts[0]
            else:
                base, exponent = factor.parts if factor.kind == "power" else (factor, fmpq(1))
                powers[base] = powers.get(base, fmpq(0)) + exponent
    if total == 0:
        return ZERO
    factors = [power(base, exponent) for base, exponent in powers.items() if exponent != 0]
    if any(factor.kind == "number" for factor in factors):
        return multiply(Node("number", total), *factors)
    if total != 1 or not factors:
        factors = [Node("number", total), *factors]
    return factors[0] if len(factors) == 1 else Node("product", *factors)


def power(base: Node, exponent: fmpq) -> Node:
    if exponent == 1 or exponent == 0:
        return base if exponent == 1 else ONE
    whole = exponent.denominator == 1
    if base.kind == "power" and whole:
        return power(base.parts[0], base.parts[1] * exponent)
    if base.kind == "number" and (whole or base in (ZERO, ONE)):
        value = base.parts[0]
        if value == 0 and exponent < 0:
            raise reject("not divide by 0", f"0**({exponent})")
        size = max(abs(value.numerator).bit_length(), value.denominator.bit_length()) * abs(exponent)
        if value not in (0, 1) and size > MOST_BITS:
            raise reject("hold numbers of a bounded size", f"a power {exponent}")
        return Node("number", value ** int(exponent.numerator) if whole else value)
    return Node("power", base, exponent)


def log(inner: Node) -> Node:
    """log |·|."""
    if inner.kind == "exp":
        found: Node = inner.parts[0]
        return found
    return ZERO if inner == ONE else Node("log", inner)


def exp(inner: Node) -> Node:
    return ONE if inner == ZERO else Node("exp", inner)


def call(family: str, order: int, inner: Node) -> Node:
    """The derivative of this order of the function called `family`."""
    return Node("call", family, order, inner)


def mapped(node: Node, leaf: Callable[[Node], Node | None]) -> Node:
    """`node` with every subexpression for which `leaf` has an answer replaced by it."""
    known: dict[Node, Node] = {}

    def visit(part: Node) -> Node:
        if part not in known:
            known[part] = found if (found := leaf(part)) is not None else rebuilt(part)
        return known[part]

    def rebuilt(part: Node) -> Node:
        kind, parts = part.kind, part.parts
        if kind in ("number", "symbol", "pi"):
            return part
        if kind in ("sum", "product"):
            return (add if kind == "sum" else multiply)(*map(visit, parts))
        if kind == "power":
            return power(visit(parts[0]), parts[1])
        if kind == "call":
            return call(parts[0], parts[1], visit(parts[2]))
        inner = visit(parts[0])
        return log(inner) if kind == "log" else exp(inner) if kind == "exp" else Node(kind, inner)

    return visit(node)


def walk(node: Node) -> Iterator[Node]:
    """The expression, and every one that it is made of."""
    yield node
    for part in node.parts:
        if isinstance(part, Node):
            yield from walk(part)


def is_root(node: Node) -> bool:
    """Whether it is a power of a variable base that is no integer power."""
    return node.kind == "power" and node.parts[1].denominator != 1 and bool(node.parts[0].symbols)


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """`node` with symbols replaced, all at once."""

    def leaf(part: Node) -> Node | None:
        if not part.symbols & values.keys():
            return part
        return values.get(part.parts[0]) if part.kind == "symbol" else None

    return mapped(node, leaf)


def derivative(node: Node, name: str) -> Node:
    known: dict[Node, Node] = {}

    def visit(part: Node) -> Node:
        if part not in known:
            known[part] = rule(part) if name in part.symbols else ZERO
        return known[part]

    def rule(part: Node) -> Node:
        kind, parts = part.kind, part.parts
        if kind == "symbol":
            return ONE
        if kind == "sum":
            return add(*map(visit, parts))
        if kind == "product":
            return add(
                *(
                    multiply(*parts[:i], visit(p), *parts[i + 1 :])
                    for i, p in enumerate(parts)
                    if name in p.symbols
                )
            )
        if kind == "power":
            return multiply(Node("number", parts[1]), power(parts[0], parts[1] - 1), visit(parts[0]))
        if kind == "log":
            return multiply(visit(parts[0]), power(parts[0], fmpq(-1)))
        if kind == "exp":
            return multiply(part, visit(parts[0]))
        if kind == "call":
            return multiply(call(parts[0], parts[1] + 1, parts[2]), visit(parts[2]))
        raise reject("be differentiable", part)

    return visit(node)


def parse(text: Any, names: Mapping[str, Node]) -> Node:
    """The expression written in `text` in the named symbols."""
    return _build(_tree(text).body, text, names, 0)


def parse_inequality(text: Any, names: Mapping[str, Node]) -> tuple[Node, Node]:
    """(smaller side, larger side) of "a <= b" or "a >= b"."""
    tree = _tree(text).body
    match tree:
        case ast.Compare(ops=[ast.LtE() | ast.GtE() as relation], comparators=[other]):
            left, right = (_build(side, text, names, 0) for side in (tree.left, other))
            return (left, right) if isinstance(relation, ast.LtE) else (right, left)
    raise reject("claim an inequality with one <= or >=", text)


def names_in(text: Any) -> set[str]:
    """The names in a text, those of functions and numbers left out."""
    found = {node.id for node in ast.walk(_tree(text)) if isinstance(node, ast.Name)}
    return found - {"sqrt", "log", "exp", "Abs", "pi", "E"}


def _tree(text: Any) -> ast.Expression:
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise reject(f"hold texts of at most {MOST_CHARACTERS:,} characters", text)
    try:
        tree = ast.parse(text.strip(), mode="eval")
        nodes = sum(1 for _ in ast.walk(tree))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise reject("hold readable formulas", text) from error
    if nodes > MOST_NODES:
        raise reject(f"hold formulas of at most {MOST_NODES:,} nodes", text)
    return tree


def _build(tree: ast.expr, text: str, names: Mapping[str, Node], depth: int) -> Node:
    if depth > MOST_LEVELS:
        raise reject(f"nest at most {MOST_LEVELS} levels", text)

    def inner(part: ast.expr) -> Node:
        return _build(part, text, names, depth + 1)

    if isinstance(tree, ast.Constant):
        return _constant(tree, text)
    if isinstance(tree, ast.Name) and tree.id in {**names, "pi": 0, "E": 0}:
        return names.get(tree.id) or (Node("pi") if tree.id == "pi" else exp(ONE))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.UAdd | ast.USub):
        return inner(tree.operand) if isinstance(tree.op, ast.UAdd) else MINUS * inner(tree.operand)
    if isinstance(tree, ast.BinOp):
        left, right = inner(tree.left), inner(tree.right)
        simple: dict[type, Callable[[Node, Node], Node]] = {
            ast.Add: add,
            ast.Sub: Node.__sub__,
            ast.Mult: multiply,
            ast.Div: Node.__truediv__,
        }
        if type(tree.op) in simple:
            return simple[type(tree.op)](left, right)
        if isinstance(tree.op, ast.Pow) and right.kind == "number" and abs(right.parts[0]) <= 10_000:
            return power(left, right.parts[0])
    if (
        isinstance(tree, ast.Call)
        and isinstance(tree.func, ast.Name)
        and len(tree.args) == 1
        and not tree.keywords
    ):
        functions: dict[str, Callable[[Node], Node]] = {
            "sqrt": lambda part: power(part, fmpq(1, 2)),
            "log": log,
            "exp": exp,
            "Abs": lambda part: Node("abs", part),
        }
        if tree.func.id in functions:
            return functions[tree.func.id](inner(tree.args[0]))
    raise reject(f"hold arithmetic in {', '.join(names)} only", ast.get_source_segment(text.strip(), tree))


def _constant(tree: ast.Constant, text: str) -> Node:
    """An integer or a decimal, exact; its size is looked at before any power of ten is formed."""
    value = tree.value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MOST_BITS:
        return number(value)
    if isinstance(value, float) and value != float("inf"):
        try:
            written = Decimal(str(ast.get_source_segment(text.strip(), tree)).replace("_", ""))
        except InvalidOperation:
            written = Decimal(0)
        if abs(int(written.as_tuple().exponent)) <= 4000:
            above, below = written.as_integer_ratio()
            return Node("number", fmpq(above, below))
    raise reject("hold finite numbers of a bounded size", value)
