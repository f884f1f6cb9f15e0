"""Do comparisons come back from JSON bit for bit?"""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.studies.tasks import decode, encode, encode_rows
from simsuff.verdicts import Bounded, Comparison, Estimate

FLOATS = st.floats(allow_nan=False)
SIZES = st.floats(0, allow_nan=False)
NUMBERS = (
    FLOATS | st.builds(Bounded, FLOATS, SIZES) | st.builds(Estimate, FLOATS, SIZES, st.integers(1, 10**9))
)
COMPARISONS = st.builds(
    Comparison,
    NUMBERS,
    st.sampled_from(["<=", ">=", "==", "->"]),
    NUMBERS,
    statement=st.text(),
    setting=st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False)),
    difference=st.none() | st.builds(Estimate, FLOATS, SIZES, st.integers(1)),
    remainder=SIZES,
    expected_violation=st.text(),
)


@given(COMPARISONS)
def test_round_trip(comparison):
    text = json.dumps(encode(comparison), allow_nan=False)
    again = decode(json.loads(text))
    assert again == comparison
    assert [repr(vars(again)[name]) for name in vars(again)] == [
        repr(value) for value in vars(comparison).values()
    ]


def test_several_rows_keep_their_case():
    row = Comparison(1.0, "<=", 2.0)
    assert [decode(r).setting for r in encode_rows({"low": row, "high": row})] == [
        {"case": "low"},
        {"case": "high"},
    ]
    assert len(encode_rows([row, row])) == 2


@pytest.mark.parametrize("result", [None, 1.0, [1.0], {"a": None}, "text"])
def test_other_results_are_refused(result):
    with pytest.raises(ValueError, match="Comparison"):
        encode_rows(result)


def test_settings_that_json_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="setting"):
        encode(Comparison(1.0, "==", 1.0, setting={"x": math.nan}))
