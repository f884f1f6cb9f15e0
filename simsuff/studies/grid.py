"""Which cells does a grid hold, and how is a cell written down so that seeds and files agree on it?"""

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simsuff.numerics.validation import refuse, require

Cell = dict[str, Any]
Grid = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]

# A value that needs no quotes inside ``name[K=2,link=log]``.
_BARE = re.compile(r"[\w.+-]+")


def plain(argument: str, value: Any) -> Any:
    """`value` as JSON can hold it: None, booleans, numbers, strings, lists and string-keyed dicts of these.

    Infinities become the strings ``inf`` and ``-inf``; NaN and other objects are refused.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _plain_float(argument, value)
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(f"{argument}[{i}]", entry) for i, entry in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: plain(f"{argument}[{name!r}]", entry) for name, entry in value.items()}
    way_out = "name the object by a string or a number and build it inside the function"
    raise refuse(argument, value, "be a number, a string or a list of them", way_out)


def _plain_float(argument: str, value: float) -> float | str:
    require(not math.isnan(value), argument, value, "be a number", "NaN names no setting")
    return float(value) if math.isfinite(value) else str(float(value))


def canonical(value: Any) -> str:
    """The one JSON spelling of a plain value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def cells(grid: Grid | None) -> list[Cell]:
    """The cells of a grid: the product of its lists (last name fastest), or a list of cells as given.

    Raises
    ------
    ValueError : for an empty grid, a value that JSON cannot hold, or a cell that occurs twice.
    """
    if grid is None:
        return [{}]
    found = _product(grid) if isinstance(grid, Mapping) else [dict(cell) for cell in grid]
    require(found, "grid", grid, "have at least one cell", "give each name at least one value")
    spellings = [canonical(plain("grid", cell)) for cell in found]
    twice = (
        [text for text in spellings if spellings.count(text) > 1] if len(set(spellings)) < len(found) else []
    )
    require(not twice, "grid", f"cell = {twice[:1]}", "hold each cell once", "drop the repeated value")
    return found


def _product(grid: Mapping[str, Sequence[Any]]) -> list[Cell]:
    for name, values in grid.items():
        is_list = isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)
        way_out = "write it as a list, also for a single value"
        require(is_list and len(values) > 0, f"grid[{name!r}]", values, "be a non-empty list", way_out)
    return [dict(zip(grid, point, strict=True)) for point in itertools.product(*grid.values())]


def value_text(value: Any) -> str:
    """How a value is written inside ``name[K=2,link=log]``."""
    simple = plain("value", value)
    if isinstance(simple, str) and _BARE.fullmatch(simple):
        return simple
    return canonical(simple)


def cell_text(cell: Mapping[str, Any]) -> str:
    """``K=2,M=10``."""
    return ",".join(f"{name}={value_text(value)}" for name, value in cell.items())
