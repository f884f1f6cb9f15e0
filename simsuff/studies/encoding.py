"""Comparisons as JSON and back, without losing a bit."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from simsuff.numerics.validation import refuse, require
from simsuff.studies.grid import plain
from simsuff.verdicts import Bounded, Comparison, Estimate
from simsuff.verdicts.rules import Number

Json = dict[str, Any]

# The fields of a comparison that may carry an error.
NUMBERS = ("lhs", "rhs", "difference")


def encode_rows(result: Any) -> list[Json]:
    """What an experiment returned, as rows: one Comparison, or a list or dict of them.

    Raises
    ------
    ValueError : for anything else, an empty list included: it would pass as a study that says nothing.
    """
    if isinstance(result, Comparison):
        return [encode(result)]
    way_out = "return a Comparison, or a list or dict of Comparisons"
    several = isinstance(result, Mapping | list | tuple) and len(result) > 0
    require(several, "result", result, "be a Comparison or several", way_out)
    if isinstance(result, Mapping):
        return [{"case": plain("case", key), **encode(row)} for key, row in result.items()]
    return [encode(row) for row in result]


def encode(comparison: Any) -> Json:
    """A comparison as a JSON object."""
    if not isinstance(comparison, Comparison):
        way_out = "return a Comparison, or a list or dict of Comparisons"
        raise refuse("result", comparison, "hold Comparisons", way_out)
    row = {field.name: getattr(comparison, field.name) for field in fields(comparison)}
    row |= {name: encode_number(row[name]) for name in NUMBERS}
    setting, remainder = plain("setting", comparison.setting), encode_float(comparison.remainder)
    return row | {"relation": str(comparison.relation), "setting": setting, "remainder": remainder}


def decode(row: Mapping[str, Any]) -> Comparison:
    """The comparison of a JSON object; its case, if any, joins the setting."""
    given = {name: value for name, value in row.items() if name != "case"}
    case = {"case": row["case"]} if "case" in row else {}
    numbers = {name: decode_number(row[name]) for name in NUMBERS}
    return Comparison(
        **given | numbers | {"setting": case | row["setting"], "remainder": float(row["remainder"])}
    )


def encode_number(number: Number | None) -> Any:
    """A float, or an object with its error; None for a difference that is not known apart from its sides."""
    if isinstance(number, Estimate):
        spread = encode_float(number.stderr)
        known = {"value": encode_float(number.value), "stderr": spread, "n": int(number.n)}
        known |= {"skewness": number.skewness} if number.skewness else {}
        return known | ({"support": list(number.support)} if number.support else {})
    if isinstance(number, Bounded):
        return {"value": encode_float(number.value), "error": encode_float(number.error)}
    return None if number is None else encode_float(number)


def decode_number(data: Any) -> Number | None:
    """The inverse of `encode_number`."""
    if not isinstance(data, Mapping):
        return None if data is None else float(data)
    if "error" in data:
        return Bounded(float(data["value"]), float(data["error"]))
    low, high = data.get("support", (0.0, 0.0))
    support = (float(low), float(high)) if "support" in data else None
    skewness = float(data.get("skewness", 0.0))
    return Estimate(float(data["value"]), float(data["stderr"]), int(data["n"]), skewness, support)


def encode_float(value: float) -> float | str:
    """JSON has no infinity: ``inf``, ``-inf`` and ``nan`` are written as strings."""
    number = float(value)
    return number if math.isfinite(number) else str(number)
