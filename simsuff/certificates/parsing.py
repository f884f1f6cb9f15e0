"""The texts of claims and certificates: an inequality, or an expression as sympy.sstr writes it."""

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from simsuff.numerics.formulas import Grammar, parse, parse_inequality

_CLAIM = Grammar(
    way_out="write it like '2*total_variation**2 <= kl'",
    functions=("sqrt", "log", "exp", "Abs"),
    variable_exponents=False,
    characters=400,
)
# What a certificate may hold: far above what the certifier writes, far below what could exhaust the machine.
_CERTIFICATE = replace(_CLAIM, characters=100_000, nodes=30_000, depth=200, digits=4000, degree=1e6)


def read_expression(text: str, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    """The expression written in `text` by sympy.sstr, in the named symbols."""
    return parse("claim", text, symbols, _CERTIFICATE)


def read_inequality(text: str, symbols: Mapping[str, sp.Symbol]) -> tuple[sp.Expr, sp.Expr]:
    """(smaller side, larger side) of "a <= b" or "a >= b" in the named symbols; decimals are exact."""
    return parse_inequality("claim", text, symbols, _CLAIM)
