"""Straight-line programs: an expression evaluated on boxes of intervals, or at exact points, with its derivatives.

An expansion is (value, gradient, Hessian) in at most two variables, of intervals (enclosures over a box) or of SymPy
numbers (exact values at a point). A derivative that is zero because the variable does not occur is None, so one variable
costs little. Two things that interval arithmetic cannot see are instructions of their own: xᵃ log x, whose factors run
to 0 and −∞ together, and the quotients H(y)/yⁿ of `simsuff.certificates.removable`, whose 0/0 at 0 is removable.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.intervals import INFINITY, Interval, ball, enclose, unsupported

# An interval, or a SymPy number.
Number = Any
# Value, first and second derivative of a function of one variable at a number.
Taylor = tuple[Number, Number, Number]
# The number, and whether the second derivative is wanted (None stands in for it where not).
TaylorFunction = Callable[[Number, bool], Taylor]
Instruction = tuple[str, Any, tuple[int, ...]]


class Expansion(NamedTuple):
    """(f, f₁, f₂, f₁₁, f₁₂, f₂₂)."""

    value: Number
    d1: Number = None
    d2: Number = None
    d11: Number = None
    d12: Number = None
    d22: Number = None


class Program:
    """The instructions of one expression in `symbols`; `functions` gives meaning to its opaque calls."""

    def __init__(
        self,
        expression: sp.Expr,
        symbols: Sequence[sp.Symbol],
        functions: Mapping[str, TaylorFunction] | None = None,
    ) -> None:
        self.expression, self.symbols, self._functions = expression, tuple(symbols), functions or {}
        self._instructions: list[Instruction] = []
        self._places: dict[Any, int] = {symbol: i for i, symbol in enumerate(self.symbols)}
        self._result = self._compile(sp.sympify(expression))

    def value(self, box: Sequence[Interval]) -> Interval:
        """An enclosure of the values over the box."""

        def result(kind: str, extra: Any, arguments: list[Number]) -> Number:
            if kind == "constant":
                return constant(extra)
            if kind == "add":
                return arguments[0] + arguments[1]
            if kind == "multiply":
                return arguments[0] * arguments[1]
            if kind == "power":
                return _power(arguments[0], extra)
            if kind == "powerlog":
                return power_log(arguments[0], extra)
            if kind == "call":
                return self._functions[extra](arguments[0], False)[0]
            return _log(arguments[0]) if kind == "log" else _exp(arguments[0])

        found: Interval = self._run(result, list(box))
        return found

    def expansion(self, box: Sequence[Number], hessian: bool = True) -> Expansion:
        """Value, gradient and Hessian: enclosures over a box of intervals, or exact at a point."""

        def result(kind: str, extra: Any, arguments: list[Expansion]) -> Expansion:
            if kind == "constant":
                return Expansion(_alike(extra, box[0]))
            if kind == "add":
                return Expansion(*map(_plus, *arguments))
            if kind == "multiply":
                return _multiply(arguments[0], arguments[1], hessian)
            x = arguments[0].value
            if kind == "power":
                taylor = _power_taylor(x, extra)
            elif kind == "powerlog":
                taylor = power_log_taylor(x, extra)
            elif kind == "call":
                taylor = self._functions[extra](x, hessian)
            elif kind == "log":
                inverse = _power(x, sp.Integer(-1))
                taylor = _log(x), inverse, -_power(inverse, sp.Integer(2))
            else:
                taylor = (_exp(x),) * 3
            return _compose(taylor, arguments[0], hessian)

        one = _alike(sp.Integer(1), box[0])
        seeds = [Expansion(box[0], d1=one), *(Expansion(side, d2=one) for side in box[1:])]
        found: Expansion = self._run(result, seeds)
        return found

    def _run(self, result: Callable[[str, Any, list[Any]], Any], values: list[Any]) -> Any:
        for kind, extra, places in self._instructions:
            values.append(result(kind, extra, [values[i] for i in places]))
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
            return self._fold("add", map(self._compile, node.args))
        if isinstance(node, sp.Mul):
            return self._fold("multiply", self._factors(node))
        if isinstance(node, sp.Pow) and node.exp.is_Rational:
            return self._emit(node, "power", node.exp, self._compile(node.base))
        if isinstance(node, sp.log | sp.exp):
            kind = "log" if isinstance(node, sp.log) else "exp"
            return self._emit(node, kind, None, self._compile(node.args[0]))
        if isinstance(node, sp.core.function.AppliedUndef):
            return self._emit(node, "call", node.func.__name__, self._compile(node.args[0]))
        raise unsupported(node)

    def _factors(self, node: sp.Mul) -> Iterator[int]:
        """The places of the factors of a product, with xᵃ log x as one of them."""
        powers = node.as_powers_dict()
        for symbol in self.symbols:
            exponent = powers.get(symbol, sp.Integer(0))
            if exponent > 0 and powers.get(sp.log(symbol), 0) == 1:
                del powers[symbol], powers[sp.log(symbol)]
                key = ("powerlog", symbol, exponent)
                yield self._emit(key, "powerlog", exponent, self._places[symbol])
        for base, exponent in powers.items():
            yield self._compile(base**exponent)

    def _fold(self, kind: str, places: Iterable[int]) -> int:
        return reduce(lambda a, b: self._emit((kind, a, b), kind, None, a, b), places)


@lru_cache(maxsize=10_000)
def constant(value: sp.Expr) -> Interval:
    """The smallest interval of doubles that is known to hold `value`."""
    if value.is_Integer and abs(int(value)) < 2**53:
        return Interval(float(value), float(value))
    return enclose(ball(value))


def _alike(value: sp.Expr, x: Number) -> Number:
    """An exact number as one of the kind of `x`."""
    return constant(value) if isinstance(x, Interval) else value


def _log(x: Number) -> Number:
    return x.logarithm() if isinstance(x, Interval) else sp.log(x)


def _exp(x: Number) -> Number:
    return x.exponential() if isinstance(x, Interval) else sp.exp(x)


def _power(x: Number, exponent: sp.Rational) -> Number:
    """x to a rational power; of intervals |x| where the exponent is not an integer."""
    if not isinstance(x, Interval):
        return x**exponent
    if exponent.is_Integer:
        return x.integer_power(int(exponent))
    if exponent.q == 2:
        return x.root().integer_power(int(exponent.p))
    if exponent < 0:
        return _power(x, -exponent).reciprocal()
    found = (x.logarithm() * constant(exponent)).exponential()
    return Interval(0.0 if x.absolute().lo == 0 else found.lo, found.hi)


def _plus(a: Number, b: Number) -> Number:
    if a is None:
        return b
    return a if b is None else a + b


def _times(a: Number, b: Number) -> Number:
    return None if a is None or b is None else a * b


def _multiply(a: Expansion, b: Expansion, hessian: bool) -> Expansion:
    """a · b by the product rule."""
    if all(x is None for x in a[1:]):
        a, b = b, a
    if all(x is None for x in b[1:]):
        return Expansion(*(_times(x, b.value) for x in a))

    def mixed(i: int) -> Number:
        return _plus(_times(a[i], b.value), _times(a.value, b[i]))

    def bend(both: int, i: int) -> Number:
        cross = _times(a[i], b[i])
        return mixed(both) if cross is None else _plus(mixed(both), cross * _alike(sp.Integer(2), cross))

    value, first, second = a.value * b.value, mixed(1), mixed(2)
    if not hessian:
        return Expansion(value, first, second)
    cross = _plus(mixed(4), _plus(_times(a.d1, b.d2), _times(a.d2, b.d1)))
    return Expansion(value, first, second, bend(3, 1), cross, bend(5, 2))


def _compose(taylor: Taylor, a: Expansion, hessian: bool) -> Expansion:
    """g(a) by the chain rule, `taylor` = (g, g′, g″) at the value of a."""
    value, first, second = taylor
    firsts = _times(first, a.d1), _times(first, a.d2)
    if not hessian:
        return Expansion(value, *firsts)

    def entry(both: int, i: int, j: int) -> Number:
        bend = _power(a[i], sp.Integer(2)) if i == j and a[i] is not None else _times(a[i], a[j])
        return _plus(_times(second, bend), _times(first, a[both]))

    return Expansion(value, *firsts, entry(3, 1, 1), entry(4, 1, 2), entry(5, 2, 2))


def _power_taylor(x: Number, exponent: sp.Rational) -> Taylor:
    """xᵉ and its two derivatives."""

    def term(order: int) -> Number:
        if order > 0 and not exponent.is_Integer and isinstance(x, Interval) and x.lo < 0:
            return Interval(-INFINITY, INFINITY)
        factor = sp.ff(exponent, order)
        if factor == 0:
            return None
        reduced = _alike(sp.Integer(1), x) if exponent == order else _power(x, exponent - order)
        return reduced if factor == 1 else reduced * _alike(factor, x)

    return term(0), term(1), term(2)


def power_log(x: Number, exponent: sp.Rational) -> Number:
    """xᵃ log x with its limit 0 at x = 0 for a > 0."""
    if not isinstance(x, Interval):
        return sp.Integer(0) if x == 0 else x**exponent * sp.log(x)

    def at(end: float) -> Interval:
        point = Interval(end, end)
        return _power(point, exponent) * point.logarithm() if end else point

    # xᵃ log x falls until x = e^{−1/a}, where it is −1/(ea), and rises after.
    low, high = max(x.lo, 0.0), x.hi
    left, right = at(low), at(high)
    turn = constant(sp.exp(-1 / exponent))
    if high <= turn.lo:
        return Interval(right.lo, left.hi)
    if low >= turn.hi:
        return Interval(left.lo, right.hi)
    bottom = constant(-1 / (sp.E * exponent))
    return Interval(bottom.lo, max(left.hi, right.hi))


def power_log_taylor(x: Number, exponent: sp.Rational) -> Taylor:
    """xᵃ log x, a xᵃ⁻¹ log x + xᵃ⁻¹, a(a−1) xᵃ⁻² log x + (2a−1) xᵃ⁻²."""

    def term(power: sp.Rational) -> Number:
        if power > 0:
            return power_log(x, power)
        return _log(x) if power == 0 else _power(x, power) * _log(x)

    first = term(exponent - 1) * _alike(exponent, x) + _power(x, exponent - 1)
    second = _power(x, exponent - 2) * _alike(2 * exponent - 1, x)
    bend = exponent * (exponent - 1)
    if bend != 0:
        second = second + term(exponent - 2) * _alike(bend, x)
    return power_log(x, exponent), first, second
