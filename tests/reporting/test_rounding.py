"""Do rounded numbers keep what their error leaves, and nothing else?"""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.reporting.statement_table import number_cell, readable, rounded_text
from simsuff.verdicts import Bounded, Estimate

NOTATION = re.compile(r"-?\d+(?:\.\d+)?(?:\(\d{1,2}\))?(?:e-?\d+)?")
sizes = st.floats(1e-12, 1e12)


def read(text):
    """The value and the error that a text stands for."""
    mantissa, _, power = text.partition("e")
    digits, _, units = mantissa.removesuffix(")").partition("(")
    scale = 10.0 ** int(power or 0)
    return float(digits) * scale, int(units or 0) * 10.0 ** -len(digits.partition(".")[2]) * scale


@given(st.floats(-1e12, 1e12), sizes)
def test_value_and_error_are_recovered(value, error):
    text = rounded_text(value, error)
    assert NOTATION.fullmatch(text), text
    found, stated = read(text)
    # Two digits where the first is 1, else one: a twentieth of the error, or half a unit of its one digit.
    assert stated == pytest.approx(error, rel=0.26)
    assert abs(found - value) <= 0.26 * error + 1e-9 * abs(value)


@given(st.one_of(sizes, sizes.map(lambda size: -size)))
def test_exact_numbers_keep_four_digits(value):
    text = rounded_text(value)
    assert NOTATION.fullmatch(text), text
    assert float(text) == pytest.approx(value, rel=5e-4)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.23449, 0.0052, "1.234(5)"),
        (1.23449, 0.00096, "1.2345(10)"),
        (1.23449, 0.0014, "1.2345(14)"),
        (-0.00123, 0.18, "0.00(18)"),
        (0.0, 3.0, "0(3)"),
        (1234.5, 67.0, "1.23(7)e3"),
        (99.96, 0.3, "100.0(3)"),
        (5.67e-7, 1.4e-8, "5.67(14)e-7"),
        (math.inf, 0.0, "inf"),
        (-0.0, 0.0, "0"),
        (0.5, 0.0, "0.5000"),
        (12345.6, 0.0, "12346"),
    ],
)
def test_notation(value, error, text):
    assert rounded_text(value, error) == text


def test_kinds_of_numbers():
    assert number_cell(Estimate(1.0, math.inf, 1)) == "1*"
    assert number_cell(Bounded(math.inf, 0.0)) == "inf"
    assert number_cell(Estimate(-5.6e-17, 1e-17, 9), beside=math.inf) == "-5.6(10)e-17"
    assert readable("0.5123*") == "0.5123*"
