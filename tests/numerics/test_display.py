"""Are values shown short, escaped, and as valid markup and mathematics?"""

import math

import numpy as np
import pytest

from simsuff.numerics import display
from simsuff.numerics.display import frame, optional
from simsuff.numerics.numbers import Bounded, Estimate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.333333"),
        (-0.0, "0"),
        (Bounded(1 / 3, 0.0), "0.333333"),
        (Bounded(1 / 3, 1e-17), "0.333333 (error ≤ 1e-17)"),
        (Estimate(-1.0, math.inf, 1), "-1 ± inf (n = 1)"),
        (np.arange(9), "(0, 1, 2, 3, 4, 5, 6, 7, … (9 entries))"),
        (np.ones((2, 3, 4)), "array of shape (2, 3, 4)"),
        (np.float32(0.5), "0.5"),
        (None, ""),
        (True, "True"),
    ],
)
def test_values_are_short(value, text):
    assert display.text_of(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5e-7, r"1.5 \times 10^{-7}"),
        (2.0, "2"),
        (math.inf, r"\infty"),
        (Bounded(1e20, 1.0), r"1 \times 10^{20}"),
    ],
)
def test_numbers_are_mathematics(value, text):
    assert display.number_latex(value) == text


def test_everything_but_markup_is_escaped():
    hostile = "<script>alert('1')</script>&"
    shown = display.table([[hostile, display.code(hostile)]], [hostile, hostile], hostile)
    shown += display.card(hostile, {hostile: hostile, "nothing": None})
    assert "<script" not in shown
    assert "nothing" not in shown
    assert shown.count("&lt;script&gt;") == 8


def test_small_matrices_are_tables_and_large_ones_are_not():
    assert display.card("m", {"joint": np.eye(2)}).count("<table") == 2
    assert "array of shape (2, 9)" in display.card("m", {"joint": np.ones((2, 9))})


def test_a_curve_is_short_and_skips_what_is_not_finite():
    shown = display.curve([3.0, math.nan, 2.0, math.inf, 1.0])
    assert "3 values from 3 to 1" in shown
    assert "nan" not in shown
    assert "inf" not in shown
    assert display.curve(np.arange(10_000.0)).count(",") == 200
    assert display.curve([1.0]) == display.curve([]) == ""
    assert "30.0" in display.curve([1.0, 1.0])


def test_what_is_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match=r"to_frame needs pandas, .*: pip install 'simsuff\[frame\]'"):
        frame({"a": [1]})
    assert optional("math", "nothing") is math
