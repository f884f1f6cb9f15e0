"""Straight-line programs: a symbolic expression evaluated on boxes, over intervals or Taylor expansions.

Two things that interval arithmetic cannot see are instructions of their own: xᵃ log x, whose factors run to
0 and −∞ together, and the quotients H(y)/yⁿ of `simsuff.certificates.removable`, whose 0/0 at 0 is removable.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from simsuff.certificates.intervals import Interval, unsupported
from simsuff.certificates.taylor import (
    ExactField,
    Expansion,
    Field,
    IntervalField,
    Number,
    TaylorFunction,
    add,
    compose,
    exp_taylor,
    log_taylor,
    multiply,
    power_log,
    power_log_taylor,
    power_taylor,
)

Machine = Any
Instruction = tuple[str, Any, tuple[int, ...]]


class Values:
    """Evaluates values only."""

    def __init__(self, field: Field, functions: Mapping[str, TaylorFunction]) -> None:
        self.field, self.functions = field, functions

    def run(self, kind: str, extra: Any, arguments: list[Number]) -> Number:
        """The result of one instruction."""
        field = self.field
        if kind == "constant":
            return field.constant(extra)
        if kind == "add":
            return arguments[0] + arguments[1]
        if kind == "multiply":
            return arguments[0] * arguments[1]
        if kind == "power":
            return field.power(arguments[0], extra)
        if kind == "powerlog":
            return power_log(field, arguments[0], extra)
        if kind == "call":
            return self.functions[extra](field, arguments[0], False)[0]
        return field.log(arguments[0]) if kind == "log" else field.exp(arguments[0])


class Expansions:
    """Evaluates value, gradient and, where wanted, Hessian."""

    def __init__(self, field: Field, functions: Mapping[str, TaylorFunction], hessian: bool) -> None:
        self.field, self.functions, self.hessian = field, functions, hessian

    def run(self, kind: str, extra: Any, arguments: list[Expansion]) -> Expansion:
        """The result of one instruction."""
        field = self.field
        if kind == "constant":
            return Expansion(field.constant(extra))
        if kind == "add":
            return add(arguments[0], arguments[1])
        if kind == "multiply":
            return multiply(field, arguments[0], arguments[1], self.hessian)
        return compose(field, self._taylor(kind, extra, arguments[0].value), arguments[0], self.hessian)

    def _taylor(self, kind: str, extra: Any, x: Number) -> Any:
        field = self.field
        if kind == "power":
            return power_taylor(field, x, extra)
        if kind == "powerlog":
            return power_log_taylor(field, x, extra)
        if kind == "call":
            return self.functions[extra](field, x, self.hessian)
        return log_taylor(field, x) if kind == "log" else exp_taylor(field, x)


class Program:
    """The instructions of one expression in `symbols`; `functions` gives meaning to its opaque calls."""

    def __init__(
        self,
        expression: sp.Expr,
        symbols: Sequence[sp.Symbol],
        functions: Mapping[str, TaylorFunction] | None = None,
    ) -> None:
        self.expression, self.symbols, self.functions = expression, tuple(symbols), functions or {}
        self._instructions: list[Instruction] = []
        self._places: dict[Any, int] = {symbol: i for i, symbol in enumerate(self.symbols)}
        self._result = self._compile(sp.sympify(expression))

    def value(self, box: Sequence[Interval]) -> Interval:
        """An enclosure of the values over the box."""
        found: Interval = self._run(Values(IntervalField, self.functions), list(box))
        return found

    def expansion(self, box: Sequence[Interval], hessian: bool = True) -> Expansion:
        """Enclosures of value, gradient and Hessian over the box."""
        return self._expansion(IntervalField, list(box), hessian)

    def exact_expansion(self, point: Sequence[sp.Expr]) -> Expansion:
        """Exact value, gradient and Hessian at a point."""
        return self._expansion(ExactField, list(point), True)

    def _expansion(self, field: Field, values: list[Number], hessian: bool) -> Expansion:
        one = field.constant(sp.Integer(1))
        seeds = [Expansion(values[0], d1=one), *(Expansion(value, d2=one) for value in values[1:])]
        found: Expansion = self._run(Expansions(field, self.functions, hessian), seeds)
        return found

    def _run(self, machine: Machine, values: list[Number]) -> Number:
        for kind, extra, places in self._instructions:
            values.append(machine.run(kind, extra, [values[i] for i in places]))
        return values[self._result]

    def _emit(self, key: Any, kind: str, extra: Any, *places: int) -> int:
        if key not in self._places:
            self._instructions.append((kind, extra, places))
            self._places[key] = len(self.symbols) + len(self._instructions) - 1
        return self._places[key]

    def _compile(self, node: sp.Expr) -> int:
        if node in self._places:
            return self._places[node]
        if not node.free_symbols:
            return self._emit(node, "constant", node)
        if isinstance(node, sp.Add):
            return self._fold("add", list(node.args), self._compile)
        if isinstance(node, sp.Mul):
            return self._product(node)
        if isinstance(node, sp.Pow) and node.exp.is_Rational:
            return self._emit(node, "power", node.exp, self._compile(node.base))
        if isinstance(node, sp.log | sp.exp):
            kind = "log" if isinstance(node, sp.log) else "exp"
            return self._emit(node, kind, None, self._compile(node.args[0]))
        if isinstance(node, sp.core.function.AppliedUndef):
            return self._emit(node, "call", node.func.__name__, self._compile(node.args[0]))
        raise unsupported(node)

    def _fold(self, kind: str, items: list[Any], compile_item: Callable[[Any], int]) -> int:
        place = compile_item(items[0])
        for item in items[1:]:
            other = compile_item(item)
            place = self._emit((kind, place, other), kind, None, place, other)
        return place

    def _product(self, node: sp.Mul) -> int:
        powers = node.as_powers_dict()
        places = []
        for symbol in self.symbols:
            exponent = powers.get(symbol, sp.Integer(0))
            if exponent > 0 and powers.get(sp.log(symbol), 0) == 1:
                del powers[symbol], powers[sp.log(symbol)]
                key = ("powerlog", symbol, exponent)
                places.append(self._emit(key, "powerlog", exponent, self._places[symbol]))
        places += [self._compile(base**exponent) for base, exponent in powers.items()]
        return self._fold("multiply", places, lambda place: place)
