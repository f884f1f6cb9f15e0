"""Results as DataFrames of pandas, which is loaded when one is asked for."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def frame(columns: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
    """A pandas DataFrame of columns, or of records; floats keep their bits."""
    return optional("pandas", "to_frame").DataFrame(columns)


def optional(module: str, use: str) -> Any:
    """A module that only `use` needs.

    Raises
    ------
    ImportError : where it is not installed, with the way to get it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{use} needs {module}, which is not installed: pip install 'simsuff[frame]'"
        ) from error


def comparisons_frame(comparisons: Any) -> Any:
    """`Comparisons` as a DataFrame, one row for each; sides that are not defined are NaN, their verdict is empty."""
    verdicts = np.ma.filled(comparisons.verdicts.astype(object), "")
    left, right, size = comparisons.lhs, comparisons.rhs, len(comparisons)
    columns = {
        "statement": [comparisons.statement] * size,
        "lhs": left.value,
        "lhs_error": left.error,
        "relation": [str(comparisons.relation)] * size,
        "rhs": right.value,
        "rhs_error": right.error,
        "slack": comparisons.slack,
        "verdict": verdicts,
    }
    return frame(columns)
