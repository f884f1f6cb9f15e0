"""What did the user mean by f, by its parameters and by its conjugate? Text or SymPy becomes one checked expression."""

import keyword
from collections.abc import Mapping
from typing import Any

import sympy as sp

from simsuff.divergences.parsing import FUNCTIONS, parse
from simsuff.divergences.printing import source
from simsuff.divergences.symbols import s, t
from simsuff.numerics.validation import refuse, require

Values = dict[sp.Symbol, sp.Expr]

RESERVED = frozenset({"t", "s", "pi", *FUNCTIONS})
LARGEST_PARAMETER = 1e6


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
    return None if conjugate is None else _expression("conjugate", conjugate, s, values).subs(values)


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
    exact = value.replace(lambda node: node.is_Float, lambda node: sp.Rational(str(node)))
    adopted = exact.subs({symbol: symbols[symbol.name] for symbol in exact.free_symbols})
    try:
        source(adopted)
    except TypeError as error:
        raise refuse(
            argument, value, f"hold elementary functions only ({error})", "use log exp sqrt"
        ) from None
    return adopted


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
