"""Grids of parameters: their cells, how a cell is spelled in labels, and the random stream of each replicate."""

import hashlib
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
        require(not math.isnan(value), argument, value, "be a number", "NaN names no setting")
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(f"{argument}[{i}]", entry) for i, entry in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: plain(f"{argument}[{name!r}]", entry) for name, entry in value.items()}
    way_out = "name the object by a string or a number and build it inside the function"
    raise refuse(argument, value, "be a number, a string or a list of them", way_out)


def canonical(value: Any) -> str:
    """The one JSON spelling of a plain value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def cells(grid: Grid | None) -> list[Cell]:
    """The cells of a grid: the product of its lists (last name fastest), or a list of cells as given.

    Raises
    ------
    ValueError : for an empty grid, a name that is no identifier, a value that JSON cannot hold, or a cell that
        occurs twice.
    """
    if grid is None:
        return [{}]
    found = _product(grid) if isinstance(grid, Mapping) else [dict(cell) for cell in grid]
    require(found, "grid", grid, "have at least one cell", "give each name at least one value")
    spelled: set[str] = set()
    for cell in found:
        odd = [name for name in cell if not (isinstance(name, str) and name.isidentifier())]
        require(not odd, "grid", f"names = {odd}", "be named like arguments", "rename them")
        text = canonical(plain("grid", cell))
        require(
            text not in spelled, "grid", f"cell = {text}", "hold each cell once", "drop the repeated value"
        )
        spelled.add(text)
    return found


def _product(grid: Mapping[str, Sequence[Any]]) -> list[Cell]:
    for name, values in grid.items():
        is_list = isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)
        way_out = "write it as a list, also for a single value"
        require(is_list and len(values) > 0, f"grid[{name!r}]", values, "be a non-empty list", way_out)
    return [dict(zip(grid, point, strict=True)) for point in itertools.product(*grid.values())]


def value_text(value: Any) -> str:
    """How a value is written inside ``name[K=2,link=log]``; strings that read as another value keep their quotes."""
    simple = plain("value", value)
    bare = isinstance(simple, str) and _BARE.fullmatch(simple) and read_value(simple) == simple
    return str(simple) if bare else canonical(simple)


def read_value(text: str) -> Any:
    """The inverse of `value_text`: a JSON value; what is not JSON is a string."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def cell_text(cell: Mapping[str, Any]) -> str:
    """``K=2,M=10``."""
    return ",".join(f"{name}={value_text(value)}" for name, value in cell.items())


def stream(
    seed: int, study: str, experiment: str, cell: Mapping[str, Any], replicate: int
) -> np.random.Generator:
    """The Generator of one replicate, independent of workers, order, and of the other points of the grid."""
    name = f"{study}:{experiment}{canonical(plain('cell', cell))}"
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*words, replicate)))
