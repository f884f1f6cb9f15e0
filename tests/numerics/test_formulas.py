"""Is a typed formula read exactly, and is everything else refused without being run?"""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from simsuff.divergences.symbols import t
from simsuff.numerics.formulas import parse

SYMBOLS = {"t": t, "alpha": sp.Symbol("alpha", real=True)}

HOSTILE = [
    "__import__('os').system('echo broken')",
    "().__class__.__bases__[0].__subclasses__()",
    "t.__class__",
    "(lambda: 1)()",
    "[t for t in (1, 2)]",
    "exec('1')",
    "eval('1')",
    "open('x')",
    "sympify('1')",
    "log(t, evaluate=False)",
    "log(*t)",
    "f'{t}'",
    "'t'",
    "b'1'",
    "t if t else 1",
    "t < 1",
    "t and 1",
    "not t",
    "~t",
    "t @ t",
    "t // 2",
    "t % 2",
    "t ^ 2",
    "t << 2",
    "(t := 2)",
    "t[0]",
    "{1: t}",
    "...",
    "None",
    "True",
    "1j",
    "1e999",
    "yield t",
    "await t",
    "t; t",
    "t = 1",
    "import os",
    "",
    " ",
    "t\x00",
    "u",
    "E",
    "oo",
    "Symbol",
    "log",
    "log()",
    "log(t, 2)",
    "max(t)",
    "1/0",
    "log(0)",
    "sqrt(-1)",
    "(-1)**0.5",
    "0**(-1)",
    "9**9**9",
    "9**9**9**9",
    "t**9**9",
    "(t**64)**64",
    "((t+1)**64)*((t+2)**64)*((t+3)**64)",
    "exp(exp(t))",
    "exp(2**t)",
    "t**t**t",
    "(9**64)**64",
    "((9**64)*(9**64))**40",
    "1e300",
    "1e400",
    "1e999999999",
    "1e-999999999",
    "9" * 200,
    "9" * 5000,
    "(" * 300 + "t" + ")" * 300,
    "-" * 300 + "t",
    "+".join(["t"] * 400),
    "t" * 2000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="f must "):
        parse("f", text, SYMBOLS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t*log(t) - t + 1", t * sp.log(t) - t + 1),
        ("(t-1)**2/(t+1)", (t - 1) ** 2 / (t + 1)),
        ("0.1*t", t / 10),
        ("1/3 + t", t + sp.Rational(1, 3)),
        ("abs(t - 1)/2", sp.Abs(t - 1) / 2),
        ("max(t, 1, 2)", sp.Max(t, 2)),
        ("+t**alpha", t ** SYMBOLS["alpha"]),
        ("exp(-t) + pi", sp.exp(-t) + sp.pi),
        ("-sqrt(t)", -sp.sqrt(t)),
        ("1e-3", sp.Rational(1, 1000)),
    ],
)
def test_formulas_are_read_exactly(text: str, expected: sp.Expr) -> None:
    assert parse("f", text, SYMBOLS) == expected


def test_the_message_names_the_place_and_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"f contains 'os\.system\(1\)'; write it with"):
        parse("f", "t + os.system(1)", SYMBOLS)
    with pytest.raises(ValueError, match="f contains '1e400'"):
        parse("f", "1e400*t", SYMBOLS)


PIECES = st.sampled_from(
    ["t", "alpha", "2", "9", "0.5", "log", "exp", "max", ",", "(", ")", " ", *"+-*/", "**"]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = parse("f", text, SYMBOLS)
    except ValueError:
        return
    assert value.free_symbols <= set(SYMBOLS.values())
