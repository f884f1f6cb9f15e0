"""Reading f, its parameters and its conjugate: text or SymPy becomes one checked expression."""

import keyword
from collections.abc import Mapping
from typing import Any

import sympy as sp

from simsuff.divergences.source import source
from simsuff.divergences.symbols import attempt, s, t
from simsuff.numerics.formulas import FUNCTIONS, LARGEST_EXPONENT, parse
from simsuff.numerics.validation import refuse, require

Values = dict[sp.Symbol, sp.Expr]

RESERVED = frozenset({"t", "s", "pi", *FUNCTIONS})
LARGEST_PARAMETER = 1e6
# The bits of a double.
DOUBLE = 53


def read(f: Any, parameters: Mapping[str, float]) -> tuple[sp.Expr, Values]:
    """The expression of f in t and its parameters, and the exact values of those.

    Raises
    ------
    ValueError : a parameter with a reserved name or without a finite value, or an f that holds anything else.
    """
    values = {sp.Symbol(_name(name), real=True): _value(name, value) for name, value in parameters.items()}
    return _expression("f", f, t, values), values


def read_conjugate(conjugate: Any, values: Values) -> sp.Expr | None:
    """The expression of f* in s, with the parameters at their values; None for None."""
    return None if conjugate is None else _expression("conjugate", conjugate, s, values).xreplace(values)


def at_values(template: sp.Expr, values: Values) -> sp.Expr:
    """f at the values of its parameters: the limit where the formula itself is 0/0 there, as a power family at 0 and 1.

    Raises
    ------
    ValueError : there is no such limit.
    """
    value = template.xreplace(values)
    for symbol, number in values.items():
        if not value.has(sp.nan, sp.zoo, sp.oo):
            return value
        others = {other: v for other, v in values.items() if other != symbol}
        limit = attempt(sp.limit, template.xreplace(others), symbol, number)
        value = value if limit is None else limit
    if value.has(sp.nan, sp.zoo, sp.oo, sp.Limit) or value.free_symbols - {t}:
        shown = ", ".join(f"{symbol} = {float(number):g}" for symbol, number in values.items())
        raise refuse("parameters", shown, "leave f a formula with finite values", "take values nearby")
    return value


def check_exponents(f: sp.Expr) -> None:
    """Refuse exponents beyond 64, which cost symbolic steps more than a user waits."""
    exponents = [power.exp for power in f.atoms(sp.Pow) if power.exp.is_number]
    too_large = [e for e in exponents if not (e.is_real and abs(float(e)) <= LARGEST_EXPONENT)]
    allowed = f"have real exponents of at most {LARGEST_EXPONENT}"
    require(not too_large, "f", f"exponents = {too_large}", allowed, "use a smaller power")


def _expression(argument: str, value: Any, variable: sp.Symbol, values: Values) -> sp.Expr:
    symbols = {variable.name: variable} | {symbol.name: symbol for symbol in values}
    if isinstance(value, str):
        return parse(argument, value, symbols)
    way_out = "pass a formula such as '(t-1)**2/(t+1)' or a SymPy expression"
    if not isinstance(value, sp.Expr):
        raise refuse(argument, value, "be a formula or a SymPy expression", way_out)
    return _adopted(argument, value, symbols)


def _adopted(argument: str, value: sp.Expr, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    """A user's SymPy expression in the house's symbols, its floats exact, holding known functions only."""
    strangers = sorted(symbol.name for symbol in value.free_symbols if symbol.name not in symbols)
    allowed = f"use the symbols {', '.join(symbols)} only"
    require(not strangers, argument, f"symbols = {strangers}", allowed, "pass parameters={'name': value}")
    exact = value.xreplace({number: _exact(number) for number in value.atoms(sp.Float)})
    adopted = exact.xreplace({symbol: symbols[symbol.name] for symbol in exact.free_symbols})
    try:
        source(adopted)
    except TypeError as error:
        raise refuse(
            argument, value, f"hold elementary functions only ({error})", "use log exp sqrt"
        ) from None
    return adopted


def _exact(number: sp.Float) -> sp.Rational:
    """A float of double precision as the shortest decimal that gives it back, a longer one as it is."""
    return sp.Rational(repr(float(number))) if number._prec <= DOUBLE else sp.Rational(number)


def _name(name: Any) -> str:
    good = (
        isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED
    )
    require(good, "parameters", f"name = {name!r}", "have identifiers as names, not t, s, pi", "rename it")
    return str(name)


def _value(name: str, value: Any) -> sp.Expr:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    allowed = f"be finite and at most {LARGEST_PARAMETER:g} in size"
    require(abs(number) <= LARGEST_PARAMETER, f"parameters[{name!r}]", value, allowed, "pass a plain number")
    return sp.Rational(repr(number))
