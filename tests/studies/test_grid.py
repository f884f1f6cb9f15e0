"""Cells are the product of the lists, written in one way; a stream depends on its own name and on nothing else."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.studies.grid import canonical, cell_text, cells, plain, stream

PINNED = 253574561613991808045192024150817199840


def test_cells_are_the_product_with_the_last_name_fastest():
    assert cells({"a": [1, 2], "b": ["x", "y"]}) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_lists_of_cells_are_kept_and_no_grid_is_one_cell():
    assert cells([{"a": 1}, {"a": 2, "b": 3}]) == [{"a": 1}, {"a": 2, "b": 3}]
    assert cells(None) == [{}]


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"a": []}, "grid\\['a'\\] must be a non-empty list"),
        ({"a": 3}, "must be a non-empty list"),
        ({"a": "xyz"}, "must be a non-empty list"),
        ([], "at least one cell"),
        ({"a": [1, 1]}, "each cell once"),
        ({"a": [math.nan]}, "must be a number"),
        ({"a": [object()]}, "number, a string or a list"),
    ],
)
def test_bad_grids_are_refused(grid, message):
    with pytest.raises(ValueError, match=message):
        cells(grid)


def test_numpy_numbers_are_the_python_numbers():
    assert canonical(plain("x", {"b": np.int64(2), "a": np.float64(0.5)})) == '{"a":0.5,"b":2}'
    assert plain("x", (1, np.inf)) == [1, "inf"]


def test_text_is_bare_where_it_can_be():
    cell = {"K": 2, "noise": 0.3, "link": "log", "who": "raw, inputs", "sizes": [1, 2]}
    assert cell_text(cell) == 'K=2,noise=0.3,link=log,who="raw, inputs",sizes=[1,2]'


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_plain_values_survive_json(value):
    assert json.loads(canonical(plain("x", value))) == value


def draws(*name):
    return stream(*name).standard_normal(4).tolist()


def test_every_part_of_the_name_changes_the_stream():
    base = (0, "study", "experiment", {"K": 2}, 0)
    others = [
        (1, "study", "experiment", {"K": 2}, 0),
        (0, "other", "experiment", {"K": 2}, 0),
        (0, "study", "other", {"K": 2}, 0),
        (0, "study", "experiment", {"K": 3}, 0),
        (0, "study", "experiment", {"K": 2, "M": 1}, 0),
        (0, "study", "experiment", {"K": 2}, 1),
    ]
    streams = [draws(*name) for name in [base, *others]]
    assert len({tuple(s) for s in streams}) == len(streams)


def test_order_and_type_of_the_cell_do_not():
    first = draws(0, "s", "e", {"K": 2, "M": 0.5}, 3)
    assert first == draws(0, "s", "e", {"M": np.float64(0.5), "K": np.int64(2)}, 3)


def test_streams_are_the_same_on_every_machine():
    # Pinned once: a changed stream would silently change every published table.
    state = stream(0, "study", "experiment", {"K": 2}, 0).bit_generator.state["state"]["state"]
    assert state == PINNED
